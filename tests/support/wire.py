"""Raw bytes to a server and its whole answer, for requests that no HTTP library would send."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


@contextmanager
def connected(url: str, within_s: float = 30) -> Iterator[socket.socket]:
    """A connection to the server of an address. within_s: how long each read may take."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=within_s) as found:
        yield found


def exchange(url: str, data: bytes, within_s: float = 30) -> bytes:
    """Send some bytes and return everything until the server closes the connection."""
    with connected(url, within_s) as found:
        found.sendall(data)
        return rest(found)


def rest(found: socket.socket) -> bytes:
    """Everything that still comes; a reset ends it like a close."""
    parts = []
    try:
        while part := found.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def one_answer(found: socket.socket) -> tuple[bytes, bytes]:
    """Headers and body of the next answer on a connection that stays open."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = found.recv(65_536)
        if not part:
            raise EOFError(f"closed after {data!r}")
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line[15:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += found.recv(65_536)
    return head, body


def statuses(answers: bytes) -> list[int]:
    """The status of each answer in a stream of them."""
    return [int(found) for found in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answers)]
