"""The page of the figures: reachability over a period, and the hours of the week in which it is weak."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from flask import render_template, request

from callcenter.reachability.days import By
from callcenter.reachability.queries import Bucket, Report, period
from callcenter.web import formats, words
from callcenter.web.active_rota import rota
from callcenter.web.board.charts import PARTS, Bar, Point, bars, line, parts_of
from callcenter.web.board.queries import rescued, survey
from callcenter.web.locale import _, current
from callcenter.web.page import LEADS, Page, now, pages, read
from callcenter.web.typed import day_of

WIDE, NARROW = 960, 330
# The length of each ready-made period, in days.
PERIODS = {"week": 7, "month": 28, "quarter": 91, "year": 364}

blueprint = pages("figures", LEADS)


@blueprint.get("/cijfers")
def figures() -> Page:
    """The figures of a period, which ends today unless the query names another."""
    active = rota()
    if active is None:
        return render_template("figures.html", report=None)
    first, last = _period()
    group = request.args.get("group") or None
    by: By = "day" if (last - first).days <= 62 else "week"
    report = period(read(), active, now(), first, last + timedelta(days=1), group=group, by=by)
    hours = period(read(), active, now(), first, last + timedelta(days=1), group=group, by="hour")
    start, end = formats.midnight(first), formats.midnight(last + timedelta(days=1))
    levels = {"target": report.target, "baseline": report.baseline}
    hourly = _by_hour(hours.items)
    hour_bars = [Bar(str(hour), one.parts) for hour, one in hourly.items()]
    day_bars = [Bar(_label(bucket.day), parts_of(bucket.figures.outcomes)) for bucket in report.items]
    return render_template(
        "figures.html",
        report=report,
        total=report.total,
        first=first,
        last=last,
        by=by,
        groups=[(key, words.word(words.GROUPS, key)) for key in words.GROUPS],
        periods=tuple(PERIODS),
        lines=[_line(report, width) for width in (WIDE, NARROW)],
        day_charts=[bars(day_bars, width, levels) for width in (WIDE, NARROW)],
        hour_charts=[bars(hour_bars, width, levels) for width in (WIDE, NARROW)],
        hourly=hourly,
        week=_by_weekday_and_hour(hours.items),
        week_hours=sorted(hourly),
        weekdays=[(index, formats.weekday(index, current())) for index in range(7)],
        survey=survey(read(), start, end, group),
        rescued=rescued(read(), start, end),
        service_level_s=active.policy.figures.service_level_s,
    )


def _line(report: Report, width: int) -> object:
    points = [
        Point(_label(bucket.day), bucket.figures.reachability, few=bucket.figures.offered < formats.FEW)
        for bucket in report.items
        if bucket.figures.offered
    ]
    levels = {
        _("2015: %(share)s", share=formats.percent(report.target)): report.target,
        _("2022: %(share)s", share=formats.percent(report.baseline)): report.baseline,
    }
    return line(points, levels, width)


def _label(day: date) -> str:
    return f"{day.day}-{day.month}" if current() == "nl" else f"{day.day}/{day.month}"


def _period() -> tuple[date, date]:
    """First and last day: those of the query, else of a ready-made period that ends today."""
    today = formats.local(now()).date()
    first, last = day_of(request.args.get("from", "")), day_of(request.args.get("to", ""))
    if first is not None and last is not None and first <= last:
        return max(first, last - timedelta(days=5 * 366)), last
    return today - timedelta(days=PERIODS.get(request.args.get("period", ""), PERIODS["month"]) - 1), today


@dataclass(slots=True)
class _Hours:
    """Sums over several hours: offered, answered, and the four parts of a bar."""

    offered: int = 0
    answered: int = 0
    parts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))

    def add(self, bucket: Bucket) -> None:
        """Add one bucket's counts."""
        self.offered += bucket.figures.offered
        self.answered += bucket.figures.answered
        for part, count in parts_of(bucket.figures.outcomes).items():
            self.parts[part] += count


def _by_hour(buckets: Iterable[Bucket]) -> dict[int, _Hours]:
    """The sums by local hour of the day, without hours in which no call was offered."""
    found: dict[int, _Hours] = {}
    for bucket in buckets:
        if bucket.figures.offered:
            found.setdefault(formats.local(bucket.start).hour, _Hours()).add(bucket)
    return dict(sorted(found.items()))


def _by_weekday_and_hour(buckets: Iterable[Bucket]) -> dict[tuple[int, int], _Hours]:
    """The sums by weekday (0 is Monday) and local hour."""
    found: dict[tuple[int, int], _Hours] = {}
    for bucket in buckets:
        there = formats.local(bucket.start)
        found.setdefault((there.weekday(), there.hour), _Hours()).add(bucket)
    return found
