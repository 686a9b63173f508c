"""In which hours of the week is it weak, and how many people does the rota plan then?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from callcenter.rota.coverage import Stretch
from callcenter.web import formats

_WORKING_DAYS = range(5)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Count:
    """Answered of offered calls. level: what its colour says: good, between, weak, few (calls) or none."""

    answered: int
    offered: int
    level: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of one weekday. day: the latest such day of the period, None when there is none; planned: the fewest
    people planned for the line in that hour of it, None when the line is closed then."""

    count: Count
    day: date | None
    planned: int | None


@dataclass(frozen=True, slots=True)
class HeatMap:
    """weekdays: 0 is Monday; hours: local; cells: by weekday and hour; by_hour, by_weekday: the sums of rows and
    columns; total: of all."""

    weekdays: tuple[int, ...]
    hours: tuple[int, ...]
    cells: Mapping[tuple[int, int], Cell]
    by_hour: Mapping[int, Count]
    by_weekday: Mapping[int, Count]
    total: Count


def heat_map(
    counts: Mapping[tuple[int, int], tuple[int, int]],
    target: float,
    baseline: float,
    days: tuple[date, date],
    rota: Sequence[Stretch],
) -> HeatMap:
    """The map of answered and offered calls by weekday and local hour.

    target, baseline: shares (0..1): at the goal is good, below the baseline is weak; days: the first and the last local
    day of the period; rota: the coverage of its last week.
    """
    cells = {key: count for key, count in counts.items() if count[1]}
    hours = tuple(sorted({hour for _, hour in cells}))
    weekdays = tuple(sorted({*_WORKING_DAYS, *(weekday for weekday, _ in cells)}))

    def count(of: Iterable[tuple[int, int]]) -> Count:
        sums = list(of)
        answered, offered = sum(one for one, _ in sums), sum(one for _, one in sums)
        return Count(answered, offered, _level(answered, offered, target, baseline))

    latest = {weekday: _latest(weekday, *days) for weekday in weekdays}
    return HeatMap(
        weekdays=weekdays,
        hours=hours,
        cells={
            (weekday, hour): Cell(
                count([cells.get((weekday, hour), (0, 0))]), latest[weekday], _planned(latest[weekday], hour, rota)
            )
            for weekday in weekdays
            for hour in hours
        },
        by_hour={hour: count(one for (_, at), one in cells.items() if at == hour) for hour in hours},
        by_weekday={weekday: count(one for (on, _), one in cells.items() if on == weekday) for weekday in weekdays},
        total=count(cells.values()),
    )


def _level(answered: int, offered: int, target: float, baseline: float) -> str:
    if offered < formats.FEW:
        return "few" if offered else "none"
    # In whole per cents, as they stand on the page: "69%" is not below 69%.
    share = round(answered / offered * 100)
    return "good" if share >= round(target * 100) else "weak" if share < round(baseline * 100) else "between"


def _latest(weekday: int, first: date, last: date) -> date | None:
    day = last - timedelta(days=(last.weekday() - weekday) % 7)
    return day if day >= first else None


def _planned(day: date | None, hour: int, rota: Sequence[Stretch]) -> int | None:
    if day is None:
        return None
    start: datetime = formats.midnight(day).replace(hour=hour)
    end = start.astimezone(formats.ZONE) + _HOUR
    return min((one.planned for one in rota if one.start < end and start < one.end), default=None)
