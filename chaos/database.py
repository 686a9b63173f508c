"""A PostgreSQL that keeps what it committed, and that can be killed, frozen and started again."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.servers import free_port
from tests.support.missing import missing
from tests.support.postgresql import as_server_user, binaries, make_cluster
from tests.support.waiting import wait_until

# Commits wait for the log. Without fsync they still survive a killed server, though not a power cut of the machine.
_OPTIONS = ("listen_addresses=127.0.0.1", "fsync=off", "max_connections=200", "timezone=UTC", "log_min_messages=error")


class Database:
    """The server, on a port of the loopback that stays the same."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs = folder, programs
        self.port = free_port()
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it has recovered and accepts connections."""
        options = [argument for option in (*_OPTIONS, f"port={self.port}") for argument in ("-c", option)]
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [self._programs / "postgres", "-D", self._folder / "data", "-k", self._folder, *options],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, **as_server_user(),
            )  # fmt: skip
        ready: list[str | Path] = [
            self._programs / "pg_isready",
            "--quiet",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
        ]
        wait_until(lambda: subprocess.run(ready).returncode == 0, "PostgreSQL to start", within_s=60, every_s=0.1)

    def kill(self) -> None:
        """Stop it as `pg_ctl stop -m immediate` does: no transaction is finished, and the next start recovers."""
        assert self._server is not None
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait()

    def url(self, port: int, name: str = "postgres") -> str:
        """The address of one of its databases, through this port."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{port}/{name}"


@contextmanager
def running_database() -> Iterator[Database]:
    """A started server in a folder of its own; both are removed at the end."""
    programs = binaries()
    if programs is None:
        missing("postgresql")
    folder = Path(tempfile.mkdtemp(prefix="cc-chaos-", dir="/tmp"))
    make_cluster(programs, folder)
    database = Database(folder, programs)
    try:
        database.start()
        yield database
    finally:
        database.kill()
        shutil.rmtree(folder, ignore_errors=True)
