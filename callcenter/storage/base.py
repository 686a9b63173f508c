"""The declarative base, and the column type and SQL expressions that SQLAlchemy does not have."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BindParameter,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    Table,
    bindparam,
    literal_column,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

# Named constraints let Alembic change them on both databases.
_NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, in UTC. SQLite drops offsets silently, so a naive value is refused."""

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


def utc(value: datetime) -> datetime:
    """An instant as a database returns it: SQLite stores UTC without an offset, PostgreSQL has one."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def instant(name: str) -> BindParameter[datetime]:
    """A bind parameter for an instant, by its name."""
    return bindparam(name, type_=UtcDateTime())


def bind_each(name: str, column: Column[Any], how_many: int) -> list[BindParameter[Any]]:
    """`how_many` bind parameters of a column's type; `numbered` names their values."""
    return [bindparam(f"{name}{n}", type_=column.type) for n in range(how_many)]


def numbered(name: str, values: Iterable[Any]) -> dict[str, Any]:
    """Values by the names of the bind parameters of `bind_each`."""
    return {f"{name}{n}": value for n, value in enumerate(values)}


class Base(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}


def index_where(condition: str, name: str, *columns: str, unique: bool = False) -> Index:
    """A partial index: rows for which the condition does not hold cost nothing when they are written."""
    holds = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=holds, postgresql_where=holds)


def table_of(rows: type[Base]) -> Table:
    """The table of a class of rows, for statements without objects."""
    table = rows.__table__
    assert isinstance(table, Table)
    return table


class NextId(FunctionElement[Any]):
    """The id that the next row of a table will have, on PostgreSQL; NULL on SQLite, which cannot tell it before.

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
    """Columns as one JSON list. Instants in it are text; `json_rows` reads them."""

    inherit_cache = True
    names: ClassVar[Mapping[str, str]] = {"sqlite": "json_array", "postgresql": "json_build_array"}


class JsonRows(_JsonFunction):
    """A list of the `JsonRow` of each row, as one value; None where PostgreSQL finds no rows.

    As a column of another query it saves a round trip.
    """

    inherit_cache = True
    names: ClassVar[Mapping[str, str]] = {"sqlite": "json_group_array", "postgresql": "json_agg"}


@compiles(_JsonFunction)
def _by_its_name(element: _JsonFunction, compiler: Any, **more: Any) -> str:
    return f"{element.names[compiler.dialect.name]}({compiler.process(element.clauses, **more)})"


def json_rows(value: Sequence[Sequence[Any]] | None, instants: Sequence[int] = ()) -> list[list[Any]]:
    """The rows of a value of `JsonRows`. instants: the positions that hold an instant, read as UTC."""
    rows = [list(row) for row in value or ()]
    for row in rows:
        for at in instants:
            row[at] = None if row[at] is None else utc(datetime.fromisoformat(row[at]))
    return rows
