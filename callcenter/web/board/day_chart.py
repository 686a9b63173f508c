"""A day by the half hour: what came of the calls, the rota's gaps, and the weakest half hours."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from callcenter.reachability.figures import Figures
from callcenter.reachability.queries import Report
from callcenter.rota.duty import gaps
from callcenter.rota.hours import opening
from callcenter.rota.model import Interval, Rota
from callcenter.web import formats
from callcenter.web.board.charts import Bar, parts_of

HALF_HOUR = timedelta(minutes=30)
# The number of callers without an answer from which a half hour is called weak.
WEAK_FROM = 2


@dataclass(frozen=True, slots=True)
class HalfHour:
    """One half hour. start: UTC; figures: None when no call was offered in it; gap: the rota has a gap in it."""

    start: datetime
    figures: Figures | None
    gap: bool

    @property
    def end(self) -> datetime:
        """The end of the half hour, UTC."""
        return self.start + HALF_HOUR

    @property
    def parts(self) -> dict[str, int]:
        """The outcomes of its calls as the four parts of a bar."""
        return parts_of(self.figures.outcomes) if self.figures else {}

    @property
    def lost(self) -> int:
        """The number of callers without an answer: missed, or hung up while waiting."""
        return self.parts.get("missed", 0) + self.parts.get("abandoned", 0)


def half_hours(rota: Rota, day: date, report: Report) -> list[HalfHour]:
    """The half hours of a local day, from the first opening or call to the last."""
    start, end = formats.midnight(day), formats.midnight(day + timedelta(days=1))
    known = {bucket.start: bucket.figures for bucket in report.items if bucket.figures.offered}
    windows = opening(rota, start, end)
    edges = [edge for window in windows for edge in (window.start, window.end - HALF_HOUR)] + list(known)
    if not edges:
        return []
    holes = gaps(rota, start, end).gaps
    first, last = _floor(min(edges)), _floor(max(edges))
    count = int((last - first) / HALF_HOUR) + 1
    found = [first + index * HALF_HOUR for index in range(count)]
    return [HalfHour(at, known.get(at), _overlaps(at, holes)) for at in found]


def bars_of(found: list[HalfHour], locale: str) -> list[Bar]:
    """The bars to draw. Only whole hours have a label."""
    return [Bar(formats.clock(one.start, locale) if one.start.minute == 0 else "", one.parts, one.gap) for one in found]


def weakest(found: list[HalfHour], most: int = 3) -> list[HalfHour]:
    """The half hours with the most callers without an answer, worst first; at most `most`."""
    lossy = [one for one in found if one.lost >= WEAK_FROM]
    return sorted(lossy, key=lambda one: (-one.lost, one.start))[:most]


def gaps_ahead(rota: Rota, now: datetime) -> tuple[Interval, ...]:
    """The rota's gaps from now until the local midnight."""
    return gaps(rota, now, formats.midnight(formats.local(now).date() + timedelta(days=1))).gaps


def _floor(at: datetime) -> datetime:
    return at - timedelta(minutes=at.minute % 30, seconds=at.second, microseconds=at.microsecond)


def _overlaps(at: datetime, holes: tuple[Interval, ...]) -> bool:
    return any(hole.start < at + HALF_HOUR and at < hole.end for hole in holes)
