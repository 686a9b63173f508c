"""Receives one request: bounds its headers and body before they are parsed, and refuses ambiguous ones."""

import re
from threading import BoundedSemaphore

from waitress.buffers import OverflowableBuffer
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver

from callcenter.clock import stopwatch
from callcenter.front import lanes, limits
from callcenter.front.refusals import Refused

_TRANSFER_ENCODING = re.compile(rb"^transfer-encoding[ \t]*:[ \t]*(.*?)[ \t]*$", re.IGNORECASE)
_FORM = "application/x-www-form-urlencoded"


class _Fragmented(Exception):
    """A chunked body comes in too many pieces."""


class _CountedBuffer(OverflowableBuffer):
    """A buffer that counts the pieces of a chunked body, each of which costs the event loop some microseconds."""

    def __init__(self, overflow: int, most_pieces: int) -> None:
        super().__init__(overflow)
        self._left = most_pieces

    def append(self, piece: bytes) -> None:
        self._left -= 1
        if self._left < 0:
            raise _Fragmented
        super().append(piece)


class Parser(HTTPRequestParser):
    """waitress's parser with our bounds. began: when the request's first byte came (`stopwatch`).

    pipelined: how many earlier requests of its connection wait for an answer. uploads: taken while a large body is
    received or read.
    """

    # For requests whose first line cannot be read.
    path, command, query = "/", "GET", ""
    empty = False
    bound = limits.SMALL

    def __init__(self, adj: object, uploads: BoundedSemaphore, pipelined: int) -> None:
        super().__init__(adj)
        self.began = stopwatch()
        self._uploads, self._is_uploading = uploads, False
        self._too_many = pipelined >= limits.PIPELINED

    def received(self, data: bytes) -> int:
        """Take some bytes. Returns how many belong to this request; `completed` and `error` say how far it is."""
        if self._too_many:
            return self._refuse(400, data)
        in_body = self.headers_finished
        try:
            consumed: int = super().received(data)
        except _Fragmented:
            return self._refuse(400, data)
        if self.empty:  # one empty line before a request is allowed, and not seen here
            self.empty = False
            return self._refuse(400, data)
        if self.error is None and self.headers_finished:
            refusal = self._fault_of_body() if in_body else self._fault_of_headers()
            if refusal:
                return self._refuse(refusal, data)
        if self.completed:
            # Without a body there is nothing to continue with; waitress would take the next request for this one's.
            self.expect_continue = False
        return consumed

    def close(self) -> None:
        """Free the body."""
        if self._is_uploading:
            self._is_uploading = False
            self._uploads.release()
        super().close()

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the first line and the headers. Raises ParsingError for what servers and proxies could read in two
        ways."""
        lines = header_plus.split(b"\r\n")[1:]
        if len(lines) > limits.HEADERS:
            raise ParsingError("too many headers")
        if any(line[:1] in (b" ", b"\t") for line in lines):
            raise ParsingError("a folded header")
        codings = [found[1].lower() for line in lines if (found := _TRANSFER_ENCODING.match(line))]
        if len(codings) > 1:
            raise ParsingError("more than one transfer coding")
        try:
            super().parse_header(header_plus)
        except ValueError:  # a Content-Length of thousands of digits, brackets in the address
            raise ParsingError("a number or address that cannot be read") from None
        if self.version not in ("1.0", "1.1"):
            raise ParsingError("an unknown version")
        if codings and (not self.chunked or b"," in codings[0] or "CONTENT_LENGTH" in self.headers):
            raise ParsingError("an ambiguous length")
        if "close" in (option.strip().lower() for option in self.headers.get("CONNECTION", "").split(",")):
            self.headers["CONNECTION"] = "close"  # waitress knows no list
        self.bound = limits.body_bound(self.command, self.path)
        if self.chunked:
            buffer = _CountedBuffer(self.adj.inbuf_overflow, limits.most_pieces(self.bound))
            self.body_rcv = ChunkedReceiver(buffer)

    def _fault_of_headers(self) -> int | None:
        """The status to refuse with once the headers are known, None for none."""
        if self.content_length > self.bound or self.query.count("&") > self._most_fields():
            return 413
        if self.body_rcv is None:
            return None
        if lanes.lane_of(self.path) is lanes.LINE and self._media_type() not in ("", _FORM):
            return 415
        if limits.is_upload(self.command, self.path):
            self._is_uploading = self._uploads.acquire(blocking=False)
            return None if self._is_uploading else 503
        return None

    def _fault_of_body(self) -> int | None:
        """The status to refuse with after some of the body, None for none."""
        length = len(self.body_rcv)
        overhead = self.body_bytes_received - length  # of chunked bodies: sizes, extensions and trailers
        if length > self.bound:
            return 413
        if overhead > limits.HEADER_BYTES + length // 8:
            return 400
        if self.completed and self._is_form():
            return 413 if length > limits.SMALL or self._fields() > self._most_fields() else None
        return None

    def _is_form(self) -> bool:
        """Whether the body may be read as fields, which takes thirty times its size: all but files for the API, and
        pages' uploads in parts."""
        return self.bound == limits.SMALL or (self.command == "POST" and self._media_type() == _FORM)

    def _media_type(self) -> str:
        media_type: str = self.headers.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        return media_type

    def _fields(self) -> int:
        if self._media_type() == "multipart/form-data":
            return 0  # counted by Werkzeug
        body = self.get_body_stream()
        found: int = body.read().count(b"&")
        body.seek(0)
        return found

    def _most_fields(self) -> int:
        return limits.FIELDS_OF_WEBHOOK if lanes.lane_of(self.path) is lanes.LINE else limits.FIELDS

    def _refuse(self, code: int, data: bytes) -> int:
        self.error, self.completed, self.expect_continue = Refused(code), True, False
        return len(data)
