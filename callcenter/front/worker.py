"""gunicorn's worker that receives requests by waitress: one event loop, and lanes of threads."""

import logging
import os
import resource
import select
from typing import Any

from gunicorn.workers.base import Worker
from waitress import wasyncore

from callcenter.clock import stopwatch
from callcenter.front.dispatch import Lanes
from callcenter.front.listener import FrontOptions, Listener

EXTENSION = "callcenter_front"
# Connections of one process. Each may need a second descriptor, for the file that it uploads or that is sent to it.
MOST_CONNECTIONS = 1000
_DESCRIPTORS = 4096
# Descriptors of the database's connections, of modules and logs.
_OTHER_DESCRIPTORS = 128
_TURN_S = 1.0


class FrontWorker(Worker):
    """Serves the application. `extensions["callcenter_front"]` of the app may hold FrontOptions."""

    def run(self) -> None:
        """Serve until the parent asks to stop, then answer requests in progress for at most `graceful_timeout`."""
        quiet_waitress()
        options = getattr(self.wsgi, "extensions", {}).get(EXTENSION, FrontOptions())
        most, tasks, channels = connections_possible(), Lanes(), dict[int, Any]()
        channels[self.PIPE[0]] = _Signals(self.PIPE[0])
        listeners = [Listener(self.wsgi, one.sock, channels, tasks, options, most) for one in self.sockets]
        others = len(channels) - len(listeners)
        while self.alive and self.ppid == os.getppid():
            self._turn(listeners, channels)
        for listener in listeners:
            listener.stop()
        until = stopwatch() + self.cfg.graceful_timeout
        while len(channels) > others and stopwatch() < until:
            self._turn(listeners, channels, _TURN_S / 10)

    _swept_at = 0.0

    def _turn(self, listeners: list[Listener], channels: dict[int, Any], wait_s: float = _TURN_S) -> None:
        """One turn of the event loop. Urgent data (POLLPRI) is not looked for: it would be ready for ever."""
        poll = select.poll()
        for fd, channel in list(channels.items()):
            flags = (select.POLLIN if channel.readable() else 0) | (
                select.POLLOUT if channel.writable() and not channel.accepting else 0
            )
            if flags:
                poll.register(fd, flags)
        for fd, flags in poll.poll(wait_s * 1000):
            found = channels.get(fd)
            if found is not None:
                wasyncore.readwrite(found, flags)
        now = stopwatch()
        if now >= self._swept_at + _TURN_S:
            self._swept_at = now
            self.notify()
            for listener in listeners:
                listener.sweep(now)


class _Signals:
    """The pipe into which Python writes when a signal arrives, so that the event loop wakes."""

    accepting = False

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def handle_read_event(self) -> None:
        os.read(self._fd, 4096)


def connections_possible() -> int:
    """How many connections a process may have. Raises the soft limit of descriptors as far as is needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft < wanted:
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
