"""The page of the figures: reachability over a period, how it is judged elsewhere, and when it is weak."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import abort, render_template, request

from callcenter.lines.register import all_lines
from callcenter.reachability import published
from callcenter.reachability.days import By, day_start
from callcenter.reachability.figures import CHARTER_S
from callcenter.reachability.queries import Report, period
from callcenter.reachability.schools import schools_helped, spread
from callcenter.rota.model import Rota
from callcenter.web import formats, words
from callcenter.web.active_rota import rota
from callcenter.web.board.charts import Bar, Point, bars, line, parts_of
from callcenter.web.board.hours import Hours, by_hour, by_weekday_and_hour
from callcenter.web.board.queries import rescued, survey
from callcenter.web.comparison import levels
from callcenter.web.locale import current
from callcenter.web.page import LEADS, Page, now, pages, read
from callcenter.web.typed import MOST_ID, day_of, whole_number

WIDE, NARROW = 960, 330
# The length of each ready-made period, in days.
PERIODS = {"week": 7, "month": 28, "quarter": 91, "year": 364}

blueprint = pages("figures", LEADS)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the page is asked for. first, last: local days; line_id, group: None is all."""

    first: date
    last: date
    line_id: int | None
    group: str | None


@blueprint.get("/cijfers")
def figures() -> Page:
    """The figures of a period, which ends today unless the query names another."""
    active = rota()
    if active is None:
        return render_template("figures.html", report=None)
    lines = all_lines(read())
    asked = _asked([one.id for one in lines])
    by: By = "day" if (asked.last - asked.first).days <= 62 else "week"
    report, hours = _report(active, asked, by), _report(active, asked, "hour").items
    start, end = formats.midnight(asked.first), formats.midnight(asked.last + timedelta(days=1))
    return render_template(
        "figures.html",
        report=report,
        total=report.total,
        first=asked.first,
        last=asked.last,
        by=by,
        groups=[(key, words.word(words.GROUPS, key)) for key in words.GROUPS],
        line_id=asked.line_id,
        line_choices=[(one.id, f"{one.name} {one.number}") for one in lines] if len(lines) > 1 else [],
        periods=tuple(PERIODS),
        hourly=by_hour(hours),
        week=by_weekday_and_hour(hours),
        weekdays=[(index, formats.weekday(index, current())) for index in range(7)],
        survey=survey(read(), start, end, asked.group),
        rescued=rescued(read(), start, end, asked.group, asked.line_id),
        service_level_s=active.policy.figures.service_level_s,
        charter_s=CHARTER_S,
        published=published,
        **_charts(report, by_hour(hours)),
        **_schools(active, report, asked),
    )


@blueprint.get("/cijfers/uitleg")
def explained() -> Page:
    """What each figure counts, and what not."""
    active = rota()
    return render_template(
        f"explained_{current()}.html",
        policy=active.policy.figures if active else None,
        charter_s=CHARTER_S,
        published=published,
    )


def _asked(line_ids: list[int]) -> _Asked:
    first, last = _period()
    line_id = whole_number(request.args.get("line", ""), MOST_ID)
    # All lines together would answer another question than the one that was asked.
    if request.args.get("line") and line_id not in line_ids:
        abort(404)
    return _Asked(first, last, line_id, request.args.get("group") or None)


def _period() -> tuple[date, date]:
    """First and last day: those of the query, else of a ready-made period that ends today."""
    today = formats.local(now()).date()
    first, last = day_of(request.args.get("from", "")), day_of(request.args.get("to", ""))
    if first is not None and last is not None and first <= last:
        return max(first, last - timedelta(days=5 * 366)), last
    return today - timedelta(days=PERIODS.get(request.args.get("period", ""), PERIODS["month"]) - 1), today


def _report(active: Rota, asked: _Asked, by: By) -> Report:
    after = asked.last + timedelta(days=1)
    return period(read(), active, now(), asked.first, after, group=asked.group, line_id=asked.line_id, by=by)


def _schools(active: Rota, report: Report, asked: _Asked) -> dict[str, object]:
    """The figures of schools, each counted once; none when another group is asked for."""
    if asked.group not in (None, "school"):
        return {"schools": None}
    start, end = (day_start(active.zone, day) for day in (asked.first, asked.last + timedelta(days=1)))
    return {
        "schools": schools_helped(read(), end, now(), asked.line_id),
        "spread": spread(read(), start, end, report.baseline, report.target, asked.line_id),
    }


def _charts(report: Report, hourly: dict[int, Hours]) -> dict[str, object]:
    """Every chart twice: wide and narrow. Only the goal stands in bars of calls: the surveys counted schools."""
    points = [
        Point(_label(bucket.day), bucket.figures.reachability, few=bucket.figures.offered < formats.FEW)
        for bucket in report.items
        if bucket.figures.offered
    ]
    beside = levels(report.target, report.baseline)
    goal = {"target": report.target}
    days = [Bar(_label(bucket.day), parts_of(bucket.figures.outcomes)) for bucket in report.items]
    hours = [Bar(str(hour), one.parts) for hour, one in hourly.items()]
    return {
        "lines": [
            line(points, [(one.kind, one.name, one.share) for one in beside], WIDE),
            line(points, [(one.kind, one.short, one.share) for one in beside], NARROW),
        ],
        "day_charts": [bars(days, width, goal) for width in (WIDE, NARROW)],
        "hour_charts": [bars(hours, width, goal) for width in (WIDE, NARROW)],
    }


def _label(day: date) -> str:
    return f"{day.day}-{day.month}" if current() == "nl" else f"{day.day}/{day.month}"
