"""What a hostile client without any account sends: each kind of attack keeps up to 100 connections busy."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

CONNECTIONS = 100
# One byte each 3 seconds keeps every time-out between two bytes from passing.
DRIP_S = 3.0
MEGABYTE = 1_000_000
_TELLS_EVERY_S = 0.02
ROOT = Path(__file__).parents[2]

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


async def _pause(seconds: float) -> None:
    """Let an attacker wait between two bytes. Nothing waits for it."""
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)


async def _drip(writer: Writer, data: bytes) -> None:
    for byte in data:
        writer.write(bytes([byte]))
        await writer.drain()
        await _pause(DRIP_S)


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
        await _pause(DRIP_S)


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


# These keep connections and cost next to no processor time.
HELD: dict[str, Attack] = {
    "slow headers": slow_headers("/webhooks/voice"),
    "slow bodies": slow_body("/webhooks/voice"),
    "slow chunks": slow_chunks("/webhooks/voice"),
    "slow log-ins": slow_body("/inloggen"),
    "slow uploads": slow_body("/rooster/versies"),
    "silence": silence,
    "slow reading": slow_reading,
}
# These keep the machine busy, on which the attacker runs too.
BUSY: dict[str, Attack] = {
    "bodies of 19 MB": huge_body("/webhooks/voice", 19 * MEGABYTE),
    "log-ins of 60 MB": huge_body("/inloggen", 60 * MEGABYTE),
    "uploads of 19 MB": huge_body("/rooster/versies", 19 * MEGABYTE, "multipart/form-data; boundary=x"),
    "the largest forged webhooks": flood(form("/webhooks/voice", b"a=b&" * 16_000)),
    "forged webhooks with many fields": flood(form("/webhooks/voice", b"a=b&" * 249)),
    "pages": flood(head("GET", "/inloggen")),
    "files": flood(head("GET", "/bootstrap/css/bootstrap.min.css")),
    "requests in one packet": flood(head("GET", "/inloggen") * 8),
    "tiny chunks": flood(head("POST", "/webhooks/voice", "Transfer-Encoding: chunked") + b"1\r\na\r\n" * 10_000),
}


@contextmanager
def under(url: str, attack: str) -> Iterator[Held]:
    """Attack a served office by name, from a process of its own, until the block ends.

    A connection that is closed is opened anew.
    """
    command = [sys.executable, "-m", "tests.support.attacks", url, attack]
    held = Held()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        threading.Thread(target=_follow, args=(process, held), daemon=True).start()
        try:
            yield held
        finally:
            process.kill()


def _follow(process: subprocess.Popen[str], held: Held) -> None:
    assert process.stdout is not None
    for line in filter(lambda line: line.endswith("\n"), process.stdout):  # the last one may be cut off
        held.open, held.opened = (int(word) for word in line.split())


async def _attack(url: str, attack: Attack) -> None:
    held = Held()
    tasks = [asyncio.create_task(_one(url, attack, held)) for _ in range(CONNECTIONS)]
    while tasks:
        print(held.open, held.opened, flush=True)
        await _pause(_TELLS_EVERY_S)


async def _one(url: str, attack: Attack, held: Held) -> None:
    while True:
        try:
            async with _connected(url, held) as (reader, writer):
                await attack(reader, writer)
        except (OSError, EOFError, asyncio.LimitOverrunError):
            await _pause(_TELLS_EVERY_S)


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


if __name__ == "__main__":
    asyncio.run(_attack(sys.argv[1], {**HELD, **BUSY}[sys.argv[2]]))
