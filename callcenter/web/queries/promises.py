"""How do our promises stand? Counts of callbacks that are still to be kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import TO_RING, UNCLOSED, Callback

RISK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Promises:
    """Unclosed callbacks. at_risk: due within the next hour; next_due: the first that is not too late yet (UTC).

    One that waits only for a message to be heard is open, and neither overdue nor at risk nor due."""

    open: int
    overdue: int
    at_risk: int
    unowned: int
    next_due: datetime | None


def promises(session: Session, now: datetime, owner: str | None = None) -> Promises:
    """The counts of everybody's callbacks, or of one owner's. One SQL statement."""
    due_at = Callback.due_at
    statement = select(
        func.count(),
        func.count().filter(TO_RING, due_at <= now),
        func.count().filter(TO_RING, due_at > now, due_at <= now + RISK),
        func.count().filter(Callback.owner.is_(None)),
        func.min(due_at).filter(TO_RING, due_at > now),
    ).where(UNCLOSED)
    if owner is not None:
        statement = statement.where(Callback.owner == owner)
    count, overdue, at_risk, unowned, next_due = session.execute(statement).one()
    return Promises(count, overdue, at_risk, unowned, next_due)


def unowned(session: Session, limit: int) -> list[Callback]:
    """Unclosed callbacks that are nobody's, earliest due first."""
    statement = (
        select(Callback).where(UNCLOSED, Callback.owner.is_(None)).order_by(Callback.due_at, Callback.id).limit(limit)
    )
    return list(session.scalars(statement))
