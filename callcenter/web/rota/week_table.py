"""A week's rota as a table of people and days, with opening hours and gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from callcenter.rota.coverage import fewest
from callcenter.rota.duty import timeline
from callcenter.rota.hours import opening
from callcenter.rota.model import DutyInterval, Interval, Rota
from callcenter.rota.shortages import Shortage, shortages
from callcenter.web import formats
from callcenter.web.typed import day_of


@dataclass(frozen=True, slots=True)
class Day:
    """One local day. least: the fewest people planned for the line at any open moment, None on a closed day."""

    on: date
    opening: tuple[Interval, ...]
    gaps: tuple[Shortage, ...]
    least: int | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One person's day: the duty in it, and the kinds of exception that overlap it."""

    duty: tuple[DutyInterval, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One person's week."""

    code: str
    name: str
    cells: tuple[Cell, ...]


def monday_of(text: str | None, today: date) -> date:
    """The Monday of a week written `2027-W13`, or of today's week for any other text."""
    named = day_of(f"{text}-1") if text else None
    return named if named is not None else today - timedelta(days=today.weekday())


def week_name(monday: date) -> str:
    """`2027-W13`."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def days_of(rota: Rota, monday: date) -> list[Day]:
    """The days of a week on which the line is open or somebody is planned."""
    start, end = formats.midnight(monday), formats.midnight(monday + timedelta(days=7))
    duty = timeline(rota, start, end)
    found = []
    for offset in range(7):
        on = monday + timedelta(days=offset)
        a, b = formats.midnight(on), formats.midnight(on + timedelta(days=1))
        windows = opening(rota, a, b)
        if windows or any(one.start < b and a < one.end for one in duty):
            found.append(Day(on, windows, shortages(rota, a, b), fewest(rota, a, b)))
    return found


def rows_of(rota: Rota, days: Sequence[Day]) -> list[Row]:
    """Everybody who is employed in the week, by name."""
    if not days:
        return []
    start, end = formats.midnight(days[0].on), formats.midnight(days[-1].on + timedelta(days=1))
    duty = timeline(rota, start, end)
    rows = []
    for person in sorted(rota.consultants.values(), key=lambda one: one.name.casefold()):
        if not person.active_between(days[0].on, days[-1].on):
            continue
        own = [one for one in duty if one.consultant == person.code]
        rows.append(Row(person.code, person.name, tuple(_cell(rota, person.code, day.on, own) for day in days)))
    return rows


def _cell(rota: Rota, code: str, on: date, own: Sequence[DutyInterval]) -> Cell:
    a, b = formats.midnight(on), formats.midnight(on + timedelta(days=1))
    kinds = [
        row.kind
        for row in rota.exceptions
        if row.start < b and (row.end is None or a < row.end) and code in (row.consultant, row.substitute)
    ]
    return Cell(tuple(one for one in own if one.start < b and a < one.end), tuple(sorted(set(kinds))))
