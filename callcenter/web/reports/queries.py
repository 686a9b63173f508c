"""Queries of the CSV files: the calls of each school, and the survey's answers by day and group."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.routing.records import SurveyAnswer
from callcenter.web import formats


def calls_of_schools(session: Session, start: datetime, end: datetime) -> Mapping[int, tuple[int, int, int]]:
    """By contact id: the offered calls from `start` up to `end` (UTC), those answered, and those answered in time."""
    rows = session.execute(
        select(
            Call.contact_id,
            func.count(),
            func.sum(case((Call.outcome == "answered", 1), else_=0)),
            func.sum(case((Call.in_time.is_(True), 1), else_=0)),
        )
        .where(
            Call.received_at >= start,
            Call.received_at < end,
            Call.contact_id.is_not(None),
            Call.counted,
            Call.outcome.is_not(None),
            Call.staff.is_(None),
        )
        .group_by(Call.contact_id)
    )
    return {contact_id: (offered, answered, in_time) for contact_id, offered, answered, in_time in rows}


def survey_by_day(
    session: Session, start: datetime, end: datetime, group: str | None
) -> list[tuple[date, str, int, int]]:
    """The local day, the group, and how many of its answers were yes and no, in that order; `start`, `end`: UTC."""
    statement = select(SurveyAnswer.at, SurveyAnswer.group, SurveyAnswer.answer).where(
        SurveyAnswer.at >= start, SurveyAnswer.at < end
    )
    if group is not None:
        statement = statement.where(SurveyAnswer.group == group)
    counts: Counter[tuple[date, str, str]] = Counter()
    for at, of, answer in session.execute(statement):
        counts[formats.local(at).date(), of, answer] += 1
    days = sorted({(day, of) for day, of, _ in counts})
    return [(day, of, counts[day, of, "yes"], counts[day, of, "no"]) for day, of in days]
