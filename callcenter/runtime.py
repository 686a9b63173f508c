"""What runs beside the requests? The thin shell of threads around dispatcher and scheduler."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from callcenter.app import make_dispatcher
from callcenter.office import Office
from callcenter.storage.totals import PendingTotals
from callcenter.telephony.dispatcher import Dispatcher
from callcenter.telephony.twilio_api import TwilioApi

log = logging.getLogger(__name__)
# REST calls in flight at once: legs of one call are placed together while others wait for an answer.
REST_THREADS = 8
# An order that became due by itself, or that a dead worker left, is taken within this time.
LOOK_EVERY_S = 1.0


class DispatcherThread:
    """Carries out orders as soon as this process has committed some, and looks every second for others."""

    def __init__(self, office: Office, twilio: TwilioApi) -> None:
        self._office = office
        self._woken = threading.Event()
        self._stopped = threading.Event()
        office.wake = self._woken.set
        self._dispatcher: Dispatcher = make_dispatcher(office, twilio)
        self._executor = ThreadPoolExecutor(REST_THREADS, thread_name_prefix="rest")
        self._thread = threading.Thread(target=self._work, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being done now; what is left stays in the outbox for others."""
        self._stopped.set()
        self._woken.set()
        self._thread.join(timeout=2)
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._woken.wait(LOOK_EVERY_S)
            self._woken.clear()
            try:
                while not self._stopped.is_set() and self._dispatcher.run_due(self._executor):
                    continue
                write_totals(self._office, self._office.totals)
            except Exception:
                log.exception("the dispatcher stumbled and goes on")


def write_totals(office: Office, totals: PendingTotals) -> None:
    """Write what was counted outside transactions."""
    if totals.waiting:
        with office.sessions.begin() as session:
            totals.write(session)
