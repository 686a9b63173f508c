"""How is a statement that every call makes executed with little effort? Compiled once, then given to the driver as it
is.

SQLAlchemy's way from a statement to its rows takes longer than the driver and SQLite together, each time. It is worth
that everywhere but on the path of a call, where a handful of statements decide how soon a caller hears us, and where
something is looked at every few seconds or a row may be in another's way.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from threading import Lock
from types import ModuleType
from typing import Any, TypeAlias, cast
from weakref import WeakSet

from sqlalchemy import BindParameter, Column, Connection, Delete, Insert, Select, Table, Update, bindparam, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

Processor = Callable[[Any], Any]
Row = tuple[Any, ...]
Statement: TypeAlias = "Select[*tuple[Any, ...]] | Insert | Update | Delete"
_DIALECTS: Mapping[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}


# Every prepared statement there is, so that all can be compiled before the first call.
_ALL: "WeakSet[Prepared]" = WeakSet()
_ALL_ROWS: "WeakSet[PreparedRows]" = WeakSet()
_LISTING = Lock()
# A call rarely writes more rows of one kind at once: its legs, and what is ordered for them.
_ROWS_AT_ONCE = 4


def compile_all(dialect: Dialect) -> int:
    """Compile every statement that was prepared so far for this database. Returns how many there are."""
    with _LISTING:
        rows = list(_ALL_ROWS)
    for one in rows:
        one.prepare(_ROWS_AT_ONCE)
    with _LISTING:
        statements = list(_ALL)
    for statement in statements:
        statement.form(dialect)
    return len(statements)


class Prepared:
    """A statement whose values are all named bind parameters, or for an INSERT the columns named in `given`.

    Call it with the connection of a transaction and the values; it gives the rows, as tuples. Raises what SQLAlchemy
    raises: `sqlalchemy.exc.DBAPIError` and its kinds.
    """

    def __init__(self, statement: Statement, given: Sequence[str] = ()) -> None:
        self.statement, self._given = statement, tuple(given)
        self._forms: dict[str, _Form] = {}
        with _LISTING:
            _ALL.add(self)

    def __call__(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        form = self.form(connection.dialect)
        return form.execute(connection, form.parameters(values))

    def form(self, dialect: Dialect) -> "_Form":
        """What this database makes of it."""
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _form(self._said_to(dialect.name), self._given, dialect)
        return form

    def _said_to(self, _database: str) -> Statement:
        return self.statement


# Completes an INSERT, such as `give_way`.
Completion = Callable[[Any], Insert]


def give_way(insert: Any) -> Insert:
    """A row that is in the way stays as it is, and the new one is not stored."""
    return cast(Insert, insert.on_conflict_do_nothing())


def overwrite(keys: Sequence[str], given: Sequence[str]) -> Completion:
    """A row of the same keys that is in the way gets the new values of these columns."""
    return lambda insert: insert.on_conflict_do_update(
        index_elements=keys, set_={name: insert.excluded[name] for name in given}
    )


class PreparedUpsert(Prepared):
    """An INSERT that says what becomes of a row that is in its way: each database has an INSERT of its own for that."""

    def __init__(self, table: Table, given: Sequence[str], so: Completion) -> None:
        self._own = {name: so(dialect.insert(table)) for name, dialect in _DIALECTS.items()}
        super().__init__(self._own["sqlite"], given)

    def _said_to(self, database: str) -> Statement:
        return self._own[database]


class PreparedRows:
    """An INSERT of one or several rows into a table, each with the same columns. Call it with a connection and the
    rows; it gives the values of the columns in `returning` for each row, in no promised order.

    so: says what becomes of a row that is in the way of one of them.
    """

    def __init__(
        self, table: Table, given: Sequence[str], returning: Sequence[str] = (), so: Completion | None = None
    ) -> None:
        self._table, self._given, self._returning, self._so = table, tuple(given), tuple(returning), so
        self._of_so_many: dict[int, Prepared] = {}
        with _LISTING:
            _ALL_ROWS.add(self)

    def prepare(self, at_most: int) -> None:
        """Prepare the statements for so many rows and for fewer."""
        for so_many in range(1, at_most + 1):
            if so_many not in self._of_so_many:
                self._of_so_many[so_many] = self._prepared(so_many)

    def __call__(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[Row]:
        prepared, values = self.of(rows)
        return prepared(connection, values)

    def of(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Prepared, Mapping[str, Any]]:
        """The statement for so many rows, and its values."""
        prepared = self._of_so_many.get(len(rows))
        if prepared is None:
            prepared = self._of_so_many[len(rows)] = self._prepared(len(rows))
        return prepared, {f"{name}_{n}": row[name] for n, row in enumerate(rows) for name in self._given}

    def _prepared(self, so_many: int) -> Prepared:
        column, so = self._table.c, self._so
        binds = [
            {name: bindparam(f"{name}_{n}", type_=column[name].type) for name in self._given} for n in range(so_many)
        ]
        columns = [column[name] for name in self._returning]

        def complete(insert: Any) -> Insert:
            statement = insert.values(binds) if so is None else so(insert.values(binds))
            return statement.returning(*columns) if columns else statement

        return Prepared(complete(insert(self._table))) if so is None else PreparedUpsert(self._table, (), complete)


def together(
    connection: Connection, statements: Sequence[tuple[Prepared, Mapping[str, Any]]], *, rows: bool
) -> list[Row]:
    """Execute statements that do not build upon each other as one, on PostgreSQL. None sees what another writes, and no
    two may write one row. rows: the last one's rows are given, and then it is carried out before the others.
    https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING
    """
    forms = tuple(prepared.form(connection.dialect) for prepared, _ in statements)
    values = [value for form, (_, given) in zip(forms, statements, strict=True) for value in form.parameters(given)]
    whole = forms[0] if len(forms) == 1 else _as_one(forms, rows)
    return whole.execute(connection, values)


def bind_each(name: str, column: Column[Any], how_many: int) -> list[BindParameter[Any]]:
    """Bind parameters for so many values of a column; `numbered` names the values."""
    return [bindparam(f"{name}{n}", type_=column.type) for n in range(how_many)]


def numbered(name: str, values: Iterable[Any]) -> dict[str, Any]:
    """Values by the names of their bind parameters."""
    return {f"{name}{n}": value for n, value in enumerate(values)}


@dataclass(slots=True, eq=False)
class _Form:
    """What one database makes of a statement. slots: what fills each place, a name with how its value is sent or a
    value that is always the same; results: how each column of the answer is read, known with the first answer, for a
    driver has its own types."""

    sql: str
    slots: Sequence[tuple[str | None, Processor | None, Any]]
    answer: Sequence[Any]
    results: Sequence[Processor | None] | None = None

    def parameters(self, values: Mapping[str, Any]) -> list[Any]:
        """The values as the driver wants them, in order."""
        return [
            always if name is None else values[name] if process is None else process(values[name])
            for name, process, always in self.slots
        ]

    def execute(self, connection: Connection, parameters: Sequence[Any]) -> list[Row]:
        """Execute it; the rows as tuples."""
        cursor = _cursor(connection)
        try:
            for note in connection.dispatch.before_cursor_execute:
                note(connection, cursor, self.sql, tuple(parameters), None, False)
            cursor.execute(self.sql, parameters)
            if not self.answer:
                return []
            if self.results is None:
                of_driver = [column[1] for column in cursor.description]
                self.results = [
                    kind.result_processor(connection.dialect, code)
                    for kind, code in zip(self.answer, of_driver, strict=True)
                ]
            return self._rows(cursor.fetchall(), self.results)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _as_sqlalchemy_says_it(connection, cursor, self.sql, error) from error
        finally:
            cursor.close()

    @staticmethod
    def _rows(rows: Sequence[Row], results: Sequence[Processor | None]) -> list[Row]:
        return [
            tuple([v if v is None or process is None else process(v) for v, process in zip(row, results, strict=True)])
            for row in rows
        ]


def _cursor(connection: Connection) -> Any:
    fairy = connection.connection
    if connection.dialect.name != "postgresql":
        return fairy.cursor()
    # Takes PostgreSQL's own $1, so that nothing is to be found and replaced in the statement each time.
    return connection.dialect.loaded_dbapi.RawCursor(fairy.dbapi_connection)


def _form(statement: Statement, given: Sequence[str], dialect: Dialect) -> _Form:
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(given) or None)
    if compiled.insert_prefetch or compiled.update_prefetch or compiled.post_compile_params:
        raise ValueError("a prepared statement has neither defaults made in Python nor lists of any length")
    sql, names = (compiled.string, compiled.positiontup) if compiled.positional else _numbered(compiled.string)
    return _Form(
        sql,
        [_slot(name, compiled.binds[name], name in given, dialect) for name in names],
        [_adapted(column.type, dialect) for column in statement.exported_columns],
    )


def _slot(name: str, bind: Any, given: bool, dialect: Dialect) -> tuple[str | None, Processor | None, Any]:
    process = _adapted(bind.type, dialect).bind_processor(dialect)
    if bind.required or given:
        return name, process, None
    value = bind.effective_value
    return None, None, value if process is None else process(value)


def _numbered(sql: str) -> tuple[str, Sequence[str]]:
    """A statement with %(name)s in it as one with $1, and the names in their order."""
    names: dict[str, int] = {}
    text = re.sub(r"%\((\w+)\)s", lambda found: f"${names.setdefault(found[1], len(names) + 1)}", sql)
    return text.replace("%%", "%"), list(names)


def _moved(place: re.Match[str], by: int) -> str:
    return f"${int(place[1]) + by}"


@lru_cache(maxsize=512)
def _as_one(forms: "tuple[_Form, ...]", rows: bool) -> _Form:
    texts, before = [], 0
    for form in forms:
        texts.append(re.sub(r"\$(\d+)", partial(_moved, by=before), form.sql))
        before += len(form.slots)
    main = texts.pop() if rows else "SELECT 1"
    # PostgreSQL promises no order, but carries out the last of the parts first: ids then grow as the parts were given.
    parts = ", ".join(f"part{n} AS ({text})" for n, text in reversed(list(enumerate(texts, 1))))
    return _Form(f"WITH {parts} {main}", [], forms[-1].answer if rows else [])


def _adapted(kind: Any, dialect: Dialect) -> Any:
    return kind.dialect_impl(dialect)


def _as_sqlalchemy_says_it(connection: Connection, cursor: Any, sql: str, error: Exception) -> BaseException:
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection, cursor)  # type: ignore[arg-type]
    if lost:
        connection.invalidate(error)
    base = dialect.loaded_dbapi.Error
    return DBAPIError.instance(
        sql, None, error, base, hide_parameters=True, connection_invalidated=lost, dialect=dialect
    )
