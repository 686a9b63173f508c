"""How reachable were we? `/api/v1/reachability`: figures by hour, day or week, and all of them together."""

from datetime import date, timedelta
from typing import Literal

from pydantic import Field
from sqlalchemy import select

from callcenter.api.endpoint import Ask, Operation, operation
from callcenter.api.shapes import Answered, Asked, GivenDate, Group, Instant, Text
from callcenter.directory.records import Contact
from callcenter.errors import InvalidInput
from callcenter.reachability import queries
from callcenter.reachability.figures import Figures
from callcenter.rota.versions import required_rota

# Four weeks tell more than a month: each weekday counts as often as the others.
_DEFAULT_DAYS = 28
_MOST_DAYS = 1100


class FiguresShape(Answered):
    """Figures of one stretch of time. Shares are 0..1 and null without calls; low and high bound reachability (95%).

    service_level: answered in time out of offered; waits in seconds, over all offered calls.
    """

    offered: int
    answered: int
    answered_in_time: int
    reachability: float | None
    low: float | None
    high: float | None
    service_level: float | None
    service_level_answered: float | None
    wait_p50_s: float | None
    wait_p90_s: float | None
    callbacks_due: int
    callbacks_in_time: int
    outcomes: dict[str, int]


class FiguresItem(FiguresShape):
    """The figures of one hour, day or week. start: its first instant."""

    start: Instant


class ReachabilityShape(Answered):
    """The figures of a period; parts of it in which nothing happened are left out."""

    items: list[FiguresItem]
    total: FiguresShape
    target: float
    baseline: float


class ReachabilityQuery(Asked):
    """Which local days: from is the first, to the day after the last; without them the last 28 days."""

    from_: GivenDate | None = Field(default=None, alias="from")
    to: GivenDate | None = None
    group: Group | None = None
    school: Text | None = None
    by: Literal["hour", "day", "week"] = "day"


@operation(
    Operation(
        "GET",
        "/reachability",
        "Reachability and what belongs to it. A school's shares and waits are null below 10 calls",
        answer=ReachabilityShape,
        query=ReachabilityQuery,
    )
)
def get_reachability(ask: Ask[ReachabilityQuery, None]) -> ReachabilityShape:
    """The figures of a period, all callers or one group or school."""
    rota = required_rota(ask.session)
    query = ask.query
    first, end = _period(query, ask.now.astimezone(rota.zone).date())
    report = queries.period(
        ask.session,
        rota,
        ask.now,
        first,
        end,
        group=query.group,
        contact_id=_school_id(ask) if query.school is not None else None,
        by=query.by,
    )
    return ReachabilityShape(
        items=[FiguresItem(start=bucket.start, **_members(bucket.figures)) for bucket in report.items],
        total=FiguresShape(**_members(report.total)),
        target=report.target,
        baseline=report.baseline,
    )


def _members(figures: Figures) -> dict[str, object]:
    return {name: getattr(figures, name) for name in FiguresShape.model_fields}


def _period(query: ReachabilityQuery, today: date) -> tuple[date, date]:
    end = query.to or max(today, query.from_ or today) + timedelta(days=1)
    first = query.from_ or end - timedelta(days=_DEFAULT_DAYS)
    if first >= end:
        raise InvalidInput("to", "must be later than from")
    if (end - first).days > _MOST_DAYS:
        raise InvalidInput("from", f"at most {_MOST_DAYS} days at a time")
    return first, end


def _school_id(ask: Ask[ReachabilityQuery, None]) -> int:
    code = (ask.query.school or "").strip().upper()
    found = ask.session.scalar(select(Contact.id).where(Contact.duo_code == code))
    if found is None:
        raise InvalidInput("school", "there is no school with this code")
    return found
