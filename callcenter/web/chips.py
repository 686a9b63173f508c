"""The chips above a list: the filters that narrow it, each removed by one press."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from callcenter.web import formats
from callcenter.web.locale import current
from callcenter.web.typed import day_of


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter. text: in words; removed: the names in the query that it consists of."""

    text: str
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a list, the last one included; None without days."""

    first: date | None
    last: date | None


def days_of(query: Mapping[str, str]) -> Days:
    """The days in a query. One day alone is the first and the last."""
    first = day_of(query.get("day", ""))
    return Days(first, (day_of(query.get("last", "")) or first) if first else None)


def chip_of_days(days: Days, also: tuple[str, ...] = ()) -> Iterator[Chip]:
    """The chip of the days, if there are any. also: what means nothing without days."""
    if days.first is not None and days.last is not None:
        text = formats.day(days.first, current())
        if days.last != days.first:
            text += f" – {formats.day(days.last, current())}"
        yield Chip(text, ("day", "last", *also))
