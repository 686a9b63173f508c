"""An office served by `callcenter serve` on a fresh SQLite database, for tests that reach it over the network."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from bench import outside
from bench.servers import Served, serving
from bench.town import PUBLIC_URL, furnished
from callcenter.storage.engine import make_engine
from callcenter.storage.migrate import upgrade


@dataclass
class ServedOffice:
    """The running server, and the folder of its database and log."""

    server: Served
    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def log(self) -> str:
        """What the server has logged."""
        return (self.folder / "product.log").read_text()

    def webhook(self, *lines: str) -> bytes:
        """A new call's first request, correctly signed, as it goes over the wire. lines: more headers."""
        number = next(self._numbers)
        params, headers = outside.first_webhook(f"+3178614{number:04}", number)
        body = urlencode(params).encode()
        signed = [f"{name}: {value}" for name, value in headers.items()]
        form = "Content-Type: application/x-www-form-urlencoded"
        head = ["POST /webhooks/voice HTTP/1.1", f"Host: {urlsplit(PUBLIC_URL).netloc}", form, *signed, *lines]
        return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body

    def peak_mib(self) -> list[int]:
        """The most memory that each worker ever used, in MiB."""
        return [_peak_kib(pid) // 1024 for pid in self.server.workers()]


@contextmanager
def served_office(folder: Path, *options: str) -> Iterator[ServedOffice]:
    """Serve with two workers until the block ends."""
    address = f"sqlite:///{folder / 'office.db'}"
    engine = make_engine(address)
    upgrade(engine)
    furnished(engine, schools=100)
    engine.dispose()
    with outside.twilio() as twilio, serving(address, twilio.url, folder, "--workers", "2", *options) as server:
        yield ServedOffice(server, folder)


def _peak_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
