"""How do we reach the database? Engines for SQLite and PostgreSQL that behave alike in a transaction."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

# How long a transaction waits for SQLite's one writer, in milliseconds: well within Twilio's 15 s for an answer.
LOCK_WAIT_MS = 5000
_WRITING = "callcenter_writing"


def make_engine(url: str, *, durable: bool = True) -> Engine:
    """An engine for `url`. SQLite: write-ahead log and BEGIN IMMEDIATE, so that a transaction that will write
    never fails half-way because another wrote first; PostgreSQL: READ COMMITTED.

    What a statement was given is never part of an error's text: it holds callers' numbers, and errors are logged.

    durable: False gives up safety in a power cut, for data that is thrown away afterwards.
    """
    if url.startswith("sqlite"):
        engine = create_engine(url, pool_size=20, max_overflow=20, hide_parameters=True)
        _prepare_sqlite(engine, durable)
        return engine
    return create_engine(
        url,
        pool_size=10,
        max_overflow=20,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": 3},
    )


def _prepare_sqlite(engine: Engine, durable: bool) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # The driver's own implicit BEGIN is off: it would be deferred, and a read that turns into a write fails.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'NORMAL' if durable else 'OFF'}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    gate = _WriterGate()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        options = connection.get_execution_options()
        raw = connection.connection.dbapi_connection
        if options.get("read_only", False):
            raw.execute("BEGIN")
            return
        wait_ms = options.get("lock_wait_ms", LOCK_WAIT_MS)
        gate.enter(connection.connection.record_info, wait_ms / 1000)
        # Set each time: the connection comes from a pool and may have been an impatient one's.
        raw.execute(f"PRAGMA busy_timeout={wait_ms}")
        raw.execute("BEGIN IMMEDIATE")

    @event.listens_for(engine, "checkin")
    def _checkin(_raw: Any, record: Any) -> None:
        gate.leave(record.record_info)


class _WriterGate:
    """Lets this process's transactions write one after the other, in the order they came.

    SQLite has one writer, and who finds it taken sleeps and tries again, up to a tenth of a second at a time: under
    load its threads sleep while the writer is free. Other processes still meet at SQLite's own lock.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def enter(self, info: dict[str, Any], wait_s: float) -> None:
        """Wait for the turn. Raises sqlite3.OperationalError, as SQLite does, when it does not come in time."""
        if not self._lock.acquire(timeout=wait_s):
            raise sqlite3.OperationalError("database is locked")
        info[_WRITING] = True

    def leave(self, info: dict[str, Any]) -> None:
        """The connection is given back: the transaction is over, whatever became of it."""
        if info.pop(_WRITING, False):
            self._lock.release()


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """The factory of sessions; one session is one unit of work."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def reading(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """A session that only reads: on SQLite it takes no write lock. Anything written in it is rolled back."""
    with sessions() as session:
        session.connection(execution_options={"read_only": True})
        yield session
        session.rollback()
