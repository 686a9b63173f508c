"""The hosts that run the product: real processes, kept running by a service manager, that can be killed and frozen."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import requests

from tests.support.waiting import wait_until

_ROOT = Path(__file__).parent.parent
# As the shipped units have it (deploy/systemd), but less patient with processes that are left.
RESTART_AFTER_S = 2.0
_ENDS_WITHIN_S = 5.0


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
        self._thread = threading.Thread(target=self._keep, name=log.stem, daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        while not self._stopped.is_set():
            self._rises.wait()
            if self._stopped.is_set():
                return
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command, env=self._environment, cwd=_ROOT, stdout=log, stderr=log,
                    stdin=subprocess.DEVNULL, start_new_session=True,
                )  # fmt: skip
            self.starts += 1
            self._process.wait()
            _end_group(self._process.pid)
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
        if process is not None:
            _send_group(process.pid, signal.SIGCONT)
            _send_group(process.pid, signal.SIGTERM)
            _end_group(process.pid)
        self._thread.join()


class Host:
    """A host: `serve`, and on some a `scheduler` of its own. port: where `serve` listens."""

    def __init__(self, name: str, port: int, services: Mapping[str, Service]) -> None:
        self.name, self.port, self._services = name, port, services
        self._frozen: list[int] = []

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

    def freeze(self) -> None:
        """Stop all its processes where they are."""
        self._frozen = self.everything()
        self.send(self._frozen, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self.send(self._frozen, signal.SIGCONT)

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


def is_ready(host: Host) -> bool:
    """Whether a host says at `/readyz` that it would handle a call properly."""
    return status_of(f"{host.url}/readyz") == 200


def status_of(url: str) -> int | None:
    """The status of an answer, None when there is none within two seconds."""
    try:
        return requests.get(url, timeout=2).status_code
    except requests.RequestException:
        return None


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


def _end_group(group: int) -> None:
    """End what is left of a service, as a service manager does: first in peace, then by force."""
    _send_group(group, signal.SIGTERM)
    with suppress(AssertionError):
        wait_until(lambda: not _send_group(group, 0), "the rest to end", within_s=_ENDS_WITHIN_S, every_s=0.1)
    _send_group(group, signal.SIGKILL)


def _send_group(group: int, number: int) -> bool:
    """Send a signal to all processes of a service. False when there is none."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
