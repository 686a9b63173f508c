"""How is a row declared? The declarative base and the column types every table shares."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BindParameter, ColumnElement, DateTime, Index, Integer, MetaData, Table, bindparam, text
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
    """An aware UTC instant. SQLite drops offsets silently, so a naive value is refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was given where a UTC instant is stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return _utc(value) if isinstance(value, datetime) else None


def _utc(value: datetime) -> datetime:
    """SQLite stores UTC without saying so; PostgreSQL says an offset."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def instant(name: str) -> BindParameter[datetime]:
    """A bind parameter for an instant, by its name."""
    return bindparam(name, type_=UtcDateTime())


class Base(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}


class NextId(ColumnElement[Any]):
    """The id of a row that will be inserted, where the database can tell it before; NULL where it cannot (SQLite).

    A row whose id is known can be written together with those that refer to it.
    """

    inherit_cache = False

    def __init__(self, table: Table) -> None:
        self.type = Integer()
        self.sequence = f"{table.name}_id_seq"


@compiles(NextId)
def _no_next_id(_element: NextId, _compiler: Any, **_: Any) -> str:
    return "NULL"


@compiles(NextId, "postgresql")
def _next_id(element: NextId, _compiler: Any, **_: Any) -> str:
    return f"nextval('{element.sequence}')"


class _JsonFunction(FunctionElement[Any]):
    type, inherit_cache = JSON(), True
    names: ClassVar[Mapping[str, str]]  # by dialect


class JsonRow(_JsonFunction):
    """Columns as one value, a list. Instants are text in it, see `told_instant`."""

    inherit_cache = True
    names: ClassVar[Mapping[str, str]] = {"sqlite": "json_array", "postgresql": "json_build_array"}


class JsonRows(_JsonFunction):
    """What each row says as one value, a list of `JsonRow`s; None where PostgreSQL finds no rows.

    As a part of a question about something else it saves a journey to the database.
    """

    inherit_cache = True
    names: ClassVar[Mapping[str, str]] = {"sqlite": "json_group_array", "postgresql": "json_agg"}


@compiles(_JsonFunction)
def _by_its_name(element: _JsonFunction, compiler: Any, **more: Any) -> str:
    return f"{element.names[compiler.dialect.name]}({compiler.process(element.clauses, **more)})"


def told_instant(text: str | None) -> datetime | None:
    """An instant as either database writes it into JSON."""
    return None if text is None else _utc(datetime.fromisoformat(text))


def index_where(condition: str, name: str, *columns: str, unique: bool = False) -> Index:
    """An index of those rows alone for which a condition holds: the others cost nothing when they are written."""
    holds = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=holds, postgresql_where=holds)


def table_of(rows: type[Base]) -> Table:
    """The table of a class of rows, for statements that need no objects: on the path of every call those cost most."""
    table = rows.__table__
    assert isinstance(table, Table)
    return table
