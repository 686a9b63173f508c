"""What follows for callbacks when a message about them failed for good."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from callcenter.callbacks.records import UNCLOSED, Callback
from callcenter.telephony.records import OutboxMessage


def not_told(session: Session, order: OutboxMessage, now: datetime) -> bool:
    """A text to a consultant failed for good: mark its live callbacks as untold, if they are still in the
    consultant's hands, by the same giving.

    Returns whether there is one: its owner still needs to hear of it.
    """
    marked = session.execute(
        update(Callback)
        .where(
            Callback.id.in_(order.payload.get("callback_ids", [])),
            UNCLOSED,
            Callback.owner == order.payload.get("consultant"),
            Callback.owner_since <= order.created_at,
        )
        .values(untold_at=now)
        .returning(Callback.id),
        execution_options={"synchronize_session": False},
    ).all()
    return bool(marked)


def lead_not_told(session: Session, order: OutboxMessage, now: datetime) -> None:
    """A message to the team lead reached no channel until it expired: its live callbacks are reported again.

    Only marks that this very message set are cleared, since the lead may have heard of a callback by another one.
    """
    for mark in (Callback.escalated_at, Callback.lead_warned_at):
        session.execute(
            update(Callback)
            .where(Callback.id.in_(order.payload.get("callback_ids", [])), UNCLOSED, mark == order.created_at)
            .values({mark: None}),
            execution_options={"synchronize_session": False},
        )
