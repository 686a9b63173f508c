"""The page of the figures: reachability over a period, how it is judged elsewhere, and when it is weak."""

from datetime import date, timedelta

from flask import render_template

from callcenter.lines.register import all_lines
from callcenter.reachability import published
from callcenter.reachability.days import day_start
from callcenter.reachability.figures import CHARTER_S, Figures
from callcenter.reachability.queries import Report
from callcenter.reachability.schools import schools_helped, spread
from callcenter.rota.coverage import Stretch, coverage
from callcenter.rota.model import Rota
from callcenter.web import formats, words
from callcenter.web.active_rota import rota
from callcenter.web.board.asked import PERIODS, Asked, asked
from callcenter.web.board.charts import Bar, Point, bars, line, parts_of
from callcenter.web.board.heat_map import heat_map
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
    report = wanted.report(active)
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
        map=heat_map(
            wanted.week_of_hours(active),
            report.target,
            report.baseline,
            (wanted.first, wanted.last),
            _last_week(active, wanted),
        ),
        weekdays=[formats.weekday(index, current()) for index in range(7)],
        parts=parts_of(report.total.outcomes),
        survey=survey(read(), start, end, wanted.group),
        rescued=rescued(read(), start, end, wanted.group, wanted.line_id),
        service_level_s=active.policy.figures.service_level_s,
        charter_s=CHARTER_S,
        published=published,
        **_charts(report),
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


def _last_week(active: Rota, wanted: Asked) -> tuple[Stretch, ...]:
    """The rota's coverage of the last seven days that are asked for."""
    first = max(wanted.first, wanted.after - timedelta(days=7))
    return coverage(active, formats.midnight(first), formats.midnight(wanted.after))


def _charts(report: Report) -> dict[str, object]:
    """Every chart twice: wide and narrow. No lines in bars of calls: the surveys counted schools."""
    buckets = [bucket for bucket in report.items if bucket.figures.offered]
    points = [_point(bucket.day, bucket.figures) for bucket in buckets]
    beside = levels(report.target, report.baseline)
    days = [Bar(_label(bucket.day), parts_of(bucket.figures.outcomes)) for bucket in report.items]
    # The last point's own figure stands at the end of the line.
    last = buckets[-1].figures if buckets else None
    end = formats.share(last.answered, last.offered, current()) if last else ""
    return {
        "lines": [
            line(points, [(one.kind, one.name, one.share) for one in beside], WIDE, end=end),
            line(points, [(one.kind, one.short, one.share) for one in beside], NARROW, end=end),
        ],
        "day_charts": [bars(days, width) for width in (WIDE, NARROW)],
    }


def _point(day: date, figures: Figures) -> Point:
    few = figures.offered < formats.FEW
    low, high = (None, None) if few else (figures.low, figures.high)
    return Point(_label(day), figures.reachability, few=few, low=low, high=high)


def _label(day: date) -> str:
    return f"{day.day}-{day.month}" if current() == "nl" else f"{day.day}/{day.month}"
