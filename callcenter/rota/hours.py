"""The line's opening hours: whether it is open, when it opens and closes, and when working minutes have passed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from callcenter.errors import CallcenterError
from callcenter.rota.calendar import opening_minutes
from callcenter.rota.intervals import Spans, instant_of, minute_after, minute_of
from callcenter.rota.model import Interval, Rota
from callcenter.rota.walltime import DAY_MIN, as_utc, midnight

# Days ahead in which we search for an opening. Dated rules are found however late they are.
_HORIZON_DAYS = 800


class NeverOpens(CallcenterError):
    """No opening hours are left in which the working minutes could pass."""


def opening(rota: Rota, a: datetime, b: datetime) -> tuple[Interval, ...]:
    """The open time between two aware instants, merged."""
    a, b = as_utc(a), as_utc(b)
    return intervals_of(opening_minutes(rota, minute_of(a), minute_after(b)), a, b) if a < b else ()


def intervals_of(spans: Spans, a: datetime, b: datetime) -> tuple[Interval, ...]:
    """Spans of minutes as intervals of instants, cut at `a` and `b`, which need not be whole minutes."""
    return tuple(Interval(max(instant_of(start), a), min(instant_of(end), b)) for start, end in spans)


def is_open(rota: Rota, t: datetime) -> bool:
    """Whether the line is open at an aware instant."""
    return bool(opening_minutes(rota, minute_of(as_utc(t)), minute_of(as_utc(t)) + 1))


def closes_at(rota: Rota, t: datetime) -> datetime | None:
    """The end of the open time that contains `t`; None when the line is closed at `t` or never closes."""
    minute = minute_of(as_utc(t))
    for days in (2, 8, 60, _HORIZON_DAYS):
        limit = minute + days * DAY_MIN
        spans = opening_minutes(rota, minute, limit)
        if not spans or spans[0][0] != minute:
            return None
        if spans[0][1] < limit:
            return instant_of(spans[0][1])
    return None


def _openings_from(rota: Rota, minute: int) -> Iterator[tuple[int, int]]:
    """Open time from a minute on, in order and in pieces; stops when no opening follows."""
    at, step, empty = minute, 8 * DAY_MIN, 0
    dated = [day for day, rule in rota.policy.dates.items() if rule.kind == "hours"]
    last_dated = midnight(rota.zone, max(dated) + timedelta(days=1)) if dated else minute
    while empty < _HORIZON_DAYS * DAY_MIN or at < last_dated:
        spans = opening_minutes(rota, at, at + step)
        yield from spans
        empty = 0 if spans else empty + step
        at += step


def next_opening(rota: Rota, t: datetime) -> datetime | None:
    """The first instant at or after `t` at which the line opens; None when it does not open again.

    While the line is open this is the opening after the current one.
    """
    minute = minute_after(as_utc(t))
    before = minute if opening_minutes(rota, minute - 1, minute) else None  # open just before: it does not open here
    for start, end in _openings_from(rota, minute):
        if start != before:
            return instant_of(start)
        before = end
        if (end - minute) > _HORIZON_DAYS * DAY_MIN:
            return None
    return None


def due(rota: Rota, after: datetime, minutes: int) -> datetime:
    """The instant at which `minutes` working minutes have passed since `after`; it may be a closing time.

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
