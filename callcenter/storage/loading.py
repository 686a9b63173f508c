"""How are the rows of a call's step loaded? By a prepared statement, into the session as its own queries would."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Select, inspect
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from callcenter.storage.base import Base, table_of
from callcenter.storage.kept import changed_rows, keep_row, kept_row
from callcenter.storage.later import write_now
from callcenter.storage.prepared import Prepared, PreparedUpsert, Row, give_way

_Row = TypeVar("_Row", bound=Base)


class Loader:
    """Loads objects by a statement that selects all columns of the table of each kind, kind after kind, and then what
    else it will. Call it with a session and the values; each row is the objects and what else there is.

    fresh: what was loaded before in this session is brought up to date (after what was changed in rows of these kinds
    is written), as for rows that are locked; else it stays as it is.
    """

    def __init__(self, kinds: Sequence[type[Base]], statement: Select[Any], *, fresh: bool) -> None:
        self._kinds = [_Kind(kind, fresh) for kind in kinds]
        self._classes = tuple(kinds)
        self._prepared = Prepared(statement)
        self._fresh = fresh

    def __call__(self, session: Session, values: Mapping[str, Any]) -> list[Row]:
        if self._fresh and any(isinstance(row, self._classes) for row in changed_rows(session)):
            session.flush()
        write_now(session)
        return [self._objects(session, row) for row in self._prepared(session.connection(), values)]

    def _objects(self, session: Session, row: Row) -> Row:
        objects, at = [], 0
        for kind in self._kinds:
            objects.append(kind.object(session, row[at : at + kind.width]))
            at += kind.width
        return (*objects, *row[at:])


class _Kind:
    def __init__(self, kind: type[Base], fresh: bool) -> None:
        self._kind = kind
        self._names = tuple(column.key for column in table_of(kind).columns)
        self._fresh = fresh
        self.width = len(self._names)

    def object(self, session: Session, columns: Row) -> Any:
        values = dict(zip(self._names, columns, strict=True))
        known = kept_row(session, self._kind, values["id"])
        if known is None:
            return keep_row(session, new_row(self._kind, values))
        if self._fresh:
            for name, value in values.items():
                set_committed_value(known, name, value)
        return known


class Adder(Generic[_Row]):
    """Stores a new row of a kind and keeps it; None when another is in its way. What is not given is None."""

    def __init__(self, kind: type[_Row]) -> None:
        table = table_of(kind)
        names = tuple(column.key for column in table.columns if column.key != "id")
        self._kind, self._nothing_known = kind, dict.fromkeys(names)
        self._insert = PreparedUpsert(table, names, lambda insert: give_way(insert).returning(table.c.id))

    def __call__(self, session: Session, values: Mapping[str, Any]) -> _Row | None:
        whole = {**self._nothing_known, **values}
        for (row_id,) in self._insert(session.connection(), whole):
            return keep_row(session, new_row(self._kind, {**whole, "id": row_id}))
        return None


def new_row(kind: type[_Row], values: Mapping[str, Any]) -> _Row:
    """A row that no session knows, with a value for every column: what its constructor does, without telling SQLAlchemy
    of each value."""
    made: Any = inspect(kind).class_manager.new_instance()
    vars(made).update(values)
    return cast(_Row, made)
