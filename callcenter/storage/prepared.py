"""How is a statement that every call makes executed with little effort? Compiled once, then given to the driver as it
is.

SQLAlchemy's way from a statement to its rows takes longer than the driver and SQLite together, each time. It is worth
that everywhere but on the path of a call, where eight statements decide how soon a caller hears us.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Select, Table, Update, bindparam, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

Processor = Callable[[Any], Any]
Row = tuple[Any, ...]


class Prepared:
    """A statement whose values are all named bind parameters, or for an INSERT the columns named in `given`.

    Call it with the connection of a transaction and the values; it gives the rows, as tuples. Raises what SQLAlchemy
    raises: `sqlalchemy.exc.DBAPIError` and its kinds.
    """

    def __init__(self, statement: "Select[Any] | Insert | Update | Delete", given: Sequence[str] = ()) -> None:
        self._statement, self._given = statement, tuple(given)
        self._forms: dict[str, _Form] = {}

    def __call__(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        form = self._forms.get(connection.dialect.name)
        if form is None:
            form = self._forms[connection.dialect.name] = _form(self._statement, self._given, connection.dialect)
        return form.execute(connection, values)


class PreparedRows:
    """An INSERT of one or several rows into a table, each with the same columns. Call it with a connection and the
    rows; it gives the values of the columns in `returning` for each row, in no promised order."""

    def __init__(self, table: Table, given: Sequence[str], returning: Sequence[str] = ()) -> None:
        self._table, self._given, self._returning = table, tuple(given), tuple(returning)
        self._of_so_many: dict[int, Prepared] = {}

    def __call__(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[Row]:
        prepared = self._of_so_many.get(len(rows))
        if prepared is None:
            prepared = self._of_so_many[len(rows)] = self._prepared(len(rows))
        return prepared(connection, numbered_values(self._given, rows))

    def _prepared(self, so_many: int) -> Prepared:
        statement = insert(self._table).values(numbered_binds(self._table, self._given, so_many))
        columns = [self._table.c[name] for name in self._returning]
        return Prepared(statement.returning(*columns) if columns else statement)


def numbered_binds(table: Table, given: Sequence[str], so_many: int) -> list[dict[str, Any]]:
    """The bind parameters of so many rows of an INSERT, for these columns; `numbered_values` names their values."""
    return [
        {name: bindparam(f"{name}_{n}", type_=table.c[name].type) for name in given} for n in range(so_many)
    ]


def numbered_values(given: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The values of rows by the names of their bind parameters."""
    return {f"{name}_{n}": row[name] for n, row in enumerate(rows) for name in given}


@dataclass(slots=True)
class _Form:
    """What one database makes of a statement. order: the names by position, None where the driver takes names;
    results: how each column of the answer is read, known with the first answer, for a driver has its own types."""

    sql: str
    order: Sequence[str] | None
    fixed: Mapping[str, Any]
    binds: Sequence[tuple[str, Processor | None]]
    answer: Sequence[Any]
    results: Sequence[Processor | None] | None = None

    def execute(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        parameters: Any = dict(self.fixed)
        for name, process in self.binds:
            value = values[name]
            parameters[name] = value if process is None else process(value)
        if self.order is not None:
            parameters = tuple([parameters[name] for name in self.order])
        cursor = connection.connection.cursor()
        try:
            for note in connection.dispatch.before_cursor_execute:
                note(connection, cursor, self.sql, parameters, None, False)
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
            tuple([v if process is None else process(v) for v, process in zip(row, results, strict=True)])
            for row in rows
        ]


def _form(statement: "Select[Any] | Insert | Update | Delete", given: Sequence[str], dialect: Dialect) -> _Form:
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(given) or None)
    if compiled.insert_prefetch or compiled.update_prefetch or compiled.post_compile_params:
        raise ValueError("a prepared statement has neither defaults made in Python nor lists of any length")
    wanted = {name: bind for name, bind in compiled.binds.items() if bind.required or name in given}
    fixed = {
        name: _processed(bind.type, dialect, bind.effective_value)
        for name, bind in compiled.binds.items()
        if name not in wanted
    }
    return _Form(
        compiled.string,
        compiled.positiontup,
        fixed,
        [(name, _adapted(bind.type, dialect).bind_processor(dialect)) for name, bind in wanted.items()],
        [_adapted(column.type, dialect) for column in statement.exported_columns],
    )


def _adapted(kind: Any, dialect: Dialect) -> Any:
    return kind.dialect_impl(dialect)


def _processed(kind: Any, dialect: Dialect, value: Any) -> Any:
    process = _adapted(kind, dialect).bind_processor(dialect)
    return value if process is None else process(value)


def _as_sqlalchemy_says_it(connection: Connection, cursor: Any, sql: str, error: Exception) -> BaseException:
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection, cursor)  # type: ignore[arg-type]
    if lost:
        connection.invalidate(error)
    base = dialect.loaded_dbapi.Error
    return DBAPIError.instance(
        sql, None, error, base, hide_parameters=True, connection_invalidated=lost, dialect=dialect
    )
