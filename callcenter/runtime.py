"""What runs beside the requests? The thin shell of threads and pipes around dispatcher and scheduler."""

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from callcenter.app import make_dispatcher
from callcenter.office import Office
from callcenter.storage.totals import PendingTotals
from callcenter.telephony.dispatcher import Dispatcher
from callcenter.telephony.twilio_api import TwilioApi

log = logging.getLogger(__name__)
# REST calls in flight at once: legs of one call are placed together while others wait for an answer.
REST_THREADS = 16
# An order that became due by itself, or that a dead process left, is taken within this time.
LOOK_EVERY_S = 1.0
# After a round what comes is gathered for so long, and served by one transaction: under load many small ones would take
# turns with the callers' for SQLite's writer. The first order after a quiet moment is carried out at once.
GATHER_S = 0.02
# What was counted outside transactions is written so often.
_TOTALS_EVERY_S = 1.0


class Bell:
    """A pipe from the server's workers to the one process beside them that carries out orders.

    Made before the workers are forked. A ring says that something was committed; the order itself is in the database,
    so a ring that is lost costs a second and nothing else.
    """

    def __init__(self) -> None:
        self.heard_at, self._rung_at = os.pipe()
        os.set_blocking(self._rung_at, False)

    def ring(self) -> None:
        """Wake whoever listens."""
        with suppress(BlockingIOError):  # full of rings that nobody has heard yet
            os.write(self._rung_at, b"!")


def listen(heard_at: int, wake: Callable[[], None], nobody_left: Callable[[], None]) -> None:
    """Call `wake` for the rings of a bell, from a thread of its own, until its last worker is gone."""

    def hear() -> None:
        while os.read(heard_at, 4096):
            wake()
        nobody_left()

    threading.Thread(target=hear, name="bell", daemon=True).start()


class TotalsThread:
    """Writes each second what this process counted outside transactions."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="totals", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Write the last of it and end."""
        self._stopped.set()
        self._thread.join(timeout=2)

    def _work(self) -> None:
        ending = False
        while not ending:
            ending = self._stopped.wait(_TOTALS_EVERY_S)
            try:
                write_totals(self._office, self._office.totals)
            except Exception:
                log.exception("the totals were not written")


class DispatcherThread:
    """Carries out orders as soon as it is woken, and looks every second for others."""

    def __init__(self, office: Office, twilio: TwilioApi) -> None:
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self.wake = office.wake = self._woken.set
        self._dispatcher: Dispatcher = make_dispatcher(office, twilio)
        self._executor = ThreadPoolExecutor(REST_THREADS, thread_name_prefix="rest")
        self._thread = threading.Thread(target=self._work, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being done now, but do not wait long; what is left stays in the outbox for others."""
        self._stopped.set()
        self._woken.set()
        self._thread.join(timeout=2)

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._woken.wait(LOOK_EVERY_S)
            self._woken.clear()
            try:
                self._dispatcher.run_in_threads(self._executor, REST_THREADS)
            except Exception:
                log.exception("the dispatcher stumbled and goes on")
            self._stopped.wait(GATHER_S)
        # What was begun is finished, so that nobody has to guess afterwards whether it was done.
        self._executor.shutdown(wait=True)
        self._dispatcher.record_finished()


def write_totals(office: Office, totals: PendingTotals) -> None:
    """Write what was counted outside transactions."""
    if totals.waiting:
        with office.sessions.begin() as session:
            totals.write(session)
