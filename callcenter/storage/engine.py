"""How do we reach the database? Engines for SQLite and PostgreSQL that behave alike in a transaction."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from typing import Any

from psycopg import RawCursor
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session, configure_mappers, sessionmaker

from callcenter.clock import stopwatch
from callcenter.storage.statements import send_batches_in_time

# What the database raises when it is away, busy or in a deadlock: nothing is wrong with what was asked. A wait for
# SQLite's one writer that was too long is told by the driver itself.
REFUSED = (OperationalError, InterfaceError, NoConnectionFree, sqlite3.OperationalError)
# How long a transaction waits for SQLite's one writer, in milliseconds: well within Twilio's 15 s for an answer.
LOCK_WAIT_MS = 5000
_LOOK_AGAIN_S = 0.0003
# Pages in the write-ahead log before they are brought into the database (16 MB), with a wait for the disk that holds up
# every caller. A call writes some 25 pages, so SQLite's own 1000 would do that every 40 calls.
_CHECKPOINT_PAGES = 4000
_WRITING = "callcenter_writing"
_USED_AT = "callcenter_used_at"
_SQLITE_WAITS_MS = "callcenter_sqlite_waits_ms"
_RESTED_S = 1.0


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
    engine = create_engine(
        url,
        pool_size=10,
        max_overflow=20,
        pool_use_lifo=True,
        hide_parameters=True,
        # psycopg then takes $1 as PostgreSQL does, and does not search each statement for %s.
        paramstyle="numeric_dollar",
        connect_args={"connect_timeout": 3, "cursor_factory": RawCursor},
    )
    _ping_after_a_rest(engine)
    send_batches_in_time(engine)
    return engine


def _ping_after_a_rest(engine: Engine) -> None:
    """Ask a connection whether it still lives, unless it was used a moment ago: what is left of a server that went away
    is replaced before anybody notices, and under load no request pays for the question."""

    @event.listens_for(engine, "checkin")
    def _checkin(_raw: Any, record: Any) -> None:
        record.info[_USED_AT] = stopwatch()

    @event.listens_for(engine, "checkout")
    def _checkout(raw: Any, record: Any, _proxy: Any) -> None:
        used_at = record.info.get(_USED_AT)
        if used_at is None or stopwatch() - used_at < _RESTED_S:
            return
        try:
            alive = engine.dialect.do_ping(raw)
        except engine.dialect.loaded_dbapi.Error:
            alive = False
        if not alive:
            # The pool then makes another, and looks no more at those that are as old.
            raise InvalidatePoolError


def _prepare_sqlite(engine: Engine, durable: bool) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # The driver's own implicit BEGIN is off: it would be deferred, and a read that turns into a write fails.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'NORMAL' if durable else 'OFF'}")
        cursor.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    gate = _WriterGate()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        options = connection.get_execution_options()
        raw = connection.connection.dbapi_connection
        if options.get("read_only", False):
            _let_sqlite_wait(connection, LOCK_WAIT_MS)
            raw.execute("BEGIN")
            return
        until = stopwatch() + options.get("lock_wait_ms", LOCK_WAIT_MS) / 1000
        gate.enter(connection.connection.info, until - stopwatch())
        _let_sqlite_wait(connection, 0)
        _begin_writing(raw, until)

    # The lock is free only after the COMMIT itself, which SQLAlchemy sends after its event. The driver's second one
    # does nothing.
    @event.listens_for(engine, "commit")
    def _commit(connection: Connection) -> None:
        connection.connection.commit()
        gate.leave(connection.connection.info)

    @event.listens_for(engine, "rollback")
    def _rollback(connection: Connection) -> None:
        connection.connection.rollback()
        gate.leave(connection.connection.info)

    @event.listens_for(engine, "checkin")
    def _checkin(_raw: Any, record: Any) -> None:
        gate.leave(record.info)


def _let_sqlite_wait(connection: Connection, wait_ms: int) -> None:
    """How long a lock is waited for in SQLite itself: by who reads, and not by who writes, see `_begin_writing`. A
    connection is told only when that changes, for to tell costs a write as much as to begin."""
    pooled: Any = connection.connection
    if pooled.info.get(_SQLITE_WAITS_MS) != wait_ms:
        pooled.dbapi_connection.execute(f"PRAGMA busy_timeout={wait_ms}")
        pooled.info[_SQLITE_WAITS_MS] = wait_ms


def _begin_writing(raw: sqlite3.Connection, until: float) -> None:
    """Begin a transaction that holds SQLite's one lock for writing, when another process lets go of it.

    Left alone SQLite looks again after 1, 2, 5, 10 … up to 100 ms, however short the others' transactions are, so that
    a caller waits long for a lock that is mostly free; and it has no event to wait for. Raises sqlite3.OperationalError
    ("database is locked") when the lock is not free in time.
    """
    while True:
        try:
            raw.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or stopwatch() >= until:
                raise
            sleep(_LOOK_AGAIN_S)


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
    """The factory of sessions. `with sessions.begin() as session` is one transaction."""
    # Otherwise the first request configures the mappers.
    configure_mappers()
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def reading(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """A session that only reads: on SQLite it takes no write lock. Anything written in it is rolled back."""
    with sessions() as session:
        session.connection(execution_options={"read_only": True})
        yield session


@contextmanager
def reading_connection(sessions: sessionmaker[Session]) -> Iterator[Connection]:
    """A connection for one statement that only reads: without a session it costs half as much. Used for polling."""
    engine: Engine = sessions.kw["bind"]
    with engine.connect() as connection:
        yield connection.execution_options(read_only=True)
