"""Keeps on callbacks whether messages about them reached somebody, and has those told anew that reached nobody."""

from datetime import datetime
from typing import Any

from sqlalchemy import case, null, update
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
            Callback.owner == order.payload.get("consultant"),
            Callback.owner_since <= order.created_at,
        )
        .values(untold_at=now, **marks)
        .returning(Callback.id),
        execution_options={"synchronize_session": False},
    ).all()
    return bool(marked)


def told(session: Session, order: OutboxMessage) -> None:
    """A text to a consultant was taken: its callbacks are not untold any more."""
    ids = order.payload.get("callback_ids", [])
    if ids:
        session.execute(
            update(Callback)
            .where(
                Callback.id.in_(ids), Callback.untold_at.is_not(None), Callback.owner == order.payload.get("consultant")
            )
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
