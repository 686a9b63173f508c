"""Statements that are compiled once, and batches that send several of them to PostgreSQL in one round trip.

**What.** `Prepared` compiles a Core statement once for each database and caches the SQL text, the order of its
parameters and the processors of its types. It executes the text by `Connection.exec_driver_sql`. `Batch` collects
writes whose result is not read in the transaction, and sends them to PostgreSQL as one statement.

**Why.** Every call executes the same twenty statements, and the caller hears nothing until they are done. SQLAlchemy
computes a statement's cache key by traversing it, each time; a round trip to PostgreSQL costs as much as the work in
it. The statements of a call's path, of polling jobs, and upserts are prepared. All others use the ORM.

**Cost.** Each bind parameter needs a value, defaults made in Python are refused, and results are plain tuples.
**Seen by** SQLAlchemy's log, its events (with a context), and the tracers that use them. Errors are SQLAlchemy's own.

**Uses of SQLAlchemy**: `SQLCompiler.string`, `.positiontup`, `.binds`, `.insert_prefetch`, `.update_prefetch` and
`.post_compile_params`; `BindParameter.required` and `.effective_value`; `TypeEngine.dialect_impl()`,
`.bind_processor()` and `.result_processor()`; `CursorResult.cursor`; `Connection.info`; and the numbered parameters
that `storage.engine` sets for PostgreSQL, so that the texts of a batch can be joined.

**Way out.** `connection.execute(prepared.statement, values)` does the same, and `Batch.add` may always execute
immediately. docs/decisions/0004-prepared-statements.md has the measurements.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from types import ModuleType
from typing import Any, TypeAlias, cast

from sqlalchemy import BindParameter, Connection, Delete, Engine, Insert, Select, Table, Update, bindparam, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from callcenter.storage.base import numbered_rows, utc_processor

Processor = Callable[[Any], Any]
Row = tuple[Any, ...]
Statement: TypeAlias = "Select[*tuple[Any, ...]] | Insert | Update | Delete"
# Completes an INSERT of either database, as `ignore_existing` does.
Completion = Callable[[Any], Insert]
_Write: TypeAlias = "tuple[Prepared, Mapping[str, Any]]"

DIALECTS: Mapping[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}
_BATCH = "callcenter_batch"
_ROWS_AT_ONCE = 20  # each number of rows is a statement of its own, which is kept

# All prepared statements, so that they can be compiled before the first call.
_ALL: "list[Prepared]" = []


def compile_all(dialect: Dialect) -> int:
    """Compile every statement prepared so far for this database, INSERTs also for up to four rows. Returns how many."""
    for one in list(_ALL):
        few = range(1, 5) if one.given and isinstance(one.statement, Insert) else ()
        for statement in (one, *(one.of_rows(n) for n in few)):
            statement.compiled(dialect)
    return len(_ALL)


class Prepared:
    """A statement with named bind parameters; for an INSERT, `given` names the columns that get a value.

    Call it with the connection of a transaction and the values. Returns the rows as tuples. Raises
    `sqlalchemy.exc.DBAPIError` and its kinds. by_database: the statement of each dialect, where they differ.
    """

    def __init__(
        self, statement: Statement, given: Sequence[str] = (), by_database: Mapping[str, Statement] | None = None
    ) -> None:
        self.statement, self.given, self._by_database = statement, tuple(given), by_database or {}
        self._compiled: dict[tuple[str, str], _Compiled] = {}
        self._of_rows: dict[int, Prepared] = {}
        _ALL.append(self)

    def __call__(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        compiled = self.compiled(connection.dialect)
        return compiled.execute(connection, compiled.parameters(values))

    def of_rows(self, how_many: int) -> "Prepared":
        """This INSERT for several rows, whose values are named by `numbered_rows`."""
        if (many := self._of_rows.get(how_many)) is None:
            columns = cast(Insert, self.statement).table.c
            rows = [
                {name: bindparam(f"{name}_{n}", type_=columns[name].type) for name in self.given}
                for n in range(how_many)
            ]
            by_database = {name: cast(Insert, own).values(rows) for name, own in self._by_database.items()}
            many = self._of_rows[how_many] = Prepared(cast(Insert, self.statement).values(rows), (), by_database)
        return many

    def compiled(self, dialect: Dialect) -> "_Compiled":
        """This statement for one database."""
        key = dialect.name, dialect.paramstyle
        if key not in self._compiled:
            statement = self._by_database.get(dialect.name, self.statement)
            self._compiled[key] = _compile(statement, self.given, dialect)
        return self._compiled[key]


def prepared_upsert(table: Table, given: Sequence[str], on_conflict: Completion) -> Prepared:
    """An INSERT with an ON CONFLICT clause. on_conflict: adds the clause to the INSERT construct of either database."""
    by_database = {name: on_conflict(dialect.insert(table)) for name, dialect in DIALECTS.items()}
    return Prepared(by_database["sqlite"], given, by_database)


class Batch:
    """The writes of one transaction that are not read in it.

    On PostgreSQL they are sent together: by `write_with`, or before the next other statement, savepoint or commit on
    the connection, so that every read finds them. SQLite runs in-process; there `add` executes immediately."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection: Connection | None = None  # of the present transaction, while writes wait
        self._writes: list[_Write] = []
        self._changed: set[tuple[str, Hashable]] = set()  # rows by table and name
        self._inserted_into: set[str] = set()

    def add(self, statement: Prepared, values: Mapping[str, Any], *, rows: Iterable[Hashable] = ()) -> None:
        """Add a write to the batch. rows: the rows of its table that an UPDATE changes; none for an INSERT."""
        connection = self._connection
        # SQLAlchemy begins a savepoint when the session is next asked for its connection.
        if connection is None or connection.closed or connection.invalidated or self._session.in_nested_transaction():
            connection = self._session.connection()
        if connection.dialect.name != "postgresql":
            statement(connection, values)
            return
        if self._connection is not connection:
            self.forget()  # what a lost connection left
        target: Any = statement.statement
        table = target.table.name
        changed = {(table, row) for row in rows}
        # Within one statement, PostgreSQL does not see the rows that it inserts, and updates no row twice.
        if changed and (table in self._inserted_into or not changed.isdisjoint(self._changed)):
            self.write()
        if not self._writes:
            _send(connection)  # first the writes of another batch of this transaction
            self._connection = connection
            connection.info[_BATCH] = self
        self._changed |= changed
        if not changed:
            assert isinstance(target, Insert)
            self._inserted_into.add(table)
        self._writes.append((statement, values))

    def add_all(self, statement: Prepared, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add one INSERT of these rows. statement: an INSERT of one."""
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            part = rows[start : start + _ROWS_AT_ONCE]
            self.add(statement.of_rows(len(part)), numbered_rows(part))

    def write(self) -> None:
        """Send the collected writes, in one round trip."""
        connection, writes = self._connection, self.forget()
        if connection is not None:
            _execute_as_one(connection, writes, rows=False)

    def write_with(self, statement: Prepared, values: Mapping[str, Any]) -> list[Row]:
        """Send this INSERT and the collected writes in one round trip. Returns the rows of the INSERT."""
        return _execute_as_one(self._session.connection(), [*self.forget(), (statement, values)], rows=True)

    def forget(self) -> "list[_Write]":
        """Remove the collected writes, as after a rollback. Returns them."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.invalidated:
            connection.info.pop(_BATCH, None)
        writes, self._writes = self._writes, []
        self._changed.clear()
        self._inserted_into.clear()
        return writes


def send_batches_in_time(engine: Engine) -> None:
    """Register listeners that send a connection's batch before its next statement and before its commit."""
    event.listen(engine, "before_cursor_execute", _send)
    event.listen(engine, "commit", _send)
    event.listen(engine, "rollback", _forget)


def _send(connection: Connection, *_: object) -> None:
    if batch := connection.info.get(_BATCH):
        batch.write()


def _forget(connection: Connection) -> None:
    if not connection.invalidated and (batch := connection.info.get(_BATCH)):
        batch.forget()


@dataclass(slots=True, eq=False)
class _Compiled:
    """A statement as one database takes it. slots: each parameter in order, by name and processor, or a constant;
    results: the processors of the result's columns, known with the first result, because they depend on the driver."""

    sql: str
    slots: Sequence[tuple[str | None, Processor | None, Any]]
    columns: Sequence[Any]
    instant: Processor
    results: Sequence[Processor | None] | None = None

    def parameters(self, values: Mapping[str, Any]) -> list[Any]:
        """The values as the driver takes them, in order."""
        found = []
        for name, process, constant in self.slots:
            value = constant if name is None else values[name]
            if isinstance(value, datetime) and value.tzinfo is UTC and name is not None:
                found.append(self.instant(value))
            else:
                found.append(value if process is None or value is None else process(value))
        return found

    def execute(self, connection: Connection, parameters: Sequence[Any]) -> list[Row]:
        """Execute it; returns the rows."""
        result = connection.exec_driver_sql(self.sql, tuple(parameters))
        cursor = result.cursor
        if not self.columns or cursor is None:
            return []
        if self.results is None:
            of_driver = [column[1] for column in cursor.description or ()]
            self.results = [
                kind.result_processor(connection.dialect, code)
                for kind, code in zip(self.columns, of_driver, strict=True)
            ]
        rows, results = cursor.fetchall(), self.results
        result.close()
        return [
            tuple([v if v is None or process is None else process(v) for v, process in zip(row, results, strict=True)])
            for row in rows
        ]


def _compile(statement: Statement, given: Sequence[str], dialect: Dialect) -> _Compiled:
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(given) or None)
    if compiled.insert_prefetch or compiled.update_prefetch or compiled.post_compile_params:
        raise ValueError("a prepared statement has neither defaults made in Python nor lists of any length")
    slots = [_slot(compiled.binds[name], name, name in given, dialect) for name in compiled.positiontup]
    columns = [c.type.dialect_impl(dialect) for c in statement.exported_columns]
    return _Compiled(compiled.string, slots, columns, utc_processor(dialect.name))


def _slot(
    bind: BindParameter[Any], name: str, given: bool, dialect: Dialect
) -> tuple[str | None, Processor | None, Any]:
    process = bind.type.dialect_impl(dialect).bind_processor(dialect)
    if bind.required or given:
        return name, process, None
    value = bind.effective_value
    return None, None, value if process is None else process(value)


def _execute_as_one(connection: Connection, writes: Sequence[_Write], *, rows: bool) -> list[Row]:
    """Execute independent writes as one statement of PostgreSQL. rows: return those of the last one, executed first.
    https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING
    """
    parts = tuple(statement.compiled(connection.dialect) for statement, _ in writes)
    values = [value for part, (_, given) in zip(parts, writes, strict=True) for value in part.parameters(given)]
    return (parts[0] if len(parts) == 1 else _joined(parts, rows)).execute(connection, values)


@lru_cache(maxsize=512)
def _joined(parts: tuple[_Compiled, ...], rows: bool) -> _Compiled:
    texts, before = [], 0
    for part in parts:
        texts.append(re.sub(r"\$(\d+)", partial(_renumbered, by=before), part.sql))
        before += len(part.slots)
    main = texts.pop() if rows else "SELECT 1"
    # PostgreSQL executes the last WITH part first, so the parts are given in reverse: ids then grow in the order of
    # `add`.
    with_parts = ", ".join(f"part{n} AS ({text})" for n, text in reversed(list(enumerate(texts, 1))))
    return _Compiled(f"WITH {with_parts} {main}", [], parts[-1].columns if rows else [], parts[-1].instant)


def _renumbered(parameter: re.Match[str], by: int) -> str:
    return f"${int(parameter[1]) + by}"
