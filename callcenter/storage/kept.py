"""Which rows did a unit of work load by prepared statements? Kept here while SQLAlchemy watches none, else by the
session itself: either way a row is one object, and what was changed in it is found."""

from typing import Any, TypeVar, cast

from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState, Session, make_transient_to_detached

from callcenter.storage.base import Base

_KEPT = "callcenter_kept"
_Row = TypeVar("_Row", bound=Base)


def begin_to_keep(session: Session) -> None:
    """From now on rows are kept here."""
    session.info[_KEPT] = {}


def is_watched(session: Session) -> bool:
    """Whether the session itself watches its rows."""
    return _KEPT not in session.info


def let_watch(session: Session) -> None:
    """From now on the session watches rows, and those kept here, in which nothing is left to be written."""
    for row in session.info.pop(_KEPT).values():
        _let_watch(session, row)


def keep_row(session: Session, row: _Row) -> _Row:
    """Keep a row that is stored as it is, by its id."""
    kept = session.info.get(_KEPT)
    if kept is None:
        _let_watch(session, row)
    else:
        _changes(row).clear()
        kept[_key(row)] = row
    return row


def is_kept(session: Session, row: Base) -> bool:
    """Whether this object is the row."""
    kept = session.info.get(_KEPT)
    return row in session if kept is None else kept.get(_key(row)) is row


def kept_row(session: Session, kind: type[_Row], row_id: Any) -> _Row | None:
    """The row of this id, when it was loaded or stored before in this transaction."""
    kept = session.info.get(_KEPT)
    found: Any
    if kept is None:
        found = session.identity_map.get(inspect(kind).identity_key_from_primary_key((row_id,)))
    else:
        found = kept.get((kind, row_id))
    return cast(_Row | None, found)


def changed_rows(session: Session) -> list[Base]:
    """The rows in which something was set; of a session that watches them also new ones that are not stored yet."""
    kept = session.info.get(_KEPT)
    if kept is None:
        return [*session.new, *session.dirty]
    return [row for row in kept.values() if _changes(row)]


def what_changed(row: Base) -> dict[str, Any]:
    """The columns of a row that were given another value, and that."""
    return {name: getattr(row, name) for name, old in _changes(row).items() if old != getattr(row, name)}


def forget_row(session: Session, row: Base) -> None:
    """Keep it no more."""
    kept = session.info.get(_KEPT)
    if kept is None:
        session.expunge(row)
    else:
        del kept[_key(row)]


def _let_watch(session: Session, row: Base) -> None:
    make_transient_to_detached(row)
    session.add(row)


def _changes(row: Base) -> dict[str, Any]:
    state: InstanceState[Any] = inspect(row)
    return state.committed_state


def _key(row: Any) -> tuple[type[Base], Any]:
    return type(row), row.id
