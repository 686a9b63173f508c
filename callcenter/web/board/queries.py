"""Queries of the board and the figures: calls in progress, forwarded direct calls, and survey answers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.reachability.survey_figures import GroupAnswers, by_group
from callcenter.routing.records import SurveyAnswer


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call that has not ended. since: start of the conversation, else of the call (UTC);
    tier: index in the policy, -1 before the first."""

    id: int
    state: str
    since: datetime
    number: str | None
    name: str | None
    place: str | None
    tier: int
    answered_by: str | None


def live_calls(session: Session) -> list[LiveCall]:
    """Every call in progress: ringing calls first, and of each state the earliest first."""
    rows = session.execute(
        select(
            Call.id,
            Call.state,
            Call.received_at,
            Call.connected_at,
            Call.from_number,
            Call.caller_name,
            Call.caller_place,
            Call.tier,
            Call.answered_by,
        ).where(Call.ended_at.is_(None))
    ).all()
    calls = [
        LiveCall(
            id=row.id,
            state=row.state,
            since=row.connected_at if row.state == "connected" and row.connected_at else row.received_at,
            number=row.from_number,
            name=row.caller_name,
            place=row.caller_place,
            tier=row.tier,
            answered_by=row.answered_by,
        )
        # Sorted here: for an ORDER BY, SQLite scans all calls in the index on their time.
        for row in sorted(rows, key=lambda row: row.received_at)
    ]
    return sorted(calls, key=lambda call: call.state != "ringing")


def rescued(
    session: Session, start: datetime, end: datetime, group: str | None = None, line_id: int | None = None
) -> int:
    """The number of calls to a consultant's own mobile that were forwarded to the line. start, end: UTC, half-open."""
    statement = select(func.count()).where(
        Call.received_at >= start, Call.received_at < end, Call.rescued_for.is_not(None), Call.staff.is_(None)
    )
    if group is not None:
        statement = statement.where(Call.group == group)
    if line_id is not None:
        statement = statement.where(Call.line_id == line_id)
    return session.scalars(statement).one()


def survey(session: Session, start: datetime, end: datetime, group: str | None = None) -> list[GroupAnswers]:
    """The survey's answers in a period (UTC, half-open), by group. group: of this one alone."""
    statement = (
        select(SurveyAnswer.group, SurveyAnswer.way, SurveyAnswer.answer, func.count())
        .where(SurveyAnswer.at >= start, SurveyAnswer.at < end)
        .group_by(SurveyAnswer.group, SurveyAnswer.way, SurveyAnswer.answer)
    )
    if group is not None:
        statement = statement.where(SurveyAnswer.group == group)
    return by_group((of, way, answer, how_many) for of, way, answer, how_many in session.execute(statement))
