"""Puts a backup in the place of the database: wholly, or not at all."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, delete, select, text
from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.backup import postgresql_dump, sqlite_copy
from callcenter.backup.archive import COPY_OF, BackupError, Manifest, extract, folder_beside, verify
from callcenter.backup.figures import Figures, differences, read_figures
from callcenter.calls.call import Call
from callcenter.clock import Clock
from callcenter.storage.engine import make_engine, make_sessions
from callcenter.storage.migrate import head, upgrade
from callcenter.storage.system_facts import BACKED_UP, RESTORED, store_fact
from callcenter.storage.tables import metadata
from callcenter.telephony.records import OutboxMessage

# Rows of these tables do not make a database worth keeping.
_BOOKKEEPING = frozenset({"alembic_version", "job_run", "system_fact", "metric_total"})


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. upgraded_from: the older revision that was upgraded, None when it was this release's.

    under_way: the calls that were under way when the backup was made, which Twilio's list tells of anew.
    """

    manifest: Manifest
    upgraded_from: str | None
    under_way: int


def restore(engine: Engine, path: Path, clock: Clock, *, replace: bool = False) -> Restored:
    """Put a backup in the place of the database, compare its figures with the manifest, and upgrade an older one.

    replace: also when the database has data, which is then lost. Raises BackupError, and then the database is as it
    was: when the file is damaged, of a newer release or of another kind of database, when the service runs, when the
    figures differ.
    """
    manifest = verify(path)
    if manifest.kind != engine.dialect.name:
        raise BackupError(
            f"{path} is of a {manifest.kind} database, and CALLCENTER_DATABASE_URL names {engine.dialect.name}"
        )
    if manifest.revision > head():
        raise BackupError(
            f"{path} is of a newer release (schema {manifest.revision}, this one has {head()}): "
            f"install {manifest.version}"
        )
    way = _into_sqlite if manifest.kind == "sqlite" else _into_postgresql
    return way(engine, path, manifest, clock, replace)


def _into_sqlite(engine: Engine, path: Path, manifest: Manifest, clock: Clock, replace: bool) -> Restored:
    database = sqlite_copy.path_of(engine)
    engine.dispose()
    sqlite_copy.require_unused(database)
    if database.exists():
        _refuse_data(engine, replace)
        engine.dispose()
    with folder_beside(database) as folder:
        copy = folder / COPY_OF["sqlite"]
        extract(path, manifest, copy)
        revision, figures = sqlite_copy.examine(copy)
        _compare(manifest, revision, figures)
        fresh = make_engine(f"sqlite:///{copy}")
        try:
            restored = _complete(fresh, manifest, clock)
        finally:
            fresh.dispose()
        sqlite_copy.require_unused(copy)  # folds its write-ahead log in
        sqlite_copy.require_unused(database)
        sqlite_copy.own_like(copy, database)
        copy.replace(database)
    return restored


def _into_postgresql(engine: Engine, path: Path, manifest: Manifest, clock: Clock, replace: bool) -> Restored:
    engine.dispose()
    postgresql_dump.require_unused(engine)
    _refuse_data(engine, replace)
    known = {*metadata().tables, *manifest.figures.rows}
    # On the disk of the backup: there is room for it.
    with folder_beside(path.absolute()) as folder:
        dump = folder / COPY_OF["postgresql"]
        extract(path, manifest, dump)
        postgresql_dump.restore(engine, dump, known)
    try:
        with engine.connect() as connection:
            revision = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
            figures = read_figures(connection)
        _compare(manifest, revision, _of(manifest, figures))
        restored = _complete(engine, manifest, clock)
    except BaseException:
        engine.dispose()
        postgresql_dump.take_back(engine, known)
        raise
    postgresql_dump.keep(engine)
    return restored


def _of(manifest: Manifest, figures: Figures) -> Figures:
    """The figures without tables of others in the same schema."""
    rows = {table: number for table, number in figures.rows.items() if table in manifest.figures.rows}
    return Figures(rows, figures.calls, figures.callbacks, figures.offered, figures.answered)


def _refuse_data(engine: Engine, replace: bool) -> None:
    """Raise BackupError when the database has data that may not be replaced."""
    if replace:
        return
    known = set(metadata().tables) - _BOOKKEEPING
    with engine.connect() as connection:
        rows = read_figures(connection).rows
    held = {table: number for table, number in rows.items() if number and table in known}
    if held:
        raise BackupError(
            f"the database holds data ({sum(held.values())} rows, {held.get('call', 0)} calls): "
            "pass --replace to lose it, or name another one in CALLCENTER_DATABASE_URL"
        )


def _compare(manifest: Manifest, revision: str | None, figures: Figures) -> None:
    found = differences(manifest.figures, figures)
    if revision != manifest.revision:
        found.insert(0, f"schema {manifest.revision} in the backup, {revision} restored")
    if found:
        raise BackupError(f"what was restored is not what was backed up, and nothing was changed: {'; '.join(found)}")


def _complete(engine: Engine, manifest: Manifest, clock: Clock) -> Restored:
    """Upgrade the restored database, and forget the calls that were under way when it was backed up."""
    before, _ = upgrade(engine)
    with make_sessions(engine).begin() as session:
        under_way = _forget_under_way(session)
        store_fact(session, BACKED_UP, {}, manifest.made_at)
        store_fact(session, RESTORED, {"made_at": manifest.made_at.isoformat()}, clock.now())
        audit(session, clock.now(), "command line", "restored", "database", made_at=manifest.made_at.isoformat())
    return Restored(manifest, before if before != head() else None, under_way)


def _forget_under_way(session: Session) -> int:
    """Remove calls without end that led to nothing yet: nobody was connected, no message, no callback.

    What became of them is in Twilio's list alone. Reconciliation stores a call anew that is not stored, with its
    outcome; the rest of an old hunt would look like a caller who gave up. No figure counts them yet. The orders about
    them would ring mobiles. Returns how many.
    """
    led_to_nothing = (Call.connected_at.is_(None), Call.voicemail_id.is_(None), Call.callback_id.is_(None))
    under_way = select(Call.id).where(Call.ended_at.is_(None), *led_to_nothing)
    session.execute(delete(OutboxMessage).where(OutboxMessage.call_id.in_(under_way)))
    return len(session.execute(delete(Call).where(Call.id.in_(under_way)).returning(Call.id)).all())
