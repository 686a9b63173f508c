"""`/api/v1/reachability`: figures by hour, day or week, and of the whole period."""

from datetime import date, timedelta
from typing import Literal

from pydantic import Field
from sqlalchemy import select

from callcenter.api.endpoint import ApiRequest, Operation, operation
from callcenter.api.shapes import Group, Input, InputDate, Instant, Output, Text
from callcenter.directory.records import Contact
from callcenter.errors import InvalidInput
from callcenter.reachability import queries
from callcenter.reachability.figures import Figures
from callcenter.rota.versions import required_rota

# Four weeks, not a month, so that each weekday counts equally often.
_DEFAULT_DAYS = 28
_MOST_DAYS = 1100


class FiguresShape(Output):
    """Figures of one period. Shares are 0..1, and null without calls. low, high: the 95% interval of reachability.

    service_level: the share of offered calls answered in time; waits: in seconds, over all offered calls.
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


class ReachabilityShape(Output):
    """The figures of a period. Hours, days or weeks without calls and callbacks are left out."""

    items: list[FiguresItem]
    total: FiguresShape
    target: float
    baseline: float


class ReachabilityQuery(Input):
    """Which local days. from: the first; to: the day after the last. The default is the last 28 days."""

    from_: InputDate | None = Field(default=None, alias="from")
    to: InputDate | None = None
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
def get_reachability(request: ApiRequest[ReachabilityQuery, None]) -> ReachabilityShape:
    """The figures of a period: of all callers, one group or one school."""
    rota = required_rota(request.session)
    query = request.query
    first, end = _period(query, request.now.astimezone(rota.zone).date())
    report = queries.period(
        request.session,
        rota,
        request.now,
        first,
        end,
        group=query.group,
        contact_id=_school_id(request) if query.school is not None else None,
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


def _school_id(request: ApiRequest[ReachabilityQuery, None]) -> int:
    code = (request.query.school or "").strip().upper()
    found = request.session.scalar(select(Contact.id).where(Contact.duo_code == code))
    if found is None:
        raise InvalidInput("school", "there is no school with this code")
    return found
