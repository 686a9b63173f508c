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
from tests.support.waiting import wait_until

# What makes a server quick and unsafe in a power cut, on no network. Its zone is far from ours on purpose:
# an instant that is read in the server's zone comes out wrong at once.
_SERVER_OPTIONS = (
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "timezone=Pacific/Auckland",
)
# The server lives as long as its standard input is held open, so it ends and cleans up even when the tests are killed.
_UNTIL_INPUT_ENDS = 'folder=$1; shift; "$@" >"$folder/log" 2>&1 & read -r _; kill -QUIT $!; wait; rm -rf "$folder"'


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

    as_user: dict[str, Any] = {
        "cwd": "/",
        "env": {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        "stdout": subprocess.DEVNULL,
        **_as_server_user(),
    }
    data = ("-D", str(folder / "data"))
    initdb = (programs / "initdb", *data, "--no-sync", "--username=postgres", "--auth=trust", "--encoding=UTF8")
    subprocess.run([*initdb, "--locale=C.UTF-8"], check=True, stdin=subprocess.DEVNULL, **as_user)
    options: list[str | Path] = [argument for option in _SERVER_OPTIONS for argument in ("-c", option)]
    server: list[str | Path] = [programs / "postgres", *data, "-k", folder, *options]
    keeper = subprocess.Popen(
        ["sh", "-c", _UNTIL_INPUT_ENDS, "keeper", folder, *server],
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the tests: they end first
        **as_user,
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
