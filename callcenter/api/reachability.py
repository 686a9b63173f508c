"""`/api/v1/reachability`: figures by hour, day or week, and of the whole period."""

from datetime import date, timedelta
from typing import Literal

from pydantic import Field
from sqlalchemy import select

from callcenter.api.endpoint import ApiRequest, Operation, operation
from callcenter.api.shapes import Group, Input, InputDate, Instant, Output, Text
from callcenter.directory.records import Contact
from callcenter.errors import InvalidInput
from callcenter.lines.register import all_lines
from callcenter.numbers import parse
from callcenter.reachability import queries
from callcenter.reachability.days import day_start
from callcenter.reachability.figures import Figures
from callcenter.reachability.labels import line_label
from callcenter.reachability.schools import schools_helped
from callcenter.rota.versions import required_rota

# Four weeks, not a month, so that each weekday counts equally often.
_DEFAULT_DAYS = 28
_MOST_DAYS = 1100


class FiguresShape(Output):
    """Figures of one period. Shares are 0..1, and null without calls; waits are in seconds.

    low, high: the 95% interval of reachability; interval: what it comes from, `calls` or `days`, which differ more than
    chance; service_level: the share of offered calls answered in time; answered_in_charter: calls answered within 25 s;
    wait_…: over all offered calls; to_person_…: until half and nine in ten have a person (Kaplan-Meier); gave_up_…:
    until those who reached nobody were gone; called_back_in_two_days: of called_back, within two working days;
    helped: of helped_of, reached or spoken to before the promised time; callers: of a day, each once.
    """

    offered: int
    answered: int
    answered_in_time: int
    reachability: float | None
    low: float | None
    high: float | None
    interval: Literal["calls", "days"] | None
    service_level: float | None
    service_level_answered: float | None
    answered_in_charter: int
    wait_p50_s: float | None
    wait_p90_s: float | None
    to_person_p50_s: float | None
    to_person_p90_s: float | None
    gave_up_p50_s: float | None
    gave_up_p90_s: float | None
    callbacks_due: int
    callbacks_in_time: int
    called_back: int
    called_back_in_two_days: int
    helped: int
    helped_of: int
    callers: int
    callers_helped: int
    outcomes: dict[str, int]


class FiguresItem(FiguresShape):
    """The figures of one hour, day or week. start: its first instant."""

    start: Instant


class SchoolsShape(Output):
    """Schools at the end of the period. judged: those whose last three calls are known; helped: each of these calls was
    helped within the hour."""

    judged: int
    helped: int


class ReachabilityShape(Output):
    """The figures of a period. Hours, days or weeks without calls and callbacks are left out."""

    items: list[FiguresItem]
    total: FiguresShape
    schools: SchoolsShape
    target: float
    baseline: float


class ReachabilityQuery(Input):
    """Which local days and calls. from: the first day; to: the day after the last. The default is the last 28 days.

    line: a line's id or number; without it, all lines.
    """

    from_: InputDate | None = Field(default=None, alias="from")
    to: InputDate | None = None
    group: Group | None = None
    school: Text | None = None
    line: Text | None = None
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
    line_id = _line_id(request) if query.line is not None else None
    schools = schools_helped(request.session, day_start(rota.zone, end), request.now, line_id)
    report = queries.period(
        request.session,
        rota,
        request.now,
        first,
        end,
        group=query.group,
        contact_id=_school_id(request) if query.school is not None else None,
        line_id=line_id,
        by=query.by,
    )
    return ReachabilityShape(
        items=[FiguresItem(start=bucket.start, **_members(bucket.figures)) for bucket in report.items],
        total=FiguresShape(**_members(report.total)),
        schools=SchoolsShape(judged=schools.judged, helped=schools.helped),
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


def _line_id(request: ApiRequest[ReachabilityQuery, None]) -> int:
    wanted = (request.query.line or "").strip()
    # In a query string, an unescaped plus is a space.
    number = parse(wanted if wanted.startswith("+") else f"+{wanted}") if len(wanted) > 6 else None
    for line in all_lines(request.session):
        if line_label(line.id) == wanted or line.number == number:
            return line.id
    raise InvalidInput("line", "there is no line with this id or number")
