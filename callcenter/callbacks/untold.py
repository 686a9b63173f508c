"""Keeps on callbacks whether messages about them reached somebody, and has those told anew that reached nobody."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, null, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from callcenter.callbacks.records import UNCLOSED, Callback
from callcenter.telephony.records import OutboxMessage


def not_told(session: Session, order: OutboxMessage, now: datetime, *, perhaps: bool) -> bool:
    """A text to a consultant failed for good: mark its live callbacks as untold, if they are still in that giving.

    perhaps: whether it may have arrived. If not, they count as not told by it, and are told again an hour later
    (telling.UNTOLD_FOR). Returns whether there is such a callback: its owner still needs to hear of it.
    """
    marks: dict[str, Any] = {} if perhaps else _cleared(order, "notified_at", "reminded_at", "overdue_told_at")
    marked = session.execute(
        update(Callback)
        .where(
            Callback.id.in_(order.payload.get("callback_ids", [])),
            UNCLOSED,
            *_given_to(order),
            Callback.owner_since <= order.created_at,
        )
        .values(untold_at=now, **marks)
        .returning(Callback.id),
        execution_options={"synchronize_session": False},
    ).all()
    return bool(marked)


def _given_to(order: OutboxMessage) -> Sequence[ColumnElement[bool]]:
    consultant = order.payload.get("consultant")  # orders from before an upgrade have none
    return () if consultant is None else (Callback.owner == consultant,)


def is_true(session: Session, order: OutboxMessage) -> bool:
    """Whether what a message says of its callbacks still holds, for one of them at least.

    It does while that callback has the mark that this very message set, and nobody has changed its time since. Another
    owner, another time, a closing or a reopening take the mark away. A message without a mark holds while one of its
    callbacks is live.
    """
    mark = order.payload.get("mark")
    conditions: list[ColumnElement[bool]] = [Callback.id.in_(order.payload.get("callback_ids", []))]
    if mark is not None:
        conditions += [getattr(Callback, mark) == order.created_at, Callback.retimed_at.is_(None), *_given_to(order)]
    return session.scalar(select(Callback.id).where(UNCLOSED, *conditions).limit(1)) is not None


def told(session: Session, order: OutboxMessage) -> None:
    """A text to a consultant was taken: its callbacks are not untold any more."""
    ids = order.payload.get("callback_ids", [])
    if ids:
        session.execute(
            update(Callback)
            .where(Callback.id.in_(ids), Callback.untold_at.is_not(None), *_given_to(order))
            .values(untold_at=None),
            execution_options={"synchronize_session": False},
        )


def lead_not_told(session: Session, order: OutboxMessage, now: datetime) -> None:
    """A message to the team lead reached no channel until it expired: its live callbacks are reported again."""
    session.execute(
        update(Callback)
        .where(Callback.id.in_(order.payload.get("callback_ids", [])), UNCLOSED)
        .values(_cleared(order, "escalated_at", "lead_warned_at")),
        execution_options={"synchronize_session": False},
    )


def _cleared(order: OutboxMessage, *names: str) -> dict[str, Any]:
    """Clear the marks that this very message set: a mark has the instant at which its message was ordered."""
    columns: dict[str, InstrumentedAttribute[Any]] = {name: getattr(Callback, name) for name in names}
    return {name: case((column == order.created_at, null()), else_=column) for name, column in columns.items()}
