"""Rows for every table of a database at any revision, with values by the columns' types."""

import itertools
import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    insert,
    select,
)

ALEMBICS_OWN = "alembic_version"
_BEGAN = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)

# The rows of a database: by table and primary key, the values by column.
Rows = Mapping[tuple[str, tuple[Any, ...]], Mapping[str, Any]]


def tables_of(connection: Connection) -> MetaData:
    """The tables as they are in the database now, whatever the code says."""
    found = MetaData()
    found.reflect(connection)
    return found


class Filler:
    """Inserts rows whose values were never there before, so that each of them can be told apart."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._last: dict[str, Any] = {}  # the last row of each table

    def fill(self, connection: Connection, tables: MetaData) -> None:
        """Add one row to each of these tables, with a value in each column that the database does not count itself."""
        for table in _in_order(tables):
            added = insert(table).values(dict(self._values(table))).returning(*table.columns)
            self._last[table.name] = connection.execute(added).mappings().one()

    def _values(self, table: Table) -> Iterator[tuple[str, Any]]:
        for column in table.columns:
            refers_to = next(iter(column.foreign_keys), None)
            if refers_to is None:
                if not _is_counted_by_the_database(table, column):
                    yield column.name, self._value(column)
            elif target := self._last.get(refers_to.column.table.name):
                yield column.name, target[refers_to.column.name]

    def _value(self, column: Column[Any]) -> Any:
        number, kind = next(self._numbers), column.type
        if isinstance(kind, Boolean):
            return number % 2 == 0
        if isinstance(kind, DateTime):
            return _BEGAN + timedelta(minutes=number)
        if isinstance(kind, JSON):
            return [number]
        if isinstance(kind, LargeBinary):
            return str(number).encode()
        if isinstance(kind, Integer | Numeric | Float):
            return number
        if isinstance(kind, String):
            return f"{number:x}"[-kind.length :] if kind.length else f"{number:x}"
        if isinstance(kind, Date):
            return (_BEGAN + timedelta(days=number)).date()
        raise TypeError(f"{column} has a type that this filler does not know: {kind!r}")


def rows_of(connection: Connection, tables: MetaData) -> Rows:
    """Every row of these tables, with these columns."""
    found = {}
    for table in _in_order(tables):
        for row in connection.execute(select(table)).mappings():
            key = tuple(row[column.name] for column in table.primary_key)
            found[table.name, key] = dict(row)
    return found


def _in_order(tables: MetaData) -> list[Table]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of circles of foreign keys: those columns stay empty
        return [table for table in tables.sorted_tables if table.name != ALEMBICS_OWN]


def _is_counted_by_the_database(table: Table, column: Column[Any]) -> bool:
    return column.primary_key and len(table.primary_key) == 1 and isinstance(column.type, Integer)
