"""What follows for callbacks when a message about them failed for good."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from callcenter.callbacks.records import UNCLOSED, Callback
from callcenter.telephony.records import OutboxMessage


def not_told(session: Session, order: OutboxMessage, now: datetime) -> bool:
    """A text to a consultant failed for good: mark its live callbacks as untold, if they are still the consultant's.

    Returns whether there is one: its owner still needs to hear of it.
    """
    marked = session.execute(
        update(Callback)
        .where(
            Callback.id.in_(order.payload.get("callback_ids", [])),
            UNCLOSED,
            Callback.owner == order.payload.get("consultant"),
        )
        .values(untold_at=now)
        .returning(Callback.id),
        execution_options={"synchronize_session": False},
    ).all()
    return bool(marked)


def lead_not_told(session: Session, order: OutboxMessage, now: datetime) -> None:
    """A message to the team lead reached no channel until it expired: its live callbacks are reported again.

    Only marks that this very message set are cleared: the lead may have heard of a callback by a later one.
    """
    session.execute(
        update(Callback)
        .where(
            Callback.id.in_(order.payload.get("callback_ids", [])), UNCLOSED, Callback.escalated_at <= order.created_at
        )
        .values(escalated_at=None),
        execution_options={"synchronize_session": False},
    )
