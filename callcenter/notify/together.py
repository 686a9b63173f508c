"""What became of the other orders of one message, which goes several ways at once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from callcenter.telephony.records import OutboxMessage

_OVER = ("failed", "expired", "dropped")


def orders_beside(session: Session, order: OutboxMessage, keys: Sequence[str]) -> Sequence[Row[Any]]:
    """The other orders of the same message: id, state, payload and end. keys: the dedupe keys of all of them.

    Two dispatchers may close the last two of them at once. Each closes its own, and then locks the first order. So the
    one that is second sees what the first one closed.
    """
    session.execute(select(OutboxMessage.id).where(OutboxMessage.dedupe_key == keys[0]).with_for_update())
    found = select(OutboxMessage.id, OutboxMessage.state, OutboxMessage.payload, OutboxMessage.expires_at)
    these = OutboxMessage.dedupe_key.in_(keys), OutboxMessage.id != order.id
    return session.execute(found.where(*these).order_by(OutboxMessage.id)).all()


def any_took(others: Sequence[Row[Any]]) -> bool:
    """Whether one of them was taken."""
    return any(other.state == "done" for other in others)


def all_over(others: Sequence[Row[Any]]) -> bool:
    """Whether none of them was taken, nor will be."""
    return all(other.state in _OVER for other in others)
