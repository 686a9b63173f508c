"""Warms up a process before it reports itself ready: loads code, reads the database and connects to Twilio."""

import logging
import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from callcenter.clock import stopwatch
from callcenter.office import Office
from callcenter.presence import claims
from callcenter.rehearsal import rehearse_orders, rehearse_requests
from callcenter.rota import versions
from callcenter.rota.duty import present
from callcenter.rota.hours import is_open
from callcenter.storage.engine import reading
from callcenter.storage.statements import compile_all
from callcenter.telephony.prompts.recordings import recorded
from callcenter.telephony.twilio_api import RestError, TwilioApi

log = logging.getLogger(__name__)
# Connections opened in advance: to the database for simultaneous first calls, to Twilio for the legs of the first call.
_DATABASE_CONNECTIONS = 4
_TWILIO_CONNECTIONS = 3
_RETRY_EVERY_S = 1.0
_LONGEST_RETRY_PAUSE_S = 60.0
# Seconds to wait for Twilio before reporting ready without it. Without REST the line can still take messages and ring
# consultants by <Dial>, so callers should not be kept away longer.
TWILIO_WITHIN_S = 30.0

# The checks of `/readyz` by name: whether the check passes, and its text.
Readiness = Mapping[str, tuple[bool, str]]


class ReadinessFile:
    """The readiness of the background process, in an unnamed temporary file that it writes and every worker reads.

    It is created before the workers are forked. fd: the descriptor that the background process has inherited.
    """

    _LENGTH = 100

    def __init__(self, fd: int | None = None) -> None:
        if fd is None:
            with tempfile.TemporaryFile() as file:
                fd = os.dup(file.fileno())
        self.fd = fd

    def write(self, ready: bool, text: str) -> None:
        """Replace the stored state."""
        os.pwrite(self.fd, f"{int(ready)}{text}".encode()[: self._LENGTH].ljust(self._LENGTH), 0)

    def read(self) -> tuple[bool, str]:
        """Whether the process is ready, and its text."""
        stored = os.pread(self.fd, self._LENGTH, 0).decode(errors="replace").rstrip()
        return stored[:1] == "1", stored[1:] or "not started yet"


def try_rehearsal(rehearse: Callable[[], None]) -> None:
    """Rehearse. If that fails, the process works all the same, only its first call is slower."""
    try:
        rehearse()
    except Exception:
        log.exception("the rehearsal broke off: the first call will be slower than later ones")


class WarmWorker:
    """Warms up a worker, and reports its readiness and that of the background process.

    dispatcher_readiness: None when there is no background process.
    """

    def __init__(self, app: Flask, office: Office, dispatcher_readiness: ReadinessFile | None) -> None:
        self._app, self._office, self._dispatcher_readiness = app, office, dispatcher_readiness
        self._state: tuple[bool, str] = (False, "warming up")

    def start(self) -> None:
        """Rehearse before serving anybody, then read the database in a thread, which waits until it answers."""
        try_rehearsal(lambda: rehearse_requests(self._app, self._office))
        threading.Thread(target=self._warm, name="warming", daemon=True).start()

    def readiness(self) -> Readiness:
        """The checks of `/readyz`."""
        found = {"worker": self._state}
        if self._dispatcher_readiness is not None:
            found["dispatcher"] = self._dispatcher_readiness.read()
        return found

    def _warm(self) -> None:
        wait_for_database(self._office, lambda text: self._report(False, text))
        self._report(True, "ok")

    def _report(self, ready: bool, text: str) -> None:
        self._state = (ready, text)


def warm_dispatcher(
    office: Office,
    twilio: TwilioApi,
    report: Callable[[bool, str], None],
    *,
    within_s: float = TWILIO_WITHIN_S,
    retry_every_s: float = _RETRY_EVERY_S,
) -> None:
    """Warm up the background process. Returns when Twilio has been reached.

    report: called with whether the process is ready, and a text. within_s: seconds after which it is ready without
    Twilio. Twilio is tried further with growing pauses, so that connections are open when it is back.
    """
    report(False, "warming up")
    try_rehearsal(lambda: rehearse_orders(office))
    wait_for_database(office, lambda text: report(False, text))
    began, pause, failures = stopwatch(), threading.Event(), 0
    while (error := _reach(twilio)) is not None:
        in_time = stopwatch() - began < within_s
        report(not in_time, f"Twilio is not reached ({error}): mobiles ring later, one by one")
        failures += not in_time
        pause.wait(retry_pause_s(retry_every_s, failures))
    report(True, "ok")


def retry_pause_s(first_s: float, failures: int) -> float:
    """Seconds until Twilio is tried again. failures: failed attempts since the process is ready without Twilio."""
    return min(first_s * 2.0 ** min(failures, 10), _LONGEST_RETRY_PAUSE_S)


def wait_for_database(office: Office, report: Callable[[str], None]) -> None:
    """Preload from the database, waiting until it answers. report: called with a text while it does not."""
    pause = threading.Event()
    while True:
        try:
            preload(office)
            return
        except SQLAlchemyError as error:
            report(f"waits for the database ({type(error).__name__})")
        except Exception:
            log.exception("the database could not be read beforehand: the first call will be slower")
            return
        pause.wait(_RETRY_EVERY_S)


def preload(office: Office) -> None:
    """Open connections, compile every prepared statement and read today's rota.

    Raises SQLAlchemyError when the database does not answer.
    """
    with ExitStack() as opened:
        for _ in range(_DATABASE_CONNECTIONS):
            opened.enter_context(office.engine.connect())
    compile_all(office.engine.dialect)
    now = office.clock.now()
    with reading(office.sessions) as session:
        rota = versions.active_rota(session)
        recorded(session)
        known = claims.person_states(session)
    if rota is None:
        return
    is_open(rota, now)
    present(rota, now)
    unknown = sorted(code for code in rota.consultants if code not in known)
    if unknown:  # otherwise the very first call would insert them
        with office.sessions.begin() as session:
            claims.insert_missing(session, unknown)


def _reach(twilio: TwilioApi) -> str | None:
    """Open connections to Twilio. None when it answers, even with an error; else why it does not."""
    with ThreadPoolExecutor(_TWILIO_CONNECTIONS, thread_name_prefix="reach") as executor:
        answers = list(executor.map(lambda _: _error_code(twilio), range(_TWILIO_CONNECTIONS)))
    return next((answer for answer in answers if answer in ("connect", "timeout")), None)


def _error_code(twilio: TwilioApi) -> str | None:
    try:
        twilio.account()
    except RestError as error:
        return error.code
    return None
