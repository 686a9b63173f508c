"""Which promises are due soon, earliest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import TO_RING, Callback

# The most promises that the board names; the list of callbacks has them all.
MOST = 6


@dataclass(frozen=True, slots=True)
class Promise:
    """A callback that is still to be made. due_at: UTC; owner: a consultant's code, None for nobody's."""

    id: int
    due_at: datetime
    caller_name: str | None
    caller_place: str | None
    number: str | None
    owner: str | None


def due_between(session: Session, now: datetime, until: datetime) -> tuple[Sequence[Promise], int]:
    """The promises due after `now` and up to `until` (UTC), at most MOST, and how many there are in all."""
    rows = session.execute(
        select(
            Callback.id,
            Callback.due_at,
            Callback.caller_name,
            Callback.caller_place,
            Callback.number,
            Callback.owner,
            func.count().over(),
        )
        .where(TO_RING, Callback.due_at > now, Callback.due_at <= until)
        .order_by(Callback.due_at, Callback.id)
        .limit(MOST)
    ).all()
    return [Promise(*row[:-1]) for row in rows], rows[0][-1] if rows else 0
