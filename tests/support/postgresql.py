"""How does a test get a real PostgreSQL? A throw-away server on a socket in a temporary folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.missing import missing

# What makes a server quick and unsafe in a power cut, on no network. Its zone is far from ours on purpose:
# an instant that is read in the server's zone comes out wrong at once.
_SERVER_OPTIONS = (
    "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off "
    "-c max_connections=200 -c timezone=Pacific/Auckland -k {folder}"
)


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl, the newest version's; Debian keeps it off PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def _as_server_user() -> dict[str, Any]:
    # PostgreSQL refuses to run as root.
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}


@contextmanager
def running_server() -> Iterator[Path]:
    """A server from an empty folder; gives the folder of its socket, and leaves nothing behind."""
    programs = binaries()
    if programs is None:
        missing("postgresql")
    # Short and world-readable above: a socket's path may be 107 bytes, and the server is another user.
    folder = Path(tempfile.mkdtemp(prefix="cc-pg-", dir="/tmp"))
    if os.getuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
        folder.chmod(0o755)

    def call(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(programs / program), "-D", str(folder / "data"), *arguments],
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            **_as_server_user(),
        )

    try:
        call("initdb", "--no-sync", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        options = _SERVER_OPTIONS.format(folder=folder)
        call("pg_ctl", "--wait", f"--log={folder}/log", f"--options={options}", "start")
        try:
            yield folder
        finally:
            call("pg_ctl", "--mode=immediate", "--wait", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def url(folder: Path, database: str) -> str:
    """The address of one database of the server, as CALLCENTER_DATABASE_URL takes it."""
    return f"postgresql+psycopg://postgres@/{database}?host={folder}"
