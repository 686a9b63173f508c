"""Copies a SQLite database while it is used, and puts a copy in the place of a database that nobody uses."""

import os
import sqlite3
import stat
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from callcenter.backup.archive import BackupError
from callcenter.backup.figures import Figures, read_figures
from callcenter.storage.engine import make_engine
from callcenter.storage.migrate import stored_revision


def path_of(engine: Engine) -> Path:
    """The file of a database. Raises BackupError when it has none."""
    name = engine.url.database
    if not name or name == ":memory:":
        raise BackupError("this database is in memory: there is nothing to back up or to restore")
    return Path(name).absolute()


def copy(database: Path, to: Path) -> None:
    """Copy a database as of one moment, while others read and write it. Raises BackupError when it is not there."""
    if not database.exists():
        raise BackupError(f"there is no database {database}: check CALLCENTER_DATABASE_URL")
    to.touch(0o600)
    source, target = sqlite3.connect(database), sqlite3.connect(to)
    try:
        source.backup(target)  # all pages in one read transaction
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{database} cannot be copied: {error}") from None
    finally:
        target.close()
        source.close()


def examine(file: Path) -> tuple[str | None, Figures]:
    """The schema's revision and the figures of a copy. Raises BackupError when the copy is not sound."""
    engine = make_engine(f"sqlite:///{file}")
    try:
        with engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            faults = [row[0] for row in raw.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
            if faults or raw.execute("PRAGMA foreign_key_check").fetchone() is not None:
                named = "; ".join(" ".join(fault.split()) for fault in faults)
                raise BackupError(f"the database is not sound ({named or 'rows point nowhere'})")
            found = read_figures(connection)
        return stored_revision(engine), found
    except (sqlite3.DatabaseError, DatabaseError) as error:
        cause = error.orig if isinstance(error, DatabaseError) else error
        raise BackupError(f"the database is not sound ({cause})") from None
    finally:
        engine.dispose()


def own_like(file: Path, database: Path) -> None:
    """Give a file the owner and mode of the database in whose place it comes: an administrator may run the command."""
    if database.exists():
        was = database.stat()
        file.chmod(stat.S_IMODE(was.st_mode))
        if (was.st_uid, was.st_gid) != (file.stat().st_uid, file.stat().st_gid):
            os.chown(file, was.st_uid, was.st_gid)


def require_unused(database: Path) -> None:
    """Raise BackupError while another process has a database open.

    Its write-ahead log is then folded in and removed, because it would be read with the file that comes in its place.
    """
    if not database.exists():
        return
    connection = sqlite3.connect(database, timeout=0.5)
    try:
        # SQLite leaves this mode only for the last process that has the file open.
        mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
    except sqlite3.OperationalError:
        mode = "in use"
    finally:
        connection.close()
    if mode != "delete":
        raise BackupError(f"{database} is in use: stop the service first (`systemctl stop callcenter`)")
