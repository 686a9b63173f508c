"""One connection: what it is doing, and how it ends."""

import socket
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask, WSGITask

from callcenter.clock import stopwatch
from callcenter.front import forwarded, refusals
from callcenter.front.deadlines import Transfer, is_over
from callcenter.front.loop import IN, OUT
from callcenter.front.parser import Parser

# After a refusal, what the client still sends is thrown away this long. If the connection were closed at once, the
# kernel would reset it, and most clients would not see the answer.
_LINGER_S = 2.0
_THROWN_AWAY_AT_ONCE = 256 * 1024


class _Task(WSGITask):
    """Answers a request by the application."""

    def get_environment(self) -> dict[str, Any]:
        """The WSGI environment. SCRIPT_NAME is always empty, whatever a client sends."""
        environ: dict[str, Any] = super().get_environment()
        environ["PATH_INFO"] = self.request.path  # waitress drops leading slashes
        forwarded.apply(environ, self.channel.server.options.trusted)
        return environ

    def start(self) -> None:
        super().start()
        if self.channel.server.stopping:
            self.set_close_on_finish()

    def set_close_on_finish(self) -> None:
        """Close the connection after this answer, unless only for want of a length, which 204 and 304 never have."""
        asked = self.request.headers.get("CONNECTION", "").lower()
        lengthless = self.complete and not self.has_body and self.version == "1.1"
        if lengthless and asked != "close" and not self.channel.server.stopping:
            return
        super().set_close_on_finish()


class _Refusal(ErrorTask):
    """Answers a request that the application does not see. The connection is closed afterwards."""

    def execute(self) -> None:
        code = self.request.error.code
        if reason := refusals.reason_of(code):
            self.channel.server.options.on_refused(reason)
        self.status, headers, body = refusals.answer(code, self.request.path)
        self.response_headers.extend(headers)
        self.channel.lingers = True
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(b"" if self.request.command == "HEAD" else body)


class Channel(HTTPChannel):
    """waitress's connection with our parser, tasks and deadlines.

    waitress reads whole requests and buffers whole answers in the event loop, so no thread waits for a client.
    """

    task_class = _Task
    error_task_class = _Refusal
    lingers = False
    _sending: Transfer | None = None
    _throws_away_since: float | None = None
    _armed = IN

    def __init__(self, *args: Any, **named: Any) -> None:
        self._quiet = Transfer("new", stopwatch())
        super().__init__(*args, **named)

    def parser_class(self, adj: object) -> Parser:
        """The parser of the next request."""
        return Parser(adj, self.server.uploads, len(self.requests))

    def transfer(self, now: float) -> Transfer | None:
        """What the client is doing, None while the application is busy for it. Called by the event loop each second."""
        if self._throws_away_since is not None or self.requests:
            self._sending = None
            return None
        if self.total_outbufs_len:
            self._sending = self._sending or Transfer("sending", now, self.total_outbufs_len)
            return self._sending
        self._sending = None
        request = self.request
        if request is None:
            return self._quiet
        return Transfer("receiving", request.began, request.body_bytes_received)

    def is_over(self, now: float) -> bool:
        """Whether the client has taken too long."""
        if self._throws_away_since is not None:
            return now >= self._throws_away_since + _LINGER_S
        transfer = self.transfer(now)
        return transfer is not None and is_over(transfer, now)

    def service(self) -> None:
        """Answer the first request that waits."""
        self._quiet, self._sending = Transfer("idle", stopwatch()), None
        super().service()
        self._quiet = Transfer("idle", stopwatch())
        with self.outbuf_lock:
            if self.connected and self.total_outbufs_len:
                self._flush_exception(self._flush_some, do_close=False)
        self.arm()

    def write_soon(self, data: Any) -> int:
        """Queue a piece of an answer. What cannot be sent at once is sent by the event loop."""
        length: int = super().write_soon(data)
        if self.total_outbufs_len >= self.adj.send_bytes:
            self.arm()
        return length

    def writable(self) -> bool:
        """Whether the event loop has something to send. A piece that the thread still collects is not."""
        collects = self.requests and self.total_outbufs_len < self.adj.send_bytes and not self.will_close
        return not collects and bool(super().writable())

    def arm(self) -> None:
        """Let the event loop wait for what this connection can do now. Called from any thread after a change."""
        with self.outbuf_lock:
            if self._fileno is None:
                return
            wanted = (IN if self.readable() else 0) | (OUT if self.writable() else 0)
            if wanted != self._armed:
                self._armed = wanted
                self.server.loop.watch(self._fileno, wanted)

    def del_channel(self, map: Any = None) -> None:
        """The descriptor is about to be closed."""
        with self.outbuf_lock:
            super().del_channel(map)

    def handle_write(self) -> None:
        """Send what waits to be sent, and close the connection if that was all."""
        # waitress sends without the lock when no request waits, but a thread may be sending the end of its answer.
        with self.outbuf_lock:
            ends = self.close_when_flushed and not self.total_outbufs_len
            if ends and self.lingers and self.socket is not None and self._throws_away_since is None:
                self._linger()
            else:
                super().handle_write()

    def handle_read(self) -> None:
        """Receive some bytes."""
        if self._throws_away_since is None:
            super().handle_read()
        else:
            self.recv(_THROWN_AWAY_AT_ONCE)

    def handle_close(self) -> None:
        """The connection is gone: free what was received."""
        if self.request is not None:
            self.request.close()
        super().handle_close()

    def _linger(self) -> None:
        self.close_when_flushed = False
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:  # the client is gone
            self.handle_close()
            return
        self._throws_away_since = stopwatch()
        self.arm()
