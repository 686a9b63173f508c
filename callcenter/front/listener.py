"""Accepts connections on one socket and closes those that take too long or are too many."""

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import Any

from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer

from callcenter.front import limits
from callcenter.front.channel import Channel
from callcenter.front.deadlines import to_sacrifice
from callcenter.front.dispatch import Lanes
from callcenter.front.forwarded import LOOPBACK, Network

log = logging.getLogger(__name__)
# Answers that are longer wait in a temporary file.
_ANSWER_IN_MEMORY = 256 * 1024
# No answer is this long, so no thread ever waits until a client has read.
_LONGEST_ANSWER = 1 << 30
# Connections accepted in one turn of the event loop.
_ACCEPTED_AT_ONCE = 16


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
        self, application: Any, sock: socket.socket, map: dict[int, Any], tasks: Lanes, options: FrontOptions, most: int
    ) -> None:
        self.options, self.stopping, self._most = options, False, most
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
        info = (sock.family, sock.type, sock.proto, sock.getsockname())
        super().__init__(application, map, True, sock, dispatcher=tasks, adj=adj, bind_socket=False, sockinfo=info)

    def readable(self) -> bool:
        """Whether to accept connections. If there are too many, others are closed for them."""
        if self.accepting and len(self.active_channels) >= self._most:
            self._make_room()
        return bool(self.accepting) and len(self.active_channels) < self._most

    def handle_accept(self) -> None:
        """Accept some connections."""
        for _ in range(_ACCEPTED_AT_ONCE):
            before = len(self.active_channels)
            super().handle_accept()
            if len(self.active_channels) == before:
                return

    def sweep(self, now: float) -> None:
        """Close connections that take too long. Called each second. now: `stopwatch`."""
        for channel in list(self.active_channels.values()):
            if channel.is_over(now):
                transfer = channel.transfer(now)
                if transfer is not None and transfer.kind in ("receiving", "sending"):
                    self.options.on_refused("too_slow")
                channel.handle_close()

    def stop(self) -> None:
        """Accept no more connections, and close each after its next answer."""
        self.stopping, self.accepting = True, False
        self.del_channel()

    def _make_room(self) -> None:
        doing = [(fd, channel.transfer(0.0)) for fd, channel in self.active_channels.items()]
        candidates = [(fd, transfer) for fd, transfer in doing if transfer is not None]
        for fd in to_sacrifice(candidates, max(1, self._most // 10)):
            self.active_channels[fd].handle_close()
