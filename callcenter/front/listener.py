"""Accepts connections on one socket and closes those that take too long or are too many."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import Any

from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer

from callcenter.clock import stopwatch
from callcenter.front import limits
from callcenter.front.channel import Channel
from callcenter.front.deadlines import to_sacrifice
from callcenter.front.dispatch import Lanes
from callcenter.front.forwarded import LOOPBACK, Network
from callcenter.front.loop import IN, Loop

# Answers that are longer wait in a temporary file.
_ANSWER_IN_MEMORY = 256 * 1024
# Smaller pieces of an answer are collected.
_SENT_AT_ONCE = 16 * 1024
# No answer is this long, so no thread ever waits until a client has read.
_LONGEST_ANSWER = 1 << 30


def _ignore(_reason: str) -> None:
    return None


@dataclass(frozen=True)
class FrontOptions:
    """trusted: networks of our proxies. on_refused: called with the reason of each refused request."""

    trusted: tuple[Network, ...] = LOOPBACK
    on_refused: Callable[[str], None] = field(default=_ignore)


class Listener(TcpWSGIServer):
    """waitress's server with our connections. It answers from the lanes' threads."""

    channel_class = Channel

    def __init__(
        self, application: Any, sock: socket.socket, loop: Loop, tasks: Lanes, options: FrontOptions, most: int
    ) -> None:
        self.loop, self.options, self.stopping, self._most = loop, options, False, most
        self.uploads = BoundedSemaphore(limits.UPLOADS_AT_ONCE)
        adj = Adjustments(
            sockets=[sock],
            ident="",
            backlog=2048,
            inbuf_overflow=limits.SMALL,
            outbuf_overflow=_ANSWER_IN_MEMORY,
            outbuf_high_watermark=_LONGEST_ANSWER,
            max_request_header_size=limits.HEADER_BYTES,
            log_socket_errors=False,
            clear_untrusted_proxy_headers=False,
        )
        # Headers and body of an answer leave in one packet.
        adj.send_bytes = _SENT_AT_ONCE
        info = (sock.family, sock.type, sock.proto, sock.getsockname())
        super().__init__(
            application, loop.channels, True, sock, dispatcher=tasks, adj=adj, bind_socket=False, sockinfo=info
        )

    def readable(self) -> bool:
        """Whether to accept a connection. If there are too many, others are closed for it."""
        if self.accepting and len(self.active_channels) >= self._most:
            self._make_room()
        return bool(self.accepting) and len(self.active_channels) < self._most

    def arm(self) -> None:
        """Accept no connections until the next sweep: all that there are wait for answers."""
        self.loop.watch(self._fileno, 0)

    def pull_trigger(self) -> None:
        """Nothing: connections tell the event loop what changed (`Channel.arm`)."""

    def sweep(self, now: float) -> None:
        """Close connections that take too long. Called each second. now: `stopwatch`."""
        for channel in list(self.active_channels.values()):
            if channel.is_over(now):
                transfer = channel.transfer(now)
                if transfer is not None and transfer.kind in ("receiving", "sending"):
                    self.options.on_refused("too_slow")
                channel.handle_close()
        if self.accepting:
            self.loop.watch(self._fileno, IN)

    def stop(self) -> None:
        """Accept no more connections, and close each after its next answer."""
        self.stopping, self.accepting = True, False
        self.del_channel()

    def _make_room(self) -> None:
        now = stopwatch()
        doing = [(fd, channel.transfer(now)) for fd, channel in self.active_channels.items()]
        candidates = [(fd, transfer) for fd, transfer in doing if transfer is not None]
        for fd in to_sacrifice(candidates, max(1, self._most // 10)):
            self.active_channels[fd].handle_close()
