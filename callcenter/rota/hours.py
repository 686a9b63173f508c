"""When does the line open, when does it close, and when have so many working minutes passed?"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from callcenter.errors import CallcenterError
from callcenter.rota.calendar import opening_minutes
from callcenter.rota.intervals import Spans, instant_of, minute_after, minute_of
from callcenter.rota.model import Interval, Rota
from callcenter.rota.walltime import as_utc, midnight

# How far ahead an opening is looked for, besides dated rules.
_HORIZON_DAYS = 800
_DAY_MIN = 1440


class NeverOpens(CallcenterError):
    """No opening hours are left in which the working minutes could pass."""


def opening(rota: Rota, a: datetime, b: datetime) -> tuple[Interval, ...]:
    """The open time between two instants, merged."""
    a, b = as_utc(a), as_utc(b)
    return intervals_of(opening_minutes(rota, minute_of(a), minute_after(b)), a, b) if a < b else ()


def intervals_of(spans: Spans, a: datetime, b: datetime) -> tuple[Interval, ...]:
    """Minutes as instants, cut exactly at `a` and `b` (which need not be whole minutes)."""
    return tuple(Interval(max(instant_of(start), a), min(instant_of(end), b)) for start, end in spans)


def is_open(rota: Rota, t: datetime) -> bool:
    """Whether the line is open at an instant."""
    return bool(opening_minutes(rota, minute_of(as_utc(t)), minute_of(as_utc(t)) + 1))


def closes_at(rota: Rota, t: datetime) -> datetime | None:
    """The end of the open time that holds `t`, or None when closed then (or when it never ends)."""
    minute = minute_of(as_utc(t))
    for days in (2, 8, 60, _HORIZON_DAYS):
        limit = minute + days * _DAY_MIN
        spans = opening_minutes(rota, minute, limit)
        if not spans or spans[0][0] != minute:
            return None
        if spans[0][1] < limit:
            return instant_of(spans[0][1])
    return None


def _openings_from(rota: Rota, minute: int) -> Iterator[tuple[int, int]]:
    """Open time from a minute on, in order, in pieces; ends when nothing opens any more."""
    at, step, empty = minute, 8 * _DAY_MIN, 0
    dated = [day for day, rule in rota.policy.dates.items() if rule.kind == "hours"]
    last_dated = midnight(rota.zone, max(dated) + timedelta(days=1)) if dated else minute
    while empty < _HORIZON_DAYS * _DAY_MIN or at < last_dated:
        spans = opening_minutes(rota, at, at + step)
        yield from spans
        empty = 0 if spans else empty + step
        at += step


def next_opening(rota: Rota, t: datetime) -> datetime | None:
    """The first instant at or after `t` at which the line opens; None when it never does again.

    While the line is open this is the opening after the present one.
    """
    minute = minute_after(as_utc(t))
    before = minute if opening_minutes(rota, minute - 1, minute) else None  # open until now, so no opening here
    for start, end in _openings_from(rota, minute):
        if start != before:
            return instant_of(start)
        before = end
        if (end - minute) > _HORIZON_DAYS * _DAY_MIN:
            return None
    return None


def due(rota: Rota, after: datetime, minutes: int) -> datetime:
    """The instant at which so many working minutes have passed since `after`; may be exactly a closing time.

    0 minutes: `after` itself when open, else the next opening. Raises NeverOpens when opening hours run out, and
    ValueError for a negative number.
    """
    if minutes < 0:
        raise ValueError("working minutes cannot be negative")
    after = as_utc(after)
    left = timedelta(minutes=minutes)
    for first, last in _openings_from(rota, minute_of(after)):
        start, end = max(instant_of(first), after), instant_of(last)
        if start < end and (end - start) >= left:
            return start + left
        if start < end:
            left -= end - start
    raise NeverOpens("the line has no opening hours in which so many working minutes could pass")
