"""Runs the processes of an installation: gunicorn's workers, and one background process for outbox and scheduler."""

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
from callcenter.front.listener import FrontOptions
from callcenter.front.worker import EXTENSION, FrontWorker
from callcenter.logs import configure_logging
from callcenter.office import Office
from callcenter.runtime import DispatcherThread, TotalsThread, WakePipe, keep_time, listen_for_wakes
from callcenter.server_log import ServerLog
from callcenter.settings import load_settings
from callcenter.steady_clock import SteadyClock
from callcenter.storage.totals import count
from callcenter.telephony.twilio_api import TwilioApi, make_client
from callcenter.warming import ReadinessFile, WarmWorker, warm_dispatcher
from schedules.scheduler import Scheduler

log = logging.getLogger("callcenter")
GRACE_S = 2
# Those that decide about speed: bench/floor.py uses them too.
WORKER_OPTIONS: dict[str, Any] = {
    "worker_class": FrontWorker,
    "graceful_timeout": GRACE_S,
    "timeout": 30,
    "control_socket_disable": True,
}
# Python's switch interval with SQLite. With the default of 5 ms, a thread that holds the database's write lock would
# wait that long for the interpreter after each statement while other threads compute.
SWITCH_INTERVAL_S = 0.0005
# For gc.set_threshold; Python's own are far lower. See _collect_garbage_seldom.
GC_THRESHOLDS = (20_000, 20, 20)
# prctl option (Linux): the kernel signals the child when its parent dies, so that it does not outlive a killed server.
_PR_SET_PDEATHSIG = 1


class Server(BaseApplication):
    """gunicorn with our options and without a configuration file.

    load_app: called in each worker after the fork, so that each has its own connections and threads.
    """

    def __init__(self, options: dict[str, Any], load_app: Callable[[], Flask]) -> None:
        self._options, self._load_app = options, load_app
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._load_app()


def run_server(bind: str, workers: int, *, scheduler: bool) -> None:
    """Serve until SIGTERM or Ctrl-C, and keep the background process running.

    The background process carries out the outbox, so that REST requests take no time from the workers. scheduler:
    whether it also runs the jobs.
    """
    configure_logging()
    wake_pipe, readiness = WakePipe(), ReadinessFile()
    background = BackgroundProcess(wake_pipe, readiness, jobs=scheduler)
    Server(
        {
            "bind": bind,
            "workers": workers,
            **WORKER_OPTIONS,
            "proc_name": "callcenter",
            "logger_class": ServerLog,
            "worker_exit": lambda _server, worker: _write_last_totals(worker),
            "when_ready": lambda _server: background.start(),
            "on_exit": lambda _server: background.stop(),
        },
        lambda: _worker_app(wake_pipe, readiness),
    ).run()


def _worker_app(wake_pipe: WakePipe, readiness: ReadinessFile) -> Flask:
    office = make_office(load_settings(), SteadyClock())
    office.wake = wake_pipe.wake
    app = make_app(office)
    totals = TotalsThread(office)
    totals.start()
    app.extensions["callcenter_totals"] = totals
    keep_time(office)
    app.extensions[EXTENSION] = FrontOptions(
        office.settings.trusted_proxies,
        lambda reason: office.totals.add(count("callcenter_requests_refused_total", reason=reason)),
    )
    warm = WarmWorker(app, office, readiness)
    app.extensions["callcenter_readiness"] = warm.readiness
    warm.start()
    _collect_garbage_seldom()
    _switch_threads_often(office)
    return app


def _switch_threads_often(office: Office) -> None:
    """Shorten Python's switch interval if the database is SQLite, which has one write lock.

    PostgreSQL locks rows, and with it frequent switching only costs processor time: 4% of an incoming call.
    """
    if office.settings.database_url.startswith("sqlite"):
        sys.setswitchinterval(SWITCH_INTERVAL_S)


def _collect_garbage_seldom() -> None:
    """Exclude loaded objects from garbage collection, and collect less often.

    A request creates few reference cycles, and with Python's thresholds collections take a tenth of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def run_scheduler(
    office: Office, *, jobs: bool = True, wake_fd: int | None = None, readiness: ReadinessFile | None = None
) -> None:
    """Carry out the outbox, and run the jobs, in this process until SIGTERM or Ctrl-C.

    wake_fd: the read end of a WakePipe; this process ends when all its writers have ended. readiness: where it reports
    that it is warm. Orders that are due are carried out at once, warm or not.
    """
    configure_logging()
    _switch_threads_often(office)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    twilio = TwilioApi(make_client(office.settings))
    dispatcher = DispatcherThread(office, twilio)
    dispatcher.start()
    totals = TotalsThread(office)
    totals.start()
    keep_time(office)
    if wake_fd is not None:
        _die_with_parent()
        listen_for_wakes(wake_fd, dispatcher.wake, done.set)
    scheduler = Scheduler(office, twilio) if jobs else None
    report = readiness.write if readiness is not None else lambda _ready, _text: None
    threading.Thread(target=warm_dispatcher, args=(office, twilio, report), name="warming", daemon=True).start()
    done.wait()
    if scheduler is not None:
        scheduler.stop()
    dispatcher.stop()
    totals.stop()
    # A job that waits for Twilio must not delay the end. Whatever it has not committed is done by the next process.
    os._exit(0)


class BackgroundProcess:
    """The process for outbox and scheduler. It is restarted whenever it ends."""

    def __init__(self, wake_pipe: WakePipe, readiness: ReadinessFile, *, jobs: bool) -> None:
        self._wake_pipe, self._readiness, self._jobs = wake_pipe, readiness, jobs
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()
        self._starting = threading.Lock()

    def start(self) -> None:
        """Start it and keep it running."""
        # A worker forked during Popen would inherit the pipe on which Popen waits for the child's exec, and keep it
        # open. Popen would then never return, and a process that ends would not be restarted.
        forked = threading.Event()

        def in_parent() -> None:
            self._starting.release()
            forked.set()

        os.register_at_fork(
            before=self._starting.acquire, after_in_parent=in_parent, after_in_child=self._starting.release
        )
        # It waits for the first worker: one that is forked while another thread is inside a library would have its
        # locks, and nobody to release them.
        threading.Thread(target=self._keep, args=(forked,), name="background-process", daemon=True).start()

    def stop(self) -> None:
        """End it."""
        self._stopped.set()
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=GRACE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def _keep(self, forked: threading.Event) -> None:
        forked.wait()
        fd = self._readiness.fd
        start = "from callcenter.cli import main; main()"
        command = [sys.executable, "-c", start, "scheduler", "--beside", "--sign", str(fd)]
        while not self._stopped.is_set():
            try:
                self._readiness.write(False, "starting")
                with self._starting:
                    self._process = subprocess.Popen(
                        [*command, *([] if self._jobs else ["--outbox-only"])],
                        stdin=self._wake_pipe.read_fd,
                        pass_fds=(fd,),
                    )
                self._process.wait()
                ended = "ended"
            except OSError as error:  # no memory or no process available at the moment
                ended = f"could not be started ({error.strerror})"
            if not self._stopped.wait(0.5):
                log.warning("the process with outbox and scheduler %s and is started again", ended)


def _write_last_totals(worker: Any) -> None:
    """Write the counters of a worker that ends."""
    app = getattr(worker, "wsgi", None)
    totals = app.extensions.get("callcenter_totals") if app is not None else None
    if totals is not None:
        totals.stop()


def _die_with_parent() -> None:
    """Let the kernel end this process when its parent dies.

    The child calls it, because a function between fork and exec may hang in a parent with threads. If the parent has
    died before, the wake pipe is closed.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
