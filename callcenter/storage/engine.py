"""Creates engines and sessions for SQLite and PostgreSQL, with the same behaviour in transactions."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from typing import Any

from psycopg import RawCursor
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session, configure_mappers, sessionmaker

from callcenter.clock import stopwatch
from callcenter.storage.patience import ANSWER_BY, ImpatientConnection, impatient
from callcenter.storage.statements import send_batches_in_time

# Errors of a database that is unreachable, busy or in a deadlock: the transaction may be retried. A timeout of SQLite's
# write lock raises the driver's own exception; InternalError is what a process gets that froze within a transaction,
# which PostgreSQL ended (`storage.patience`).
REFUSED = (OperationalError, InterfaceError, InternalError, NoConnectionFree, sqlite3.OperationalError)

# The timeout of SQLite's write lock in milliseconds, well within the 15 s that Twilio waits for an answer.
LOCK_WAIT_MS = 5000
_RETRY_AFTER_S = 0.0003
# Pages in the write-ahead log before a checkpoint (16 MB). A checkpoint waits for the disk and delays every request. A
# call writes about 25 pages, so SQLite's default of 1000 would cause one every 40 calls.
_CHECKPOINT_PAGES = 4000
_WRITING = "callcenter_writing"
_RETURNED_AT = "callcenter_returned_at"
_BUSY_TIMEOUT_MS = "callcenter_busy_timeout_ms"
_PING_AFTER_S = 1.0


class _Cursor(RawCursor[Any]):
    """Describes the columns of a result as plain tuples.

    SQLAlchemy reads the description of every result. psycopg makes an object for each column, which costs a wide row
    more than its values do.
    """

    @property
    def description(self) -> Any:
        """The columns as the DB-API has them: name, type code and five values that nobody here reads. None: no rows.
        https://peps.python.org/pep-0249/#description
        """
        result = self.pgresult
        if result is None or not result.nfields:
            return None
        return [
            ((result.fname(n) or b"").decode(), result.ftype(n), None, None, None, None, None)
            for n in range(result.nfields)
        ]


def is_damaged(error: BaseException) -> bool:
    """Whether SQLite found that its file is damaged, or is no database. It uses the general class for that alone."""
    return type(getattr(error, "orig", None) or error) is sqlite3.DatabaseError


def make_engine(url: str, *, durable: bool = True, patient: bool = True) -> Engine:
    """An engine for a database URL.

    SQLite uses a write-ahead log. Its writing transactions begin with BEGIN IMMEDIATE, so that none fails half-way
    because another one wrote first. PostgreSQL uses READ COMMITTED. Errors do not contain the parameters of statements:
    these hold callers' numbers, and errors are logged.

    durable: False: a power cut may lose data, for databases that are deleted afterwards. patient: False: no statement
    waits for PostgreSQL for ever (`storage.patience`), for processes that serve.
    """
    if url.startswith("sqlite"):
        engine = create_engine(url, pool_size=20, max_overflow=20, hide_parameters=True)
        _prepare_sqlite(engine, durable)
        return engine
    own_options = str(make_url(url).query.get("options", ""))
    engine = create_engine(
        url,
        pool_size=10,
        max_overflow=20,
        pool_use_lifo=True,
        hide_parameters=True,
        # Parameters are $1, $2 …, as PostgreSQL takes them, so psycopg need not search each statement for %s.
        paramstyle="numeric_dollar",
        connect_args={"cursor_factory": _Cursor, **({"connect_timeout": 3} if patient else impatient(own_options))},
    )
    if not patient:
        event.listen(engine, "do_connect", _connect_impatiently)
    _ping_idle_connections(engine)
    send_batches_in_time(engine)
    return engine


def _connect_impatiently(_dialect: Any, _record: Any, arguments: Any, named: Any) -> Any:
    return ImpatientConnection.connect(*arguments, **named)


def _ping_idle_connections(engine: Engine) -> None:
    """Ping a pooled connection before use, if it was idle for `_PING_AFTER_S`.

    A connection to a server that restarted is replaced before a statement fails. Under load nothing is pinged.
    """

    @event.listens_for(engine, "checkin")
    def _checkin(_raw: Any, record: Any) -> None:
        record.info[_RETURNED_AT] = stopwatch()

    @event.listens_for(engine, "checkout")
    def _checkout(raw: Any, record: Any, _proxy: Any) -> None:
        returned_at = record.info.get(_RETURNED_AT)
        if returned_at is None or stopwatch() - returned_at < _PING_AFTER_S:
            return
        try:
            alive = engine.dialect.do_ping(raw)
        except engine.dialect.loaded_dbapi.Error:
            alive = False
        if not alive:
            # The pool then opens a new connection, and drops all older ones.
            raise InvalidatePoolError


def _prepare_sqlite(engine: Engine, durable: bool) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # The driver's implicit BEGIN is off: it is deferred, and a transaction that first reads and then writes fails.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'NORMAL' if durable else 'OFF'}")
        cursor.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        cursor.execute("PRAGMA foreign_keys=ON")
        # What is deleted is overwritten with zeros: it is personal, and would stay readable in the file's free space.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    writer = _WriterLock()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        options = connection.get_execution_options()
        raw = connection.connection.dbapi_connection
        if options.get("read_only", False):
            _set_busy_timeout(connection, LOCK_WAIT_MS)
            raw.execute("BEGIN")
            return
        until = stopwatch() + options.get("lock_wait_ms", LOCK_WAIT_MS) / 1000
        writer.acquire(connection.connection.info, until - stopwatch())
        _set_busy_timeout(connection, 0)
        _begin_writing(raw, until)

    # SQLAlchemy commits after this event, but the lock may be released only after the COMMIT. So the COMMIT is sent
    # here; the second one does nothing.
    @event.listens_for(engine, "commit")
    def _commit(connection: Connection) -> None:
        raw: Any = connection.connection
        try:
            raw.commit()
        except sqlite3.Error as error:
            raw.rollback()
            raise DBAPIError.instance(
                "COMMIT", None, error, sqlite3.Error, hide_parameters=True, dialect=engine.dialect
            ) from error
        finally:
            writer.release(raw.info)

    @event.listens_for(engine, "rollback")
    def _rollback(connection: Connection) -> None:
        connection.connection.rollback()
        writer.release(connection.connection.info)

    @event.listens_for(engine, "checkin")
    def _checkin(_raw: Any, record: Any) -> None:
        writer.release(record.info)


def _set_busy_timeout(connection: Connection, wait_ms: int) -> None:
    """Set how long SQLite itself waits for a lock: readers wait, writers do not (see `_begin_writing`).

    The PRAGMA costs as much as BEGIN, so it is sent only when the value changes.
    """
    pooled: Any = connection.connection
    if pooled.info.get(_BUSY_TIMEOUT_MS) != wait_ms:
        pooled.dbapi_connection.execute(f"PRAGMA busy_timeout={wait_ms}")
        pooled.info[_BUSY_TIMEOUT_MS] = wait_ms


def _begin_writing(raw: sqlite3.Connection, until: float) -> None:
    """Begin a transaction with SQLite's write lock, and retry while another process holds it. until: by the stopwatch.

    SQLite's own busy handler retries after 1, 2, 5, 10 … up to 100 ms, even when the lock is free most of the time, and
    SQLite has no event to wait for. Raises sqlite3.OperationalError ("database is locked") at the timeout.
    """
    while True:
        try:
            raw.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or stopwatch() >= until:
                raise
            sleep(_RETRY_AFTER_S)


class _WriterLock:
    """Serialises the writing transactions of this process.

    SQLite allows one writer. A thread that finds it busy would sleep between retries, while the write lock is free for
    part of that time; a thread that waits here continues at once. Other processes compete for SQLite's own lock.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def acquire(self, info: dict[str, Any], wait_s: float) -> None:
        """Wait up to `wait_s` seconds for the lock. Raises sqlite3.OperationalError, as SQLite does, at the timeout."""
        if not self._lock.acquire(timeout=wait_s):
            raise sqlite3.OperationalError("database is locked")
        info[_WRITING] = True

    def release(self, info: dict[str, Any]) -> None:
        """Release the lock if this connection holds it. info: of the pooled connection."""
        if info.pop(_WRITING, False):
            self._lock.release()


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """The factory of sessions. `with sessions.begin() as session` is one transaction."""
    # Configured here, so that the first request does not spend time on it.
    configure_mappers()
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def reading(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """A read-only session: on SQLite it takes no write lock. Writes in it are rolled back."""
    with sessions() as session:
        session.connection(execution_options={"read_only": True})
        yield session


@contextmanager
def reading_connection(sessions: sessionmaker[Session]) -> Iterator[Connection]:
    """A read-only connection, for polling: without a session it costs half as much."""
    engine: Engine = sessions.kw["bind"]
    with engine.connect() as connection:
        yield connection.execution_options(read_only=True)


@contextmanager
def answers_within(seconds: float) -> Iterator[None]:
    """Give up the database when the statements in this block, together, have not been answered after this time.

    They then raise OperationalError. It concerns this thread and PostgreSQL: SQLite has no server to wait for.
    """
    token = ANSWER_BY.set(stopwatch() + seconds)
    try:
        yield
    finally:
        ANSWER_BY.reset(token)
