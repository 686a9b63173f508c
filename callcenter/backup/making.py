"""Makes a backup of the database of either kind, while it is used."""

import logging
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from callcenter.backup import postgresql_dump, sqlite_copy
from callcenter.backup.archive import COPY_OF, BackupError, Manifest, folder_beside, write
from callcenter.clock import Clock
from callcenter.storage.engine import make_sessions
from callcenter.storage.migrate import is_current
from callcenter.storage.system_facts import BACKED_UP, store_fact

log = logging.getLogger(__name__)


def back_up(engine: Engine, path: Path, clock: Clock, *, replace: bool = False) -> Manifest:
    """Write a backup of the database to a file, and read it back. Returns what it holds.

    The database may be used meanwhile: the backup is of one moment. replace: also when there is a file already.
    Raises BackupError, and then no file was changed.
    """
    path = path.absolute()
    if path.exists() and not replace:
        raise BackupError(f"{path} exists: choose another name, or pass --force to replace it")
    made_at, kind = clock.now(), engine.dialect.name
    if kind == "sqlite" and _is_part_of(path, sqlite_copy.path_of(engine)):
        raise BackupError(f"{path} is the database itself: choose another name")
    with folder_beside(path) as folder:
        copy = folder / COPY_OF[kind]
        if kind == "sqlite":
            sqlite_copy.copy(sqlite_copy.path_of(engine), copy)
            revision, figures = sqlite_copy.examine(copy)
        else:
            revision, figures = postgresql_dump.dump(engine, copy)
            postgresql_dump.examine(copy)
        if revision is None:
            raise BackupError("the database has no tables of this product: check CALLCENTER_DATABASE_URL")
        manifest = Manifest(kind, revision, version("callcenter"), made_at, figures)
        write(path, copy, manifest, replace=replace)
    try:
        if is_current(engine):
            with make_sessions(engine).begin() as session:
                store_fact(session, BACKED_UP, {}, made_at)
    except DBAPIError as error:
        # The backup is good all the same: of a standby, say, which takes no rows.
        log.warning("the backup is made, but the database did not take note of it (%s)", type(error.orig).__name__)
    return manifest


def _is_part_of(path: Path, database: Path) -> bool:
    """Whether a file is a SQLite database, or one of the files that SQLite keeps beside it."""
    own = [database, *(Path(f"{database.resolve()}{end}") for end in ("-wal", "-shm", "-journal"))]
    return path.exists() and any(one.exists() and path.samefile(one) for one in own)
