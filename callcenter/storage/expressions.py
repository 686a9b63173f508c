"""SQL expressions that SQLAlchemy does not have: the next id of a table, and rows as one JSON value."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Integer, Table, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


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
            row[at] = None if row[at] is None else _instant(row[at])
    return rows


def _instant(text: str) -> datetime:
    """An instant as either database writes it into JSON: SQLite stores UTC without saying so."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
