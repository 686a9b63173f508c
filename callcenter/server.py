"""How do the processes of an installation run? gunicorn's workers, each with a dispatcher, and one scheduler."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication

from callcenter.app import make_app, make_office
from callcenter.clock import SystemClock
from callcenter.office import Office
from callcenter.runtime import DispatcherThread
from callcenter.settings import load_settings
from callcenter.telephony.twilio_api import TwilioApi, make_client
from schedules.scheduler import start_scheduler

log = logging.getLogger("callcenter")
# Two cores serve this many at once; most of a request's time is the database's.
THREADS = 8
GRACE_S = 2
# Linux: a child gets this signal when its parent dies, so that no scheduler outlives a server that was killed.
_PR_SET_PDEATHSIG = 1


class Server(BaseApplication):
    """gunicorn with our settings, and no configuration file of its own."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        # In the worker, after the fork: connections and threads are its own.
        office = make_office(load_settings(), SystemClock())
        app = make_app(office)
        dispatcher = DispatcherThread(office, TwilioApi(make_client(office.settings)))
        dispatcher.start()
        app.extensions["callcenter_dispatcher"] = dispatcher
        return app


def run_server(bind: str, workers: int, *, scheduler: bool) -> None:
    """Serve until SIGTERM or Ctrl-C. With `scheduler`, one scheduler process is kept running beside the workers."""
    configure_logging()
    beside = SchedulerBeside() if scheduler else None
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
            "when_ready": (lambda _server: beside.start()) if beside else (lambda _server: None),
            "on_exit": (lambda _server: beside.stop()) if beside else (lambda _server: None),
        }
    ).run()


def run_scheduler(office: Office) -> None:
    """Run jobs and outbox in this process until SIGTERM or Ctrl-C."""
    configure_logging()
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    twilio = TwilioApi(make_client(office.settings))
    dispatcher = DispatcherThread(office, twilio)
    dispatcher.start()
    jobs = start_scheduler(office, twilio)
    done.wait()
    jobs.shutdown(wait=False)
    dispatcher.stop()
    # A job that waits for Twilio must not hold the end up; whatever is not committed is done again by the next one.
    os._exit(0)


class SchedulerBeside:
    """One scheduler process beside the server, started again when it dies."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Start it and keep it running."""
        threading.Thread(target=self._keep, name="scheduler-keeper", daemon=True).start()

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
        while not self._stopped.is_set():
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from callcenter.cli import main; main()", "scheduler"],
                preexec_fn=_die_with_parent(),
            )
            self._process.wait()
            if not self._stopped.wait(1):
                log.warning("the scheduler process ended and is started again")


def configure_logging() -> None:
    """One plain format for all; what libraries say of single requests is left out, for it holds numbers."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for noisy in ("twilio", "apscheduler", "urllib3", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _let_go(worker: Any) -> None:
    """A worker that ends carries out what it has begun; what it has not is taken by others."""
    app = getattr(worker, "wsgi", None)
    dispatcher = app.extensions.get("callcenter_dispatcher") if app is not None else None
    if dispatcher is not None:
        dispatcher.stop()


def _die_with_parent() -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(0)

    return ask
