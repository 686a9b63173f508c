"""When may a process say that it is ready? What it needs is loaded, its database read and Twilio reached, or it tells
what it still waits for."""

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
# Connections opened beforehand: to the database, so that callers who ring at once wait for none; to Twilio, for the
# legs of the first call.
_DATABASE_CONNECTIONS = 4
_TWILIO_CONNECTIONS = 3
_LOOK_AGAIN_S = 1.0
_LOOK_AGAIN_AT_MOST_S = 60.0
# A Twilio that cannot be reached keeps us from being ready for so long. Longer would keep callers away from a line that
# can still take their messages, and ring consultants from the answer itself.
TWILIO_WITHIN_S = 30.0

# By name of a check of `/readyz`: whether it holds, and what it says.
Readiness = Mapping[str, tuple[bool, str]]


class Sign:
    """Says how far the process beside the workers is: it writes, every worker reads. Made before those are forked.

    fd: the end that was handed over to that process.
    """

    _LENGTH = 100

    def __init__(self, fd: int | None = None) -> None:
        if fd is None:
            with tempfile.TemporaryFile() as file:
                fd = os.dup(file.fileno())
        self.fd = fd

    def say(self, holds: bool, text: str) -> None:
        """Say this instead of what was said before."""
        os.pwrite(self.fd, f"{int(holds)}{text}".encode()[: self._LENGTH].ljust(self._LENGTH), 0)

    def read(self) -> tuple[bool, str]:
        """What was said last."""
        said = os.pread(self.fd, self._LENGTH, 0).decode(errors="replace").rstrip()
        return said[:1] == "1", said[1:] or "not started yet"


def rehearsed(what: Callable[[], None]) -> None:
    """Rehearse; what goes wrong with that keeps nobody from working, only colder."""
    try:
        what()
    except Exception:
        log.exception("the rehearsal broke off: the first call will be slower than later ones")


class WarmWorker:
    """A worker's own readiness, and what the process beside says of itself. sign: None where there is no such process.

    The rehearsal comes first, before anybody is served; the database is read by a thread, which waits for it.
    """

    def __init__(self, app: Flask, office: Office, sign: Sign | None) -> None:
        self._app, self._office, self._sign = app, office, sign
        self._said: tuple[bool, str] = (False, "warming up")

    def start(self) -> None:
        """Rehearse, then warm up the rest in the background."""
        rehearsed(lambda: rehearse_requests(self._app, self._office))
        threading.Thread(target=self._warm, name="warming", daemon=True).start()

    def readiness(self) -> Readiness:
        """For `/readyz`."""
        found = {"worker": self._said}
        if self._sign is not None:
            found["dispatcher"] = self._sign.read()
        return found

    def _warm(self) -> None:
        wait_for_database(self._office, lambda text: self._say(False, text))
        self._say(True, "ok")

    def _say(self, holds: bool, text: str) -> None:
        self._said = (holds, text)


def warm_dispatcher(
    office: Office,
    twilio: TwilioApi,
    say: Callable[[bool, str], None],
    *,
    within_s: float = TWILIO_WITHIN_S,
    look_again_s: float = _LOOK_AGAIN_S,
) -> None:
    """Warm up the process that carries out orders, and say how far that is. Returns once Twilio was reached.

    A Twilio that is not reached within some seconds keeps nobody from being ready any longer. It is tried further, ever
    more seldom, so that connections are open when it is back.
    """
    say(False, "warming up")
    rehearsed(lambda: rehearse_orders(office))
    wait_for_database(office, lambda text: say(False, text))
    began, pause, too_late = stopwatch(), threading.Event(), 0
    while (error := _reach(twilio)) is not None:
        in_time = stopwatch() - began < within_s
        say(not in_time, f"Twilio is not reached ({error}): mobiles ring later, one by one")
        too_late += not in_time
        pause.wait(pause_s(look_again_s, too_late))
    say(True, "ok")


def pause_s(first_s: float, too_late: int) -> float:
    """How long until Twilio is tried again. too_late: how many tries came to nothing since we are ready without it."""
    return min(first_s * 2.0 ** min(too_late, 10), _LOOK_AGAIN_AT_MOST_S)


def wait_for_database(office: Office, say: Callable[[str], None]) -> None:
    """Read what every call needs of it, as soon as it answers."""
    pause = threading.Event()
    while True:
        try:
            read_beforehand(office)
            return
        except SQLAlchemyError as error:
            say(f"waits for the database ({type(error).__name__})")
        except Exception:
            log.exception("the database could not be read beforehand: the first call will be slower")
            return
        pause.wait(_LOOK_AGAIN_S)


def read_beforehand(office: Office) -> None:
    """Open connections, compile every statement for this database, and read the rota of today. Raises SQLAlchemyError
    when the database does not answer."""
    with ExitStack() as opened:
        for _ in range(_DATABASE_CONNECTIONS):
            opened.enter_context(office.engine.connect())
    compile_all(office.engine.dialect)
    now = office.clock.now()
    with reading(office.sessions) as session:
        active = versions.active(session)
        recorded(session)
        known = claims.person_states(session)
    if active is None:
        return
    rota = active[1]
    is_open(rota, now)
    present(rota, now)
    unknown = sorted(code for code in rota.consultants if code not in known)
    if unknown:  # else the first call of all would write them
        with office.sessions.begin() as session:
            claims.insert_missing(session, unknown)


def _reach(twilio: TwilioApi) -> str | None:
    """Open connections to Twilio; None when it answers, whatever it says, else what went wrong."""
    with ThreadPoolExecutor(_TWILIO_CONNECTIONS, thread_name_prefix="reach") as executor:
        answers = list(executor.map(lambda _: _one_word(twilio), range(_TWILIO_CONNECTIONS)))
    return next((answer for answer in answers if answer in ("connect", "timeout")), None)


def _one_word(twilio: TwilioApi) -> str | None:
    try:
        twilio.account()
    except RestError as error:
        return error.code
    return None
