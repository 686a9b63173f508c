"""What else happened in a period? Rescued direct calls, and what callers answered afterwards."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.routing.records import SurveyAnswer


def rescued(session: Session, start: datetime, end: datetime) -> int:
    """Calls to a consultant's own mobile that were passed on to the line."""
    statement = select(func.count()).where(
        Call.received_at >= start, Call.received_at < end, Call.rescued_for.is_not(None), Call.staff.is_(None)
    )
    return session.scalars(statement).one()


def survey(session: Session, start: datetime, end: datetime, group: str | None = None) -> tuple[int, int]:
    """How many callers found us easy to reach, and how many answered at all."""
    statement = (
        select(SurveyAnswer.answer, func.count())
        .where(SurveyAnswer.at >= start, SurveyAnswer.at < end)
        .group_by(SurveyAnswer.answer)
    )
    if group is not None:
        statement = statement.where(SurveyAnswer.group == group)
    counts: dict[str, int] = {}
    for answer, number in session.execute(statement):
        counts[answer] = number
    return counts.get("yes", 0), sum(counts.values())
