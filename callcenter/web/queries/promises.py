"""How do our promises stand? Counts of callbacks that are still to be kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import UNCLOSED, Callback

RISK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Promises:
    """Unclosed callbacks. at_risk: due within the next hour; next_due: the first that is not too late yet (UTC)."""

    open: int
    overdue: int
    at_risk: int
    unowned: int
    next_due: datetime | None


def promises(session: Session, now: datetime, owner: str | None = None) -> Promises:
    """The counts of everybody's callbacks, or of one owner's. One SQL statement."""
    late = Callback.due_at <= now
    statement = select(
        func.count(),
        func.sum(case((late, 1), else_=0)),
        func.sum(case((late, 0), (Callback.due_at <= now + RISK, 1), else_=0)),
        func.sum(case((Callback.owner.is_(None), 1), else_=0)),
        func.min(case((late, None), else_=Callback.due_at)),
    ).where(UNCLOSED)
    if owner is not None:
        statement = statement.where(Callback.owner == owner)
    count, overdue, at_risk, unowned, next_due = session.execute(statement).one()
    return Promises(count, overdue or 0, at_risk or 0, unowned or 0, next_due)


def unowned(session: Session, limit: int) -> list[Callback]:
    """Unclosed callbacks that are nobody's, earliest due first."""
    statement = (
        select(Callback)
        .where(UNCLOSED, Callback.owner.is_(None))
        .order_by(Callback.due_at, Callback.id)
        .limit(limit)
    )
    return list(session.scalars(statement))
