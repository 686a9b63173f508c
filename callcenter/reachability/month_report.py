"""What a month was like for the callers, or for one school: the figures of the report, from plain values; pure."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from callcenter.reachability.figures import MIN_CALLS, Figures

# The days that a page can show, as callcenter.web.typed has them.
_FIRST_YEAR, _LAST_YEAR = 1970, 2199

Column = Literal["month", "before", "all_schools"]
Measure = Literal[
    "offered",
    "answered",
    "helped",
    "in_time",
    "callbacks_in_time",
    "callers_helped",
    "to_person_p50",
    "to_person_p90",
]
By = Literal["day", "weekday", "hour"]


@dataclass(frozen=True, slots=True)
class Count:
    """A number of calls."""

    number: int


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole; under ten the counts stand alone."""

    part: int
    whole: int

    @property
    def ratio(self) -> float | None:
        """The share (0..1); None when the whole is below MIN_CALLS."""
        return self.part / self.whole if self.whole >= MIN_CALLS else None


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds of waiting; None when there are too few calls, or not that many callers ever reach a person."""

    seconds: float | None


Cell = Count | Share | Wait


@dataclass(frozen=True, slots=True)
class Row:
    """One measure, with a cell for each column of the report."""

    measure: Measure
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """Calls offered, and those of them answered, of one day of the month, weekday (0 is Monday) or hour."""

    at: int
    offered: int
    answered: int


@dataclass(frozen=True, slots=True)
class Ring:
    """Calls of one local hour of one local day."""

    day: date
    hour: int
    offered: int
    answered: int


@dataclass(frozen=True, slots=True)
class OfSchool:
    """The school of which a report is: the only name in it."""

    code: str
    name: str
    place: str


@dataclass(frozen=True, slots=True)
class MonthReport:
    """The report of a month.

    month: its first day; last: the last day that counts, which is before the end while the month is not over;
    school: None for the report of all callers; service_levels_s: what "in time" meant in these months, one for each
    policy; target: a share (0..1); erased: some calls of the school may be erased, though those of all schools count.
    """

    month: date
    last: date
    whole: bool
    school: OfSchool | None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    bars: tuple[tuple[By, tuple[Bar, ...]], ...]
    service_levels_s: tuple[float, ...]
    target: float
    erased: bool = False

    @property
    def offered(self) -> int:
        """Calls offered in the month."""
        first = self.rows[0].cells[0]
        assert isinstance(first, Count)
        return first.number


def month_of(text: str) -> date | None:
    """The first day of `2026-11`; None for any other text."""
    found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", text)
    if found is None or not _FIRST_YEAR < int(found[1]) <= _LAST_YEAR:
        return None
    return date(int(found[1]), int(found[2]), 1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_before(month: date) -> date:
    """The first day of the month before that of this day."""
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def make(
    month: date,
    today: date,
    school: OfSchool | None,
    figures: Figures,
    before: Figures,
    all_schools: Figures | None,
    rings: Iterable[Ring],
    service_levels_s: tuple[float, ...],
    target: float,
    erased: bool = False,
) -> MonthReport:
    """The report. all_schools: given for a school, to compare it with; today: the local day on which it is made."""
    compared: list[tuple[Column, Figures]] = [("month", figures), ("before", before)]
    if all_schools is not None:
        compared.append(("all_schools", all_schools))
    last = min(next_month(month) - timedelta(days=1), max(today, month))
    return MonthReport(
        month=month,
        last=last,
        whole=today >= next_month(month),
        school=school,
        columns=tuple(column for column, _ in compared),
        rows=_rows([one for _, one in compared]),
        bars=_bars(month, list(rings)),
        service_levels_s=service_levels_s,
        target=target,
        erased=erased,
    )


def _rows(columns: list[Figures]) -> tuple[Row, ...]:
    def row(measure: Measure, cells: Iterable[Cell]) -> Row:
        return Row(measure, tuple(cells))

    def wait(one: Figures, seconds: float | None) -> Wait:
        return Wait(seconds if one.offered >= MIN_CALLS else None)

    return (
        row("offered", (Count(one.offered) for one in columns)),
        row("answered", (Share(one.answered, one.offered) for one in columns)),
        row("helped", (Share(one.helped, one.helped_of) for one in columns)),
        row("callers_helped", (Share(one.callers_helped, one.callers) for one in columns)),
        row("in_time", (Share(one.answered_in_time, one.offered) for one in columns)),
        row("callbacks_in_time", (Share(one.callbacks_in_time, one.callbacks_due) for one in columns)),
        row("to_person_p50", (wait(one, one.to_person_p50_s) for one in columns)),
        row("to_person_p90", (wait(one, one.to_person_p90_s) for one in columns)),
    )


def _bars(month: date, rings: list[Ring]) -> tuple[tuple[By, tuple[Bar, ...]], ...]:
    """Every day of the month, the working days and others with calls, and the hours from the first to the last."""
    rings = [ring for ring in rings if ring.offered]
    hours = [ring.hour for ring in rings] or [9]
    weekdays = sorted({*range(5), *(ring.day.weekday() for ring in rings)})
    length = (next_month(month) - month).days
    return (
        ("day", _summed([(ring.day.day, ring) for ring in rings], range(1, length + 1))),
        ("weekday", _summed([(ring.day.weekday(), ring) for ring in rings], weekdays)),
        ("hour", _summed([(ring.hour, ring) for ring in rings], range(min(hours), max(hours) + 1))),
    )


def _summed(rings: list[tuple[int, Ring]], places: Iterable[int]) -> tuple[Bar, ...]:
    offered: Counter[int] = Counter()
    answered: Counter[int] = Counter()
    for at, ring in rings:
        offered[at] += ring.offered
        answered[at] += ring.answered
    return tuple(Bar(at, offered[at], answered[at]) for at in places)
