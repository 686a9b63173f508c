"""Threads and the pipe that run the dispatcher and write counters outside requests."""

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from callcenter.app import make_dispatcher
from callcenter.office import Office
from callcenter.steady_clock import SteadyClock
from callcenter.storage.database_time import set_by_database
from callcenter.storage.totals import PendingTotals
from callcenter.telephony.dispatcher import Dispatcher
from callcenter.telephony.twilio_api import TwilioApi

log = logging.getLogger(__name__)
# REST requests in flight at once.
REST_THREADS = 16
# Longest delay until an order is leased that becomes due without a commit: a delayed one, a retry, or a dead process's.
POLL_EVERY_S = 1.0
# Pause after each run. Orders that arrive meanwhile share one transaction: under load, many small ones would compete
# with the webhooks for SQLite's write lock. The first order after an idle period is not delayed.
COALESCE_S = 0.05
# How often counters that were counted outside transactions are written.
_TOTALS_EVERY_S = 1.0
# In this time the counters of two machines drift apart by a few milliseconds.
_TIME_EVERY_S = 10.0


class WakePipe:
    """A pipe through which the workers wake the background process after a commit.

    It is created before the workers are forked. The orders are in the database, so a lost wake-up costs one second.
    """

    def __init__(self) -> None:
        self.read_fd, self._write_fd = os.pipe()
        os.set_blocking(self._write_fd, False)

    def wake(self) -> None:
        """Wake the process that reads the pipe."""
        with suppress(BlockingIOError):  # the pipe is full of unread wake-ups
            os.write(self._write_fd, b"!")


def listen_for_wakes(read_fd: int, wake: Callable[[], None], on_closed: Callable[[], None]) -> None:
    """Call `wake` for each wake-up, in a thread of its own, and `on_closed` when the last worker has ended."""

    def read() -> None:
        while os.read(read_fd, 4096):
            wake()
        on_closed()

    threading.Thread(target=read, name="wake-pipe", daemon=True).start()


class TotalsThread:
    """Writes the counters that this process counted outside transactions, every second."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="totals", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Write the remaining counters and end."""
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


def keep_time(office: Office) -> None:
    """Set a clock that follows PostgreSQL's by it every ten seconds, in a thread of its own."""
    clock = office.clock
    if not isinstance(clock, SteadyClock) or office.engine.dialect.name != "postgresql":
        return

    def work() -> None:
        pause = threading.Event()
        while not pause.wait(_TIME_EVERY_S):
            try:
                set_by_database(office.engine, clock)
            except Exception as error:  # it goes on by its counter
                log.warning("the database did not tell the time: %s", type(error).__name__)

    threading.Thread(target=work, name="time", daemon=True).start()


class DispatcherThread:
    """Runs the dispatcher whenever it is woken, and at least every second."""

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
        """End, waiting at most 2 seconds for orders in progress. The others stay in the outbox."""
        self._stopped.set()
        self._woken.set()
        self._thread.join(timeout=2)

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._woken.wait(POLL_EVERY_S)
            self._woken.clear()
            try:
                self._dispatcher.run_in_threads(self._executor, REST_THREADS)
            except Exception:
                log.exception("the dispatcher stumbled and goes on")
            self._stopped.wait(COALESCE_S)
        # Orders in progress are finished and recorded, so that it is known whether they were carried out.
        self._executor.shutdown(wait=True)
        self._dispatcher.record_finished()


def write_totals(office: Office, totals: PendingTotals) -> None:
    """Write the counters that were counted outside transactions, if there are any."""
    if totals.waiting:
        totals.write(office.sessions)
