"""What do our statements say that SQLAlchemy has no word for? Expressions that each database spells in its own way."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ColumnElement, Integer, Table
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from callcenter.storage.base import utc


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
    return None if text is None else utc(datetime.fromisoformat(text))
