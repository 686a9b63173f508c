"""The event loop: waits until connections can be read or written, by epoll.

waitress's own loop asks every connection at every turn, and is woken after every answer. This one is woken by requests
only, which saves a tenth of a webhook's processor time.
"""

import os
import select
from typing import Any

from waitress import wasyncore

IN, OUT = select.EPOLLIN, select.EPOLLOUT
_GONE = select.EPOLLHUP | select.EPOLLERR


class _Watched(dict[int, Any]):
    """waitress's map from descriptors to what reads them. Each is watched for input from the start."""

    def __init__(self, epoll: select.epoll) -> None:
        super().__init__()
        self._epoll = epoll

    def __setitem__(self, fd: int, channel: Any) -> None:
        super().__setitem__(fd, channel)
        self._epoll.register(fd, IN)

    def __delitem__(self, fd: int) -> None:
        super().__delitem__(fd)
        self._epoll.unregister(fd)


class Loop:
    """The event loop of one process."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self.channels = _Watched(self._epoll)

    def turn(self, wait_s: float) -> int:
        """Read and write what can be read and written; wait at most `wait_s` seconds for something.

        Returns how much could be read or written.
        """
        ready = self._epoll.poll(wait_s)
        for fd, flags in ready:
            channel = self.channels.get(fd)
            if channel is None:  # closed in this turn
                continue
            # A connection whose request is being answered stays watched, so that most requests need no system call for
            # it. Only if its client sends more meanwhile, the watch ends until the answer is complete.
            if flags & IN and not channel.readable():
                flags &= ~IN
                channel.arm()
            if flags & (IN | OUT | _GONE):
                wasyncore.readwrite(channel, flags)
                if flags & OUT or channel.writable():
                    channel.arm()
        return len(ready)

    def watch(self, fd: int, flags: int) -> None:
        """Change what is waited for."""
        self._epoll.modify(fd, flags)


class Signals:
    """The pipe into which Python writes when a signal arrives, so that the event loop wakes."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def readable(self) -> bool:
        """Always."""
        return True

    def writable(self) -> bool:
        """Never."""
        return False

    def handle_read_event(self) -> None:
        """Empty the pipe."""
        os.read(self._fd, 4096)
