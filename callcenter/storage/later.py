"""Which writes may wait for the last one? Those that nobody reads back in their transaction go to PostgreSQL together:
each journey there costs a call as much as what it carries. SQLite is at home, so there every write is made at once.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Insert, event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from callcenter.storage.prepared import Prepared, Row, together

_WAITING = "callcenter_waiting"


@dataclass(slots=True)
class _Waiting:
    """What waits, and the rows it changes by table and name; new rows are known by their table alone."""

    writes: list[tuple[Prepared, Mapping[str, Any]]] = field(default_factory=list)
    changed: set[tuple[str, Hashable]] = field(default_factory=set)
    added_to: set[str] = field(default_factory=set)


def write_later(
    session: Session, statement: Prepared, values: Mapping[str, Any], *, rows: Iterable[Hashable] = ()
) -> None:
    """Make this write with the transaction's last, or as soon as the session is asked for anything.

    rows: which rows of its table an UPDATE changes, always named alike; an INSERT has none.
    """
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        statement(connection, values)
        return
    target: Any = statement.statement
    table = target.table.name
    before: _Waiting | None = session.info.get(_WAITING)
    # One statement sees no row of its own, and changes none twice.
    changed = {(table, row) for row in rows}
    if before and changed and (table in before.added_to or not changed.isdisjoint(before.changed)):
        write_now(session)
    waiting: _Waiting = session.info.setdefault(_WAITING, _Waiting())
    if changed:
        waiting.changed |= changed
    else:
        assert isinstance(target, Insert)
        waiting.added_to.add(table)
    waiting.writes.append((statement, values))


def write_last(session: Session, statement: Prepared, values: Mapping[str, Any]) -> list[Row]:
    """Make this write, an INSERT, together with all that waited for it; gives its rows."""
    waiting: _Waiting | None = session.info.pop(_WAITING, None)
    return together(session.connection(), [*(waiting.writes if waiting else ()), (statement, values)], rows=True)


def write_now(session: Session) -> None:
    """Make the writes that wait."""
    waiting: _Waiting | None = session.info.pop(_WAITING, None)
    if waiting:
        together(session.connection(), waiting.writes, rows=False)


@event.listens_for(Session, "do_orm_execute")
def _before_a_question(state: ORMExecuteState) -> None:
    write_now(state.session)


@event.listens_for(Session, "before_commit")
def _before_the_end(session: Session) -> None:
    write_now(session)


@event.listens_for(Session, "before_flush")
def _before_others(session: Session, *_: object) -> None:
    write_now(session)


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None or transaction.nested:
        session.info.pop(_WAITING, None)
