"""Runs each job at its pace, in a thread of its own, also when the machine's clock is set while it runs."""

import logging
import threading
from collections.abc import Callable, Iterable
from functools import partial

from callcenter.clock import STEP_TOLERANCE, Clock, stopwatch
from callcenter.office import Office
from callcenter.telephony.twilio_api import TwilioApi
from schedules.jobs import JOBS, Job, run_job

log = logging.getLogger(__name__)
# The longest wait in seconds before we check whether the clock was set or the machine slept.
LOOK_EVERY_S = 5.0
# A run that failed is repeated after this many seconds if the job's interval is longer: mostly the database was busy.
REPEAT_AFTER_S = 60.0


def left_s(every_s: float, counted_s: float, clock_s: float) -> float:
    """The seconds until a job is due again, 0 when it is due.

    every_s: its interval; counted_s and clock_s: seconds since its last start, by a monotonic counter and by the clock.
    The two differ when the clock was set, either way, or when the machine slept. Then the job is due at once.
    """
    if abs(clock_s - counted_s) > STEP_TOLERANCE.total_seconds():
        return 0.0
    return max(0.0, every_s - counted_s)


def keep_pace(
    run: Callable[[], bool],
    every_s: float,
    clock: Clock,
    wait: Callable[[float], bool],
    counter: Callable[[], float] = stopwatch,
) -> None:
    """Call `run` at once and then at its interval. Several missed runs become one. An exception does not end this.

    run: returns False when it failed, and is then repeated after `REPEAT_AFTER_S` if its interval is longer; wait:
    waits for this many seconds, and returns True when it is time to end; counter: monotonic, in seconds.
    """
    while True:
        began_s, began_at = counter(), clock.now()
        try:
            succeeded = run()
        except Exception:
            log.exception("a job stopped, and is run again")
            succeeded = False
        pause_s = every_s if succeeded else min(every_s, REPEAT_AFTER_S)
        left = pause_s
        while left > 0:
            left = left_s(pause_s, counter() - began_s, (clock.now() - began_at).total_seconds())
            if wait(min(left, LOOK_EVERY_S)):
                return


class Scheduler:
    """The threads of the jobs, one for each job, so that a slow job delays no other and never runs twice at once."""

    def __init__(self, office: Office, twilio: TwilioApi, jobs: Iterable[Job] = JOBS) -> None:
        self._stopped = threading.Event()
        for job in jobs:
            arguments = (partial(run_job, office, twilio, job), job.every_s, office.clock, self._stopped.wait)
            threading.Thread(target=keep_pace, args=arguments, name=f"job-{job.name}", daemon=True).start()

    def stop(self) -> None:
        """Start no more runs. It does not wait for those under way."""
        self._stopped.set()
