"""The page of the figures: reachability over a period, how it is judged elsewhere, and when it is weak."""

from datetime import date

from flask import render_template

from callcenter.lines.register import all_lines
from callcenter.reachability import published
from callcenter.reachability.days import day_start
from callcenter.reachability.figures import CHARTER_S
from callcenter.reachability.queries import Report
from callcenter.reachability.schools import schools_helped, spread
from callcenter.rota.model import Rota
from callcenter.web import formats, words
from callcenter.web.active_rota import rota
from callcenter.web.board.asked import PERIODS, Asked, asked
from callcenter.web.board.charts import Bar, Point, bars, line, parts_of
from callcenter.web.board.hours import Hours, by_hour, by_weekday_and_hour
from callcenter.web.board.queries import rescued, survey
from callcenter.web.comparison import levels
from callcenter.web.locale import current
from callcenter.web.page import LEADS, Page, now, pages, read

WIDE, NARROW = 960, 330

blueprint = pages("figures", LEADS)


@blueprint.get("/cijfers")
def figures() -> Page:
    """The figures of a period, which ends today unless the query names another."""
    active = rota()
    if active is None:
        return render_template("figures.html", report=None)
    lines = all_lines(read())
    wanted = asked()
    report, hours = wanted.report(active), wanted.report(active, "hour").items
    hourly = by_hour(hours)
    start, end = formats.midnight(wanted.first), formats.midnight(wanted.after)
    return render_template(
        "figures.html",
        report=report,
        total=report.total,
        first=wanted.first,
        last=wanted.last,
        by=wanted.by,
        groups=[(key, words.word(words.GROUPS, key)) for key in words.GROUPS],
        line_id=wanted.line_id,
        line_choices=[(one.id, f"{one.name} {one.number}") for one in lines] if len(lines) > 1 else [],
        periods=tuple(PERIODS),
        hourly=hourly,
        week=by_weekday_and_hour(hours),
        weekdays=[(index, formats.weekday(index, current())) for index in range(7)],
        survey=survey(read(), start, end, wanted.group),
        rescued=rescued(read(), start, end, wanted.group, wanted.line_id),
        service_level_s=active.policy.figures.service_level_s,
        charter_s=CHARTER_S,
        published=published,
        **_charts(report, hourly),
        **_schools(active, report, wanted),
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


def _schools(active: Rota, report: Report, wanted: Asked) -> dict[str, object]:
    """The figures of schools, each counted once; none when another group is asked for."""
    if wanted.group not in (None, "school"):
        return {"schools": None}
    start, end = (day_start(active.zone, day) for day in (wanted.first, wanted.after))
    return {
        "schools": schools_helped(read(), end, now(), wanted.line_id),
        "spread": spread(read(), start, end, report.baseline, report.target, wanted.line_id),
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
