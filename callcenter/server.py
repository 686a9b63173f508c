"""How do the processes of an installation run? gunicorn's workers, and one process beside them for all that is not
a request: the outbox and the scheduler."""

import ctypes
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from callcenter.app import make_app, make_office
from callcenter.clock import SystemClock
from callcenter.office import Office
from callcenter.runtime import Bell, DispatcherThread, TotalsThread, listen
from callcenter.settings import load_settings
from callcenter.telephony.twilio_api import TwilioApi, make_client
from callcenter.warming import Sign, WarmWorker, warm_dispatcher
from schedules.scheduler import start_scheduler

log = logging.getLogger("callcenter")
# Two cores serve this many at once; most of a request's time is the database's.
THREADS = 8
GRACE_S = 2
# After so long a thread gives the interpreter to one that waits for it. With Python's own 5 ms, a thread that holds the
# database's lock waits that long after each of its statements while others parse, sign or talk with Twilio.
SWITCH_S = 0.0005
# Objects made and not freed before garbage is looked for, and how many such looks before an older generation's.
COLLECT_AFTER = (20_000, 20, 20)
# Linux: a child gets this signal when its parent dies, so that nothing outlives a server that was killed.
_PR_SET_PDEATHSIG = 1


class Server(BaseApplication):
    """gunicorn with our settings, and no configuration file of its own. load_app: makes the app in each worker, after
    the fork, so that connections and threads are its own."""

    def __init__(self, options: dict[str, Any], load_app: Callable[[], Flask]) -> None:
        self._options, self._load_app = options, load_app
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._load_app()


def run_server(bind: str, workers: int, *, scheduler: bool) -> None:
    """Serve until SIGTERM or Ctrl-C, with one process kept running beside the workers: it carries out the outbox, so
    that placing a leg takes no time of those who answer callers, and with `scheduler` runs the jobs."""
    configure_logging()
    bell, sign = Bell(), Sign()
    beside = Beside(bell, sign, jobs=scheduler)
    Server(
        {
            "bind": bind,
            "workers": workers,
            "worker_class": "gthread",
            "threads": THREADS,
            "graceful_timeout": GRACE_S,
            "timeout": 30,
            "keepalive": 75,
            "proc_name": "callcenter",
            "control_socket_disable": True,
            "worker_exit": lambda _server, worker: _let_go(worker),
            "when_ready": lambda _server: beside.start(),
            "on_exit": lambda _server: beside.stop(),
        },
        lambda: _worker_app(bell, sign),
    ).run()


def _worker_app(bell: Bell, sign: Sign) -> Flask:
    office = make_office(load_settings(), SystemClock())
    office.wake = bell.ring
    app = make_app(office)
    totals = TotalsThread(office)
    totals.start()
    app.extensions["callcenter_totals"] = totals
    warm = WarmWorker(app, office, sign)
    app.extensions["callcenter_readiness"] = warm.readiness
    warm.start()
    _collect_seldom()
    sys.setswitchinterval(SWITCH_S)
    return app


def _collect_seldom() -> None:
    """What is loaded by now stays, and a request leaves little garbage in circles: looking through it all after every
    few requests costs a tenth of their time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def run_scheduler(office: Office, *, jobs: bool = True, rung_at: int | None = None, sign: Sign | None = None) -> None:
    """Carry out the outbox, and run the jobs, in this process until SIGTERM or Ctrl-C.

    rung_at: the end of a bell that wakes it; when the last who could ring is gone, this ends too. sign: where it says
    that it is warm. What is due already is carried out at once, warm or not.
    """
    configure_logging()
    sys.setswitchinterval(SWITCH_S)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    twilio = TwilioApi(make_client(office.settings))
    dispatcher = DispatcherThread(office, twilio)
    dispatcher.start()
    totals = TotalsThread(office)
    totals.start()
    if rung_at is not None:
        _die_with_parent()
        listen(rung_at, dispatcher.wake, done.set)
    clock = start_scheduler(office, twilio) if jobs else None
    say = sign.say if sign is not None else lambda _holds, _text: None
    threading.Thread(target=warm_dispatcher, args=(office, twilio, say), name="warming", daemon=True).start()
    done.wait()
    if clock is not None:
        clock.shutdown(wait=False)
    dispatcher.stop()
    totals.stop()
    # A job that waits for Twilio must not hold the end up; whatever is not committed is done again by the next one.
    os._exit(0)


class Beside:
    """The one process beside the workers, started again when it dies."""

    def __init__(self, bell: Bell, sign: Sign, *, jobs: bool) -> None:
        self._bell, self._sign, self._jobs = bell, sign, jobs
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()
        self._starting = threading.Lock()

    def start(self) -> None:
        """Start it and keep it running."""
        # A worker that is forked while a program is being started inherits the pipe that tells of its start, and holds
        # it open: Popen would wait for that word for ever, and a process that dies would not be started again.
        free = self._starting.release
        os.register_at_fork(before=self._starting.acquire, after_in_parent=free, after_in_child=free)
        threading.Thread(target=self._keep, name="beside-keeper", daemon=True).start()

    def stop(self) -> None:
        """End it."""
        self._stopped.set()
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=GRACE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def _keep(self) -> None:
        fd = self._sign.fd
        start = "from callcenter.cli import main; main()"
        command = [sys.executable, "-c", start, "scheduler", "--beside", "--sign", str(fd)]
        while not self._stopped.is_set():
            try:
                self._sign.say(False, "starting")
                with self._starting:
                    self._process = subprocess.Popen(
                        [*command, *([] if self._jobs else ["--outbox-only"])],
                        stdin=self._bell.heard_at,
                        pass_fds=(fd,),
                    )
                self._process.wait()
                ended = "ended"
            except OSError as error:  # no memory or no process to be had just now
                ended = f"could not be started ({error.strerror})"
            if not self._stopped.wait(0.5):
                log.warning("the process with outbox and scheduler %s and is started again", ended)


def configure_logging() -> None:
    """One plain format for all; what libraries say of single requests is left out, for it holds numbers."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for noisy in ("twilio", "apscheduler", "urllib3", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _let_go(worker: Any) -> None:
    """A worker that ends writes what it has counted."""
    app = getattr(worker, "wsgi", None)
    totals = app.extensions.get("callcenter_totals") if app is not None else None
    if totals is not None:
        totals.stop()


def _die_with_parent() -> None:
    """Asked for by the child itself: a function between fork and exec may hang in a process that has threads. A parent
    that died before is noticed by its bell."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
