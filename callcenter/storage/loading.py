"""How are the rows of a call's step loaded? By a prepared statement, into the session as its own queries would."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, inspect
from sqlalchemy.orm import Mapper, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from callcenter.storage.base import Base, table_of
from callcenter.storage.prepared import Prepared

T = TypeVar("T", bound=Base)


class Loader(Generic[T]):
    """Loads rows of one kind of object each, by a statement that selects just the columns of their table.

    fresh: what was loaded before in this session is brought up to date (after what was changed in it is written), as
    for rows that are locked; else it stays as it is.
    """

    def __init__(self, kind: type[T], statement: Select[Any], *, fresh: bool) -> None:
        self._mapper: Mapper[T] = inspect(kind)
        self._names = tuple(column.key for column in table_of(kind).columns)
        self._prepared = Prepared(statement)
        self._fresh = fresh

    def __call__(self, session: Session, values: Mapping[str, Any]) -> list[T]:
        if self._fresh and (session.new or session.dirty):
            session.flush()
        return [self._object(session, row) for row in self._prepared(session.connection(), values)]

    def _object(self, session: Session, row: Sequence[Any]) -> T:
        values = dict(zip(self._names, row, strict=True))
        known: T | None = session.identity_map.get(self._mapper.identity_key_from_primary_key((values["id"],)))
        if known is None:
            made: T = self._mapper.class_manager.new_instance()
            vars(made).update(values)
            make_transient_to_detached(made)
            session.add(made)
            return made
        if self._fresh:
            for name, value in values.items():
                set_committed_value(known, name, value)
        return known
