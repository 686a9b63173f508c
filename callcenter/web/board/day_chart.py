"""A day by the half hour: what came of the calls, the rota's gaps, and the weakest half hours with their causes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from callcenter.reachability.causes import Cause, by_frequency
from callcenter.reachability.days import HALF_HOUR, half_hour_of
from callcenter.reachability.figures import Figures
from callcenter.reachability.queries import Report
from callcenter.reachability.unreached import Unreached
from callcenter.reachability.wilson import interval
from callcenter.rota.hours import opening
from callcenter.rota.model import Rota
from callcenter.rota.shortages import Shortage, shortages
from callcenter.web import formats
from callcenter.web.board.charts import Bar, Point, parts_of

# The number of callers who reached nobody from which a half hour is called weak.
WEAK_FROM = 2
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class HalfHour:
    """One half hour. start: UTC; figures: None when no call was offered in it; shortages: the rota's gaps that overlap
    it, cut at its edges; causes: why its callers reached nobody, the most frequent cause first."""

    start: datetime
    figures: Figures | None
    shortages: tuple[Shortage, ...] = ()
    causes: tuple[tuple[Cause, int], ...] = ()

    @property
    def end(self) -> datetime:
        """The end of the half hour, UTC."""
        return self.start + HALF_HOUR

    @property
    def parts(self) -> dict[str, int]:
        """The outcomes of its calls as the four parts of a bar."""
        return parts_of(self.figures.outcomes) if self.figures else {}

    @property
    def unreached(self) -> int:
        """The number of callers who reached nobody."""
        return self.figures.unreached if self.figures else 0

    @property
    def fewest(self) -> Shortage | None:
        """The gap in it with the fewest people, None without a gap."""
        return min(self.shortages, key=lambda one: one.planned, default=None)


def half_hours(rota: Rota, day: date, report: Report, unreached: Iterable[Unreached] = ()) -> list[HalfHour]:
    """The half hours of a local day, from the first opening or call to the last.

    They are counted in real time: on a day with a clock change one is missing or repeated, as it is in the office.
    """
    start, end = formats.midnight(day), formats.midnight(day + timedelta(days=1))
    known = {bucket.start: bucket.figures for bucket in report.items if bucket.figures.offered}
    edges = [edge for window in opening(rota, start, end) for edge in (window.start, window.end - _INSTANT)]
    edges += known
    if not edges:
        return []
    first, last = half_hour_of(min(edges)), half_hour_of(max(edges))
    short = shortages(rota, start, end)
    causes: dict[datetime, list[Cause]] = {}
    for one in unreached:
        causes.setdefault(half_hour_of(one.received_at), []).append(one.cause)
    return [
        HalfHour(at, known.get(at), _within(at, short), tuple(by_frequency(causes.get(at, ()))))
        for at in (first + index * HALF_HOUR for index in range(int((last - first) / HALF_HOUR) + 1))
    ]


def bars_of(found: Sequence[HalfHour], locale: str) -> list[Bar]:
    """The bars to draw. Only whole hours have a label."""
    return [
        Bar(
            formats.clock(one.start, locale) if one.start.minute == 0 else "",
            one.parts,
            [((gap.start - one.start) / HALF_HOUR, (gap.end - one.start) / HALF_HOUR) for gap in one.shortages],
        )
        for one in found
    ]


def so_far(found: Iterable[HalfHour], now: datetime) -> list[Point]:
    """Reachability since the day began, after each half hour up to now, with its 95% interval (Wilson); None before
    there are enough calls for a share, and for the time ahead."""
    answered = offered = 0
    points = []
    for one in found:
        if one.figures:
            answered, offered = answered + one.figures.answered, offered + one.figures.offered
        bounds = interval(answered, offered) if offered >= formats.FEW and one.start <= now else None
        low, high = bounds or (None, None)
        points.append(Point("", answered / offered if bounds else None, low=low, high=high))
    return points


def allowed(offered: int, target: float) -> int:
    """How many of the callers may reach nobody by the goal. target: the share (0..1) that must reach a person."""
    # Rounded first: 0.12 × 100 is a little less than 12 for a computer.
    return int(round(offered * (1 - target), 6))


def weakest(found: Sequence[HalfHour], target: float, most: int = 3) -> list[HalfHour]:
    """The half hours in which more callers reached nobody than the goal allows, worst first; at most `most`."""
    weak = [
        one
        for one in found
        if one.figures and one.unreached >= WEAK_FROM and one.unreached > allowed(one.figures.offered, target)
    ]
    return sorted(weak, key=lambda one: (-one.unreached, one.start))[:most]


def _within(at: datetime, short: Iterable[Shortage]) -> tuple[Shortage, ...]:
    end = at + HALF_HOUR
    return tuple(
        Shortage(max(one.start, at), min(one.end, end), one.planned, one.needed)
        for one in short
        if one.start < end and at < one.end
    )
