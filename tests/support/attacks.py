"""What a hostile client without any account sends: each kind of attack keeps up to 100 connections busy."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

CONNECTIONS = 100
# One byte each 3 seconds keeps every time-out between two bytes from passing.
DRIP_S = 3.0
MEGABYTE = 1_000_000

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
Attack: TypeAlias = Callable[[Reader, Writer], Coroutine[None, None, None]]


@dataclass
class Held:
    """How the attack is doing. open: connections held now; opened: since the start."""

    open: int = 0
    opened: int = 0


def head(method: str, path: str, *lines: str) -> bytes:
    """The first line and the headers of a request."""
    form = "Content-Type: application/x-www-form-urlencoded"
    forged = "X-Twilio-Signature: AAAAAAAAAAAAAAAAAAAAAAAAAAA="
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", form, forged, *lines, "", ""]).encode()


async def _drip(writer: Writer, data: bytes) -> None:
    for byte in data:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(DRIP_S)


def slow_headers(path: str) -> Attack:
    """Headers that never end."""

    async def attack(_reader: Reader, writer: Writer) -> None:
        writer.write(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".encode())
        await _drip(writer, b"a" * 1000)

    return attack


def slow_body(path: str) -> Attack:
    """A body whose length is announced, one byte at a time."""

    async def attack(_reader: Reader, writer: Writer) -> None:
        writer.write(head("POST", path, "Content-Length: 1000"))
        await _drip(writer, b"a" * 1000)

    return attack


def slow_chunks(path: str) -> Attack:
    """A chunked body, one byte at a time."""

    async def attack(_reader: Reader, writer: Writer) -> None:
        writer.write(head("POST", path, "Transfer-Encoding: chunked"))
        await _drip(writer, b"1\r\na\r\n" * 1000)

    return attack


async def silence(reader: Reader, _writer: Writer) -> None:
    """A connection on which nothing is sent."""
    await reader.read()


async def slow_reading(reader: Reader, writer: Writer) -> None:
    """Large answers that nobody reads."""
    writer.write(head("GET", "/bootstrap/css/bootstrap.min.css") * 8)
    while await reader.read(1):
        await asyncio.sleep(DRIP_S)


def huge_body(path: str, size: int, media_type: str = "application/x-www-form-urlencoded") -> Attack:
    """A body of `size` bytes of tiny fields."""
    piece = b"a=b&" * 16_384

    async def attack(reader: Reader, writer: Writer) -> None:
        writer.write(
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media_type}\r\n"
            f"X-Twilio-Signature: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\nContent-Length: {size}\r\n\r\n".encode()
        )
        for _ in range(size // len(piece) + 1):
            writer.write(piece)
            await writer.drain()
        await reader.read(1000)

    return attack


def flood(request: bytes) -> Attack:
    """The same request again and again, each as soon as the one before was answered."""

    async def attack(reader: Reader, writer: Writer) -> None:
        while True:
            writer.write(request)
            await writer.drain()
            answer = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in answer.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
            )
            await reader.readexactly(length)

    return attack


def form(path: str, body: bytes) -> bytes:
    """A whole POST request with a forged signature."""
    return head("POST", path, f"Content-Length: {len(body)}") + body


@contextmanager
def under(url: str, attack: Attack, connections: int = CONNECTIONS) -> Iterator[Held]:
    """Attack a served office from one thread until the block ends. A connection that is closed is opened anew."""
    held, stopped = Held(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_attack(url, attack, connections, held, stopped)), daemon=True)
    thread.start()
    try:
        yield held
    finally:
        stopped.set()
        thread.join(10)


async def _attack(url: str, attack: Attack, connections: int, held: Held, stopped: threading.Event) -> None:
    tasks = [asyncio.create_task(_one(url, attack, held)) for _ in range(connections)]
    while not stopped.is_set():
        await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _one(url: str, attack: Attack, held: Held) -> None:
    while True:
        try:
            async with _connected(url, held) as (reader, writer):
                await attack(reader, writer)
        except (OSError, EOFError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await asyncio.sleep(0.01)


@asynccontextmanager
async def _connected(url: str, held: Held) -> AsyncIterator[tuple[Reader, Writer]]:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1024)
    held.open += 1
    held.opened += 1
    try:
        yield reader, writer
    finally:
        held.open -= 1
        writer.transport.abort()
