"""A throw-away PostgreSQL server on a socket in a temporary folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.missing import missing
from tests.support.waiting import wait_until

# Fast, without durability and without network. The server's zone is far from Amsterdam on purpose, so that an instant
# read in the server's zone is visibly wrong.
_SERVER_OPTIONS = (
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "timezone=Pacific/Auckland",
)
# The server runs until its standard input is closed, so it ends and cleans up even when the tests are killed.
_UNTIL_INPUT_ENDS = 'folder=$1; shift; "$@" >"$folder/log" 2>&1 & read -r _; kill -QUIT $!; wait; rm -rf "$folder"'


def binaries() -> Path | None:
    """The folder with initdb and postgres of the newest version. Debian does not put it on PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def as_server_user() -> dict[str, Any]:
    """How a program of the server is started: not as root, which PostgreSQL refuses."""
    other = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
    return {"cwd": "/", "env": {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}, **other}


def make_cluster(programs: Path, folder: Path) -> Path:
    """Make a cluster without a password in a new folder, which then belongs to the server's user. Returns its data's
    folder."""
    if os.getuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
        folder.chmod(0o755)
    data = folder / "data"
    initdb: list[str | Path] = [programs / "initdb", "-D", data, "--no-sync", "--username=postgres", "--auth=trust"]
    subprocess.run([*initdb, "--encoding=UTF8", "--locale=C.UTF-8"], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, **as_server_user())  # fmt: skip
    return data


@contextmanager
def running_server() -> Iterator[Path]:
    """Start a server in an empty folder and yield the folder of its socket. Both are removed at the end."""
    programs = binaries()
    if programs is None:
        missing("postgresql")
    # A socket's path may have 107 bytes at most, and the server runs as another user that must reach the folder.
    folder = Path(tempfile.mkdtemp(prefix="cc-pg-", dir="/tmp"))
    data = make_cluster(programs, folder)
    options: list[str | Path] = [argument for option in _SERVER_OPTIONS for argument in ("-c", option)]
    server: list[str | Path] = [programs / "postgres", "-D", data, "-k", folder, *options]
    keeper = subprocess.Popen(
        ["sh", "-c", _UNTIL_INPUT_ENDS, "keeper", folder, *server],
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C must reach the tests only: they stop the server
        stdout=subprocess.DEVNULL,
        **as_server_user(),
    )
    try:
        ready: list[str | Path] = [programs / "pg_isready", "--quiet", "--host", folder]
        wait_until(lambda: subprocess.run(ready).returncode == 0, "PostgreSQL to start", within_s=60)
        yield folder
    finally:
        keeper.communicate()


def url(folder: Path, database: str) -> str:
    """The address of one database of the server, as CALLCENTER_DATABASE_URL takes it."""
    return f"postgresql+psycopg://postgres@/{database}?host={folder}"
