"""The measured servers: each is a process on a free port, stopped when the measurement ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from bench.load import BenchFailed
from bench.town import SETTINGS

_ROOT = Path(__file__).parent.parent
START_WITHIN_S = 180


@dataclass(frozen=True, slots=True)
class Served:
    """A server that is ready. ready_s: seconds from its start until it answered."""

    url: str
    pid: int
    ready_s: float

    def children(self) -> list[int]:
        """Ids of the processes that it started, from any of its threads."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/children")
        return [int(pid) for task in tasks for pid in task.read_text().split()]

    def workers(self) -> list[int]:
        """Ids of its workers: the processes that were forked and not replaced by another program."""
        own = Path(f"/proc/{self.pid}/cmdline").read_bytes()
        return [pid for pid in self.children() if Path(f"/proc/{pid}/cmdline").read_bytes() == own]

    def cpu_s(self) -> float:
        """Processor time of the workers until now, in seconds."""
        ticks = 0
        for pid in self.workers():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def product(database_url: str, rest_url: str, work: Path, *, workers: int = 1) -> Iterator[Served]:
    """Serve the product without its scheduler, which would continue the hunts of calls without callers."""
    with serving(database_url, rest_url, work, "--no-scheduler", "--workers", str(workers)) as served:
        yield served


@contextmanager
def serving(database_url: str, rest_url: str, work: Path, *options: str) -> Iterator[Served]:
    """Run `callcenter serve` on a furnished database until the block ends."""
    port = free_port()
    command = ["-c", "from callcenter.cli import main; main()", "serve"]
    arguments = [*command, "--bind", f"127.0.0.1:{port}", *options]
    settings = {**SETTINGS, "CALLCENTER_DATABASE_URL": database_url, "TWILIO_API_BASE_URL": rest_url}
    with _running(arguments, settings, port, "/healthz", work / "product.log") as served:
        yield served


@contextmanager
def floor(database_url: str, work: Path, *, workers: int = 1) -> Iterator[Served]:
    """Serve the toy."""
    port = free_port()
    arguments = ["-m", "bench.floor", f"127.0.0.1:{port}", str(workers), database_url]
    with _running(arguments, {}, port, "/healthz", work / "floor.log") as served:
        yield served


@contextmanager
def rest(work: Path) -> Iterator[Served]:
    """Serve the replacement of Twilio's REST API. It answers at once until a signal changes that."""
    port = free_port()
    with _running(["-m", "bench.rest", str(port)], {}, port, None, work / "rest.log") as served:
        yield served


@contextmanager
def _running(
    arguments: list[str], settings: Mapping[str, str], port: int, path: str | None, log: Path
) -> Iterator[Served]:
    began = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *arguments], env={**os.environ, **settings}, cwd=_ROOT, stdout=out, stderr=out
        )
    try:
        while not _answers(port, path):
            if process.poll() is not None or time.perf_counter() - began > START_WITHIN_S:
                raise BenchFailed(f"{arguments[-1]} did not start: {log.read_text()[-4000:]}")
            time.sleep(0.02)
        yield Served(f"http://127.0.0.1:{port}", process.pid, time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int, path: str | None) -> bool:
    try:
        if path is None:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        return requests.get(f"http://127.0.0.1:{port}{path}", timeout=1).status_code == 200
    except (OSError, requests.RequestException):
        return False


def free_port() -> int:
    """A port of the loopback that is not in use."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
