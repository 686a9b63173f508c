"""Rewrites the database's files, so that erased data cannot be read in them, and says what is still to come.

SQLite stores a deleted text in free pages of the file and in the write-ahead log. `VACUUM` rewrites the file; the log
is emptied by a checkpoint, which has to wait for every open reader. So the wish is stored with the erasure itself, and
the job `erasure` repeats what could not be done (schedules/erasure.py).
"""

import sqlite3
from datetime import datetime
from time import sleep

from sqlalchemy import Engine, delete, text
from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import stopwatch
from callcenter.errors import CallcenterError
from callcenter.storage.engine import reading
from callcenter.storage.records import SystemFact
from callcenter.storage.system_facts import StoredFact, read_fact, store_fact

FACT = "files_to_clean"
# SQLite has no event for the end of a reader. A checkpoint that waits itself would hold the write lock meanwhile.
_RETRY_AFTER_S = 0.05

_OPEN_ELSEWHERE = text(
    """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL AND xact_start < :since
    """
)


def order_cleaning(session: Session, now: datetime, *, rewrite: bool) -> None:
    """Store, in the transaction of an erasure, that the files are to be cleaned of it.

    rewrite: also rewrite the whole file, after a person's number was forgotten.
    """
    fact = read_fact(session, FACT)
    rewrite = rewrite or (fact is not None and bool(fact.value.get("rewrite")))
    store_fact(session, FACT, {"rewrite": rewrite}, now)


def is_cleaning_ordered(session: Session) -> bool:
    """Whether erased data may still be readable in the database's files."""
    return read_fact(session, FACT) is not None


def clean_files(sessions: sessionmaker[Session], patience_s: float = 0.0) -> bool:
    """Do what `order_cleaning` stored. Returns whether nothing is left to do.

    patience_s: how long to wait for others who read or write. PostgreSQL: `VACUUM`, once the transactions have ended
    that can still see the erased rows.
    """
    with reading(sessions) as session:
        fact = read_fact(session, FACT)
    if fact is None:
        return True
    engine: Engine = sessions.kw["bind"]
    until = stopwatch() + patience_s
    rewrite = bool(fact.value.get("rewrite"))
    if engine.dialect.name == "sqlite":
        rewritten = not rewrite or _rewrite(engine, until)
        cleaned = rewritten and _empty_log(engine, until)
    else:
        # What the daily job erases is left to autovacuum.
        rewritten = cleaned = not rewrite or _vacuum(engine, until)
    stored = _store_progress(sessions, fact, rewritten=rewritten, cleaned=cleaned)
    return cleaned and stored


def _store_progress(sessions: sessionmaker[Session], fact: StoredFact, *, rewritten: bool, cleaned: bool) -> bool:
    """Store what is done. Returns False when something more was erased meanwhile."""
    if not rewritten:
        return True
    with sessions.begin() as session:
        latest = read_fact(session, FACT)
        if latest is None or latest.at != fact.at:
            return latest is None
        if cleaned:
            session.execute(delete(SystemFact).where(SystemFact.key == FACT))
        else:
            store_fact(session, FACT, {"rewrite": False}, fact.at)
    return True


def _rewrite(engine: Engine, until: float) -> bool:
    """Rewrite the file. Returns False while another process writes."""
    while True:
        try:
            _execute(engine, "VACUUM")
            return True
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise CallcenterError(f"the data are erased, but the file cannot be rewritten: {error}") from error
            if stopwatch() >= until:
                return False
        sleep(_RETRY_AFTER_S)


def _empty_log(engine: Engine, until: float) -> bool:
    """Write the log into the file and empty it. Returns False while somebody reads what was before."""
    while True:
        busy = _execute(engine, "PRAGMA wal_checkpoint(TRUNCATE)")
        if not busy:
            return True
        if stopwatch() >= until:
            return False
        sleep(_RETRY_AFTER_S)


def _execute(engine: Engine, statement: str) -> int:
    """Execute a statement outside any transaction, without waiting for a lock. Returns its first value, or 0."""
    raw = engine.raw_connection()
    raw.detach()  # its time-out is not that of the pool's connections
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA busy_timeout=0")
        cursor.execute(statement)
        row = cursor.fetchone()
        return int(row[0]) if row else 0
    finally:
        raw.close()


def _vacuum(engine: Engine, until: float) -> bool:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        since = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        while connection.execute(_OPEN_ELSEWHERE, {"since": since}).scalar_one():
            if stopwatch() >= until:
                return False
            sleep(_RETRY_AFTER_S)
        connection.execute(text("VACUUM"))
    return True
