"""How did a day go by the half hour? Bars of what callers met, with the rota's gaps and what would help."""

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
# Half hours in which at least this many callers were not helped are worth a remark.
WORTH_A_REMARK = 2


@dataclass(frozen=True, slots=True)
class HalfHour:
    """One half hour of the day, UTC; figures None when nothing was offered in it; gap: the rota left it uncovered."""

    start: datetime
    figures: Figures | None
    gap: bool

    @property
    def end(self) -> datetime:
        """Half an hour later."""
        return self.start + HALF_HOUR

    @property
    def parts(self) -> dict[str, int]:
        """What its callers met, in the four parts of a bar."""
        return parts_of(self.figures.outcomes) if self.figures else {}

    @property
    def lost(self) -> int:
        """Callers who reached nobody in it: missed, or gone while waiting."""
        return self.parts.get("missed", 0) + self.parts.get("abandoned", 0)


def half_hours(rota: Rota, day: date, report: Report) -> list[HalfHour]:
    """The half hours of a local day from its first opening or call to its last."""
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
    """The bars to draw; whole hours carry a label."""
    return [Bar(formats.clock(one.start, locale) if one.start.minute == 0 else "", one.parts, one.gap) for one in found]


def weakest(found: list[HalfHour], most: int = 3) -> list[HalfHour]:
    """The half hours in which the most callers reached nobody, worst first."""
    lossy = [one for one in found if one.lost >= WORTH_A_REMARK]
    return sorted(lossy, key=lambda one: (-one.lost, one.start))[:most]


def gaps_ahead(rota: Rota, now: datetime) -> tuple[Interval, ...]:
    """The rota's gaps from now to the end of the local day."""
    return gaps(rota, now, formats.midnight(formats.local(now).date() + timedelta(days=1))).gaps


def _floor(at: datetime) -> datetime:
    return at - timedelta(minutes=at.minute % 30, seconds=at.second, microseconds=at.microsecond)


def _overlaps(at: datetime, holes: tuple[Interval, ...]) -> bool:
    return any(hole.start < at + HALF_HOUR and at < hole.end for hole in holes)
