"""Who is on duty over one day, as bars on one axis, with the gaps of the rota and the present moment."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from callcenter.rota.absences import absences
from callcenter.rota.duty import timeline
from callcenter.rota.hours import opening
from callcenter.rota.model import Rota
from callcenter.rota.shortages import Shortage, shortages
from callcenter.web import formats

_HOUR = timedelta(hours=1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Bar:
    """Planned or missed time from `start` up to `end` (UTC). kind: line, backup, sick, leave or training;
    at, width: percentages of the axis."""

    kind: str
    start: datetime
    end: datetime
    at: float
    width: float


@dataclass(frozen=True, slots=True)
class PersonDay:
    """One person's day, its bars in order of time."""

    code: str
    name: str
    bars: tuple[Bar, ...]

    def bar_at(self, instant: datetime) -> Bar | None:
        """The bar that covers an instant (UTC), None when there is none."""
        return next((bar for bar in self.bars if bar.start <= instant < bar.end), None)

    def bar_after(self, instant: datetime) -> Bar | None:
        """The first bar that begins after an instant (UTC)."""
        return next((bar for bar in self.bars if bar.start > instant), None)


@dataclass(frozen=True, slots=True)
class DayStrip:
    """One local day. hours: each whole hour as on the clock, with its place; gaps: places and widths of `short`;
    now: the place of the present moment, None on another day; marked: place and width of one hour, None without.
    Places are percentages."""

    day: date
    hours: tuple[tuple[str, float], ...]
    short: tuple[Shortage, ...]
    gaps: tuple[tuple[float, float], ...]
    now: float | None
    marked: tuple[float, float] | None
    people: tuple[PersonDay, ...]


def day_strip(rota: Rota, day: date, now: datetime, marked: int | None = None) -> DayStrip | None:
    """The strip of a local day; None when the line is closed and nobody is planned. marked: a local hour to point out.

    The axis is real time: on a day with a clock change an hour is missing or comes twice.
    """
    a, b = formats.midnight(day), formats.midnight(day + timedelta(days=1))
    drawn: list[tuple[str, str, datetime, datetime]] = [
        (one.consultant, one.role, one.start, one.end) for one in timeline(rota, a, b)
    ]
    drawn += [(one.consultant, one.kind, one.start, one.end) for one in absences(rota, a, b)]
    times = [(start, end) for _, _, start, end in drawn] + [(one.start, one.end) for one in opening(rota, a, b)]
    if not times:
        return None
    first = _whole_hour(min(start for start, _ in times))
    last = _whole_hour(max(end for _, end in times) + _HOUR - _INSTANT)
    axis = (last - first) / 100

    def at(instant: datetime) -> float:
        return round((instant - first) / axis, 2)

    bars: dict[str, list[Bar]] = defaultdict(list)
    for code, kind, start, end in sorted(drawn, key=lambda one: one[2]):
        bars[code].append(Bar(kind, start, end, at(start), round((end - start) / axis, 2)))
    people = [PersonDay(code, rota.consultants[code].name, tuple(own)) for code, own in bars.items()]
    short = shortages(rota, a, b)
    hours = [first + index * _HOUR for index in range(int((last - first) / _HOUR) + 1)]
    return DayStrip(
        day=day,
        hours=tuple((str(formats.local(hour).hour), at(hour)) for hour in hours),
        short=short,
        gaps=tuple((at(one.start), round((one.end - one.start) / axis, 2)) for one in short),
        now=at(now) if first <= now <= last else None,
        marked=next(
            ((at(one), round(_HOUR / axis, 2)) for one in hours[:-1] if formats.local(one).hour == marked), None
        ),
        people=tuple(sorted(people, key=_order)),
    )


def _order(person: PersonDay) -> tuple[bool, datetime, datetime, str]:
    """Who begins first stands first; people of the backup alone stand last."""
    backup = all(bar.kind == "backup" for bar in person.bars)
    return backup, person.bars[0].start, person.bars[-1].end, person.name.casefold()


def _whole_hour(instant: datetime) -> datetime:
    """The whole hour (UTC) at or before an instant."""
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
