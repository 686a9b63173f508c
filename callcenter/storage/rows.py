"""Rows of the ORM, written by prepared statements: one INSERT for a new row, one UPDATE of what changed.

The session's unit of work sorts dependencies among any number of rows, which takes a third of the time of a webhook
that changes two or three. Reads are ordinary ORM queries, and elsewhere the session flushes by itself. Leans on
`Session.dirty`, `InstanceState.unmodified`, and `make_transient_to_detached`.
"""

from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Column, bindparam, insert, inspect, update
from sqlalchemy.orm import InstanceState, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import get_history

from callcenter.storage.base import Base, ignore_existing, table_of
from callcenter.storage.statements import Batch, Prepared, prepared_upsert

_Row = TypeVar("_Row", bound=Base)


def write_changes(session: Session, batch: Batch) -> None:
    """Write the changed rows of the session with the batch, and remove those rows from the session.

    To be called at the end of a transaction. Rows that are new, deleted or without an `id` are flushed by the session.
    """
    if session.new or session.deleted or any(not hasattr(row, "id") for row in session.dirty):
        session.flush()
    # Lock order: a call before its legs, each kind by id, so that transactions cannot deadlock.
    row: Any
    for row in sorted(session.dirty, key=_in_order):
        changed = _changed(row)
        if changed:
            statement = _update_of(_kind(row), tuple(sorted(changed)))
            batch.add(statement, {**changed, "this": row.id}, rows=(row.id,))
        session.expunge(row)


def new_row(kind: type[_Row], /, **values: Any) -> _Row:
    """A row that no session holds, without change tracking of its values: `insert_row` writes them all."""
    row = kind()
    vars(row).update(values)
    return row


def insert_row(session: Session, batch: Batch, row: Any) -> None:
    """Insert a new row: with the batch if its id is known, else immediately. The session then holds it as loaded.

    Attributes that were not set are stored as NULL; defaults of the columns do not apply.
    """
    with_id, without_id, _ = _inserts_of(_kind(row))
    values = _values_of(row)
    if row.id is None:
        ((row.id,),) = without_id(session.connection(), values)
    else:
        batch.add(with_id, values)
    _attach(session, row)


def insert_unless_exists(session: Session, kind: type[_Row], values: Mapping[str, Any]) -> _Row | None:
    """Insert a row as `insert_row` does and return it, or return None when it violates a unique key."""
    row: Any = new_row(kind, **values)
    stored = _inserts_of(_kind(row))[2](session.connection(), _values_of(row))
    if not stored:
        return None
    ((row.id,),) = stored
    _attach(session, row)
    return cast(_Row, row)


def _values_of(row: Any) -> Mapping[str, Any]:
    stored = vars(row)
    return {column.key: stored.setdefault(name, None) for name, column in _columns(_kind(row)).items()}


def _attach(session: Session, row: Any) -> None:
    make_transient_to_detached(row)
    session.add(row)


def _kind(row: Any) -> Hashable:
    return cast(Hashable, type(row))  # mypy does not accept a class as hashable


def _in_order(row: Any) -> tuple[str, int]:
    return type(row).__name__, row.id


def _changed(row: Base) -> dict[str, Any]:
    """The attributes of a row whose value differs from the stored one, with the new value."""
    state: InstanceState[Any] = inspect(row)
    touched = _columns(_kind(row)).keys() - state.unmodified
    return {name: getattr(row, name) for name in touched if get_history(row, name).has_changes()}


@cache
def _columns(kind: Hashable) -> Mapping[str, Column[Any]]:
    """The columns of a class by the names of its attributes."""
    return {
        attribute.key: cast("Column[Any]", attribute.columns[0])
        for attribute in inspect(cast(type[Base], kind)).column_attrs
    }


@cache
def _update_of(kind: Hashable, names: tuple[str, ...]) -> Prepared:
    table, columns = table_of(cast(type[Base], kind)), _columns(kind)
    values = {columns[name]: bindparam(name, type_=columns[name].type) for name in names}
    return Prepared(update(table).where(table.c.id == bindparam("this", type_=table.c.id.type)).values(values))


@cache
def _inserts_of(kind: Hashable) -> tuple[Prepared, Prepared, Prepared]:
    """INSERTs of a class: of all columns; without the id, which it returns; the same unless a unique key is
    violated."""
    table = table_of(cast(type[Base], kind))
    names = [column.key for column in table.columns]
    without_id = [name for name in names if name != "id"]
    return (
        Prepared(insert(table), names),
        Prepared(insert(table).returning(table.c.id), without_id),
        prepared_upsert(table, without_id, lambda insert: ignore_existing(insert).returning(table.c.id)),
    )
