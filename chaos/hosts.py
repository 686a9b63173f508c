"""The hosts that run the product: real processes, kept running by a service manager, that can be killed and frozen."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_ROOT = Path(__file__).parent.parent
# As the shipped units have it (deploy/systemd).
RESTART_AFTER_S = 2.0


class Service:
    """One program that is started again whenever it ends, until `stop`."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        start = "from callcenter.cli import main; main()"
        self._command = [sys.executable, "-c", start, *arguments]
        self._environment, self._log = {**os.environ, **environment}, log
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped, self._rises = threading.Event(), threading.Event()
        self._rises.set()
        self.starts = 0
        threading.Thread(target=self._keep, name=log.stem, daemon=True).start()

    def _keep(self) -> None:
        while not self._stopped.is_set():
            self._rises.wait()
            if self._stopped.is_set():
                return
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command, env=self._environment, cwd=_ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL
                )
            self.starts += 1
            self._process.wait()
            self._stopped.wait(RESTART_AFTER_S)

    @property
    def pid(self) -> int | None:
        """Its process, None while there is none."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def stay_down(self, down: bool) -> None:
        """Whether it is not started again for now, because the whole host is off."""
        self._rises.clear() if down else self._rises.set()

    def stop(self) -> None:
        """End it for good."""
        self._stopped.set()
        self._rises.set()
        process = self._process
        if process is not None and process.poll() is None:
            for pid in [process.pid, *descendants(process.pid)]:
                _send(pid, signal.SIGCONT)
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                for pid in [*descendants(process.pid), process.pid]:
                    _send(pid, signal.SIGKILL)
                process.wait()


class Host:
    """A host: `serve`, and on some a `scheduler` of its own. port: where `serve` listens."""

    def __init__(self, name: str, port: int, services: Mapping[str, Service]) -> None:
        self.name, self.port, self._services = name, port, services

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def servers(self) -> list[int]:
        """The main process of `serve`, if it runs."""
        pid = self._services["serve"].pid
        return [] if pid is None else [pid]

    def workers(self) -> list[int]:
        """The processes of `serve` that answer requests."""
        return [pid for pid in self._of_serve() if b"scheduler" not in _command(pid)]

    def dispatchers(self) -> list[int]:
        """The process of `serve` that carries out the outbox."""
        return [pid for pid in self._of_serve() if b"scheduler" in _command(pid)]

    def schedulers(self) -> list[int]:
        """The process that runs the jobs: a service of its own, or else the one of `serve`."""
        if "scheduler" not in self._services:
            return self.dispatchers()
        pid = self._services["scheduler"].pid
        return [] if pid is None else [pid]

    def everything(self) -> list[int]:
        """All its processes."""
        found = [service.pid for service in self._services.values() if service.pid is not None]
        return [*found, *(child for pid in found for child in descendants(pid))]

    def send(self, pids: Sequence[int], number: int) -> None:
        """Send a signal to some of its processes; one that has ended meanwhile is passed over."""
        for pid in pids:
            _send(pid, number)

    def switch(self, *, off: bool) -> None:
        """Switch the host off or on. Off: every process is killed, and none is started again."""
        for service in self._services.values():
            service.stay_down(off)
        if off:
            self.send(self.everything(), signal.SIGKILL)

    def starts(self) -> int:
        """How often its services were started."""
        return sum(service.starts for service in self._services.values())

    def stop(self) -> None:
        for service in self._services.values():
            service.stop()

    def _of_serve(self) -> list[int]:
        return [child for pid in self.servers() for child in _children(pid)]


def descendants(pid: int) -> Iterator[int]:
    """The processes below one."""
    for child in _children(pid):
        yield child
        yield from descendants(child)


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        tasks = Path(f"/proc/{pid}/task").glob("*/children")
        return [int(child) for task in tasks for child in task.read_text().split()]
    return []


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
