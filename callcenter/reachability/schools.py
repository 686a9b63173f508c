"""The figures of schools, each counted once: were their last calls helped, and how differently are they treated?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.reachability.figures import MIN_CALLS
from callcenter.reachability.help_given import help_of_unreached
from callcenter.reachability.helped import LAST_CALLS, Help, all_helped

# A school calls about ten times a year, so its last three calls may lie months apart.
LOOK_BACK = timedelta(days=365)
_SCHOOL = and_(Call.group == "school", Call.contact_id.is_not(None), Call.counted, Call.outcome.is_not(None))


@dataclass(frozen=True, slots=True)
class SchoolsHelped:
    """Of how many schools the last three calls are known, and of how many each of these was helped within the hour."""

    judged: int
    helped: int


@dataclass(frozen=True, slots=True)
class Spread:
    """How the share answered differs between schools.

    below, between, above: schools with ten calls or more whose share is below the baseline, between it and the target,
    and at or above the target; fewer: schools with fewer calls, fewer_offered and fewer_answered: theirs together.
    """

    below: int = 0
    between: int = 0
    above: int = 0
    fewer: int = 0
    fewer_offered: int = 0
    fewer_answered: int = 0


def schools_helped(session: Session, end: datetime, now: datetime, line_id: int | None = None) -> SchoolsHelped:
    """Whether the last three offered calls of each school before `end` (UTC), within a year, were helped.

    A call of the last hour that is not helped yet does not count.
    """
    since = end - LOOK_BACK
    on_line = [Call.line_id == line_id] if line_id is not None else []
    place = func.row_number().over(partition_by=Call.contact_id, order_by=(Call.received_at.desc(), Call.id.desc()))
    # One more than needed, since the last one may still be open.
    ranked = (
        select(Call.id, Call.contact_id, Call.received_at, Call.outcome, place.label("place"))
        .where(_SCHOOL, Call.received_at >= since, Call.received_at < end, *on_line)
        .subquery()
    )
    columns = (ranked.c.contact_id, ranked.c.id, ranked.c.received_at, ranked.c.outcome)
    rows = session.execute(
        select(*columns).where(ranked.c.place <= LAST_CALLS + 1).order_by(ranked.c.contact_id, ranked.c.place)
    ).all()
    given = help_of_unreached(session, since, end, Call.group == "school", *on_line)
    calls: dict[int, list[bool | None]] = {}
    for contact_id, call_id, received_at, outcome in rows:
        help_ = given.get(call_id) or Help(received_at, outcome == "answered")
        calls.setdefault(contact_id, []).append(help_.within_the_hour(now))
    return _sum(calls)


def _sum(calls: Mapping[int, Iterable[bool | None]]) -> SchoolsHelped:
    judged = [all_helped(one) for one in calls.values()]
    return SchoolsHelped(sum(one is not None for one in judged), sum(one is True for one in judged))


def spread(
    session: Session, start: datetime, end: datetime, baseline: float, target: float, line_id: int | None = None
) -> Spread:
    """How differently schools were reached from `start` up to `end` (UTC). Only calls that are still stored count."""
    conditions: list[ColumnElement[bool]] = [_SCHOOL, Call.received_at >= start, Call.received_at < end]
    if line_id is not None:
        conditions.append(Call.line_id == line_id)
    answered = func.sum(case((Call.outcome == "answered", 1), else_=0))
    rows = session.execute(select(func.count(), answered).where(*conditions).group_by(Call.contact_id)).all()
    return spread_of([(offered, taken or 0) for offered, taken in rows], baseline, target)


def spread_of(schools: Iterable[tuple[int, int]], baseline: float, target: float) -> Spread:
    """The spread of schools, each with its offered and answered calls."""
    below = between = above = fewer = offered = answered = 0
    for calls, taken in schools:
        if calls < MIN_CALLS:
            fewer, offered, answered = fewer + 1, offered + calls, answered + taken
        elif taken / calls < baseline:
            below += 1
        elif taken / calls < target:
            between += 1
        else:
            above += 1
    return Spread(below, between, above, fewer, offered, answered)
