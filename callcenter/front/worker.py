"""gunicorn's worker that receives requests by waitress: one event loop, and lanes of threads."""

import logging
import os
import resource
from collections.abc import Sequence
from contextlib import suppress

from gunicorn.workers.base import Worker

from callcenter.clock import stopwatch
from callcenter.front.dispatch import Lanes
from callcenter.front.listener import FrontOptions, Listener
from callcenter.front.loop import Loop, Signals

EXTENSION = "callcenter_front"
# Connections of one process. Each may need a second descriptor, for the file that it uploads or that is sent to it.
MOST_CONNECTIONS = 1000
_DESCRIPTORS = 4096
# Descriptors of the database's connections, of modules and logs.
_OTHER_DESCRIPTORS = 128
_TURN_S = 1.0
_ACCEPTED_AT_THE_END = 64


class FrontWorker(Worker):
    """Serves the application. `extensions["callcenter_front"]` of the app may hold FrontOptions."""

    def run(self) -> None:
        """Serve until the parent asks to stop, then answer requests in progress for at most `graceful_timeout`."""
        quiet_waitress()
        options = getattr(self.wsgi, "extensions", {}).get(EXTENSION, FrontOptions())
        most, tasks, loop = connections_possible(), Lanes(), Loop()
        loop.channels[self.PIPE[0]] = Signals(self.PIPE[0])
        listeners = [Listener(self.wsgi, one.sock, loop, tasks, options, most) for one in self.sockets]
        while self.alive and self.ppid == os.getppid():
            self._turn(loop, listeners)
        for _ in range(_ACCEPTED_AT_THE_END):  # one each: who is connected already is answered, not reset
            if not loop.turn(0):
                break
        for listener in listeners:
            listener.stop()
        until = stopwatch() + self.cfg.graceful_timeout
        while any(listener.active_channels for listener in listeners) and stopwatch() < until:
            self._turn(loop, listeners, _TURN_S / 10)

    _swept_at = 0.0

    def _turn(self, loop: Loop, listeners: Sequence[Listener], wait_s: float = _TURN_S) -> None:
        loop.turn(wait_s)
        now = stopwatch()
        if now >= self._swept_at + _TURN_S:
            self._swept_at = now
            self.notify()
            for listener in listeners:
                listener.sweep(now)


def connections_possible() -> int:
    """How many connections a process may have. Raises the soft limit of descriptors as far as is needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft < wanted:
        with suppress(OSError, ValueError):  # a sandbox may forbid it
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return max(16, min(MOST_CONNECTIONS, (soft - _OTHER_DESCRIPTORS) // 2))


def quiet_waitress() -> None:
    """Let waitress log failures only, and without the request's path, which may hold a secret."""
    logger = logging.getLogger("waitress")
    logger.setLevel(logging.WARNING)
    logger.addFilter(_without_path)


def _without_path(record: logging.LogRecord) -> bool:
    if isinstance(record.msg, str) and record.msg.startswith("Exception while serving"):
        record.msg, record.args = "the application failed while its answer was sent", ()
    return True
