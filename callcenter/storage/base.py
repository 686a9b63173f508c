"""The declarative base, the UTC column type, and SQL expressions that both databases need."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, ClassVar, cast

from sqlalchemy import (
    JSON,
    BindParameter,
    Column,
    DateTime,
    Index,
    Insert,
    Integer,
    MetaData,
    Table,
    bindparam,
    literal_column,
    text,
)
from sqlalchemy.dialects import registry
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

# Alembic can change constraints on both databases only by their names.
_NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC. Naive values raise ValueError, because SQLite drops offsets silently."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was given where a UTC instant is stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return utc(value) if isinstance(value, datetime) else None


@cache
def utc_processor(database: str) -> Callable[[datetime], Any]:
    """The bind processor of `UtcDateTime` with a cache, since most values of a transaction are a few instants.

    Only for values with tzinfo UTC: in the hour that a clock change repeats, two local instants are equal.
    """
    dialect = registry.load(database)()
    return lru_cache(maxsize=64)(cast(Any, UtcDateTime().dialect_impl(dialect).bind_processor(dialect)))


def utc(value: datetime) -> datetime:
    """A datetime from a database as aware UTC. SQLite returns naive UTC, PostgreSQL has an offset."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def instant(name: str) -> BindParameter[datetime]:
    """A bind parameter of this name for an instant."""
    return bindparam(name, type_=UtcDateTime())


def bind_each(name: str, column: Column[Any], how_many: int) -> list[BindParameter[Any]]:
    """`how_many` bind parameters of a column's type; `numbered` names their values."""
    return [bindparam(f"{name}{n}", type_=column.type) for n in range(how_many)]


def numbered(name: str, values: Iterable[Any]) -> dict[str, Any]:
    """Values by the names of the bind parameters of `bind_each`."""
    return {f"{name}{n}": value for n, value in enumerate(values)}


def ignore_existing(insert: Any) -> Insert:
    """`ON CONFLICT DO NOTHING`."""
    return cast(Insert, insert.on_conflict_do_nothing())


def overwrite(keys: Sequence[str], columns: Sequence[str]) -> Callable[[Any], Insert]:
    """`ON CONFLICT DO UPDATE`: set these columns when a row with the same keys exists."""
    return lambda insert: insert.on_conflict_do_update(
        index_elements=keys, set_={name: insert.excluded[name] for name in columns}
    )


def numbered_rows(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The values of `Prepared.of_rows`."""
    return {f"{name}_{n}": value for n, row in enumerate(rows) for name, value in row.items()}


class Base(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}


def index_where(condition: str, name: str, *columns: str, unique: bool = False) -> Index:
    """A partial index. Rows that do not meet the condition are not indexed, so writing them costs nothing extra."""
    holds = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=holds, postgresql_where=holds)


def table_of(rows: type[Base]) -> Table:
    """The table of an ORM class, for Core statements."""
    table = rows.__table__
    assert isinstance(table, Table)
    return table


class NextId(FunctionElement[Any]):
    """The id of the next row of a table: the sequence's next value on PostgreSQL, NULL on SQLite, which has none.

    A row whose id is known can be written in one batch with the rows that refer to it.
    """

    type, inherit_cache = Integer(), True

    def __init__(self, table: Table) -> None:
        super().__init__(literal_column(f"'{table.name}_id_seq'"))


@compiles(NextId)
def _no_next_id(_element: NextId, _compiler: Any, **_: Any) -> str:
    return "NULL"


@compiles(NextId, "postgresql")
def _next_id(element: NextId, compiler: Any, **more: Any) -> str:
    return f"nextval({compiler.process(element.clauses, **more)})"


class _JsonFunction(FunctionElement[Any]):
    type, inherit_cache = JSON(), True
    names: ClassVar[Mapping[str, str]]  # by dialect


class JsonRow(_JsonFunction):
    """Columns as one JSON array. Instants in it are text; `json_rows` decodes them."""

    inherit_cache = True
    names: ClassVar[Mapping[str, str]] = {"sqlite": "json_array", "postgresql": "json_build_array"}


class JsonRows(_JsonFunction):
    """Aggregates the `JsonRow` of each row into one JSON array; NULL on PostgreSQL when there are no rows.

    As a column of another query it saves a round trip.
    """

    inherit_cache = True
    names: ClassVar[Mapping[str, str]] = {"sqlite": "json_group_array", "postgresql": "json_agg"}


@compiles(_JsonFunction)
def _by_its_name(element: _JsonFunction, compiler: Any, **more: Any) -> str:
    return f"{element.names[compiler.dialect.name]}({compiler.process(element.clauses, **more)})"


def json_rows(value: Sequence[Sequence[Any]] | None, instants: Sequence[int] = ()) -> list[list[Any]]:
    """Decode a value of `JsonRows`. instants: the positions of columns with an instant, decoded as UTC."""
    rows = [list(row) for row in value or ()]
    for row in rows:
        for at in instants:
            row[at] = None if row[at] is None else utc(datetime.fromisoformat(row[at]))
    return rows
