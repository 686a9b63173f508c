"""Computes duty at an instant or over a period, and the gaps in it. Results are cached by local day."""

from datetime import date, datetime, timedelta

from callcenter.rota.hours import intervals_of, opening_minutes
from callcenter.rota.minutes import (
    Spans,
    as_utc,
    at_least,
    instant_of,
    local_date,
    midnight,
    minute_after,
    minute_of,
    without,
)
from callcenter.rota.model import DutyInterval, Gaps, OnDuty, Role, Rota
from callcenter.rota.shifts import planned

# The days ahead in which we search for the end of an unbroken duty. One that never ends is cut at the last.
_AHEAD_DAYS = (8, 64, 800)
_ZERO = timedelta(0)


def timeline(rota: Rota, a: datetime, b: datetime) -> tuple[DutyInterval, ...]:
    """Everybody's duty between two aware instants (half-open), sorted by start, consultant and role.

    Adjoining intervals of one person in one role are merged.
    """
    a, b = as_utc(a), as_utc(b)
    if a >= b:
        return ()
    found = [
        DutyInterval(code, role, max(instant_of(start), a), min(instant_of(end), b))
        for (code, role), spans in planned(rota, minute_of(a), minute_after(b)).items()
        for start, end in spans
    ]
    return tuple(sorted(found, key=lambda d: (d.start, d.consultant, d.role)))


Day = tuple[int, int, tuple[tuple[str, Role, int, int], ...]]


def _day(rota: Rota, day: date) -> Day:
    """A computed local day: its first minute, the minute after it, and everybody's duty in it."""
    key = ("day", day)
    found: Day | None = rota.cache.get(key)
    if found is None:
        start, end = midnight(rota.zone, day), midnight(rota.zone, day + timedelta(days=1))
        rows = [(code, role, s, e) for (code, role), spans in planned(rota, start, end).items() for s, e in spans]
        found = (start, end, tuple(sorted(rows)))
        rota.cache[key] = found
    return found


def _until(rota: Rota, day: date, code: str, role: Role, end: int) -> int:
    """The end of a duty that may continue after `day`; the last horizon for one that never ends."""
    if end != _day(rota, day)[1]:
        return end
    key = ("until", day)
    found: dict[tuple[str, Role], int] | None = rota.cache.get(key)
    if found is None:
        found = rota.cache[key] = _over_midnight(rota, day)
    return found[code, role]


def _over_midnight(rota: Rota, day: date) -> dict[tuple[str, Role], int]:
    """The end of every duty that reaches the end of a day. Later days are computed only while one continues."""
    start, end, rows = _day(rota, day)
    continuing = {(code, role) for code, role, _, ends in rows if ends == end}
    found: dict[tuple[str, Role], int] = {}
    for days in _AHEAD_DAYS:
        horizon = midnight(rota.zone, day + timedelta(days=days))
        for who, spans in planned(rota, start, horizon).items():
            if who in continuing:
                found[who] = next(e for s, e in spans if s < end <= e)
        continuing = {who for who in continuing if found[who] == horizon}
        if not continuing:
            break
    return found


def present(rota: Rota, t: datetime) -> tuple[OnDuty, ...]:
    """Everybody on duty at an aware instant, sorted by consultant; `until` is cut at the end of the local day.

    Later days are not computed, because a caller waits for the answer. `duty` gives the real ends.
    """
    minute = minute_of(as_utc(t))
    rows = _day(rota, local_date(rota.zone, minute))[2]
    return tuple(OnDuty(code, role, instant_of(end)) for code, role, start, end in rows if start <= minute < end)


def duty(rota: Rota, t: datetime) -> tuple[OnDuty, ...]:
    """Everybody on duty at an aware instant, sorted by consultant. `until` is the end of the unbroken duty."""
    minute = minute_of(as_utc(t))
    day = local_date(rota.zone, minute)
    return tuple(
        OnDuty(code, role, instant_of(_until(rota, day, code, role, end)))
        for code, role, start, end in _day(rota, day)[2]
        if start <= minute < end
    )


def last_planned_end(rota: Rota, code: str, t: datetime) -> datetime | None:
    """The end of a person's last planned hour in the local day of `t`, or None when nothing is planned that day.

    A duty that continues after midnight counts to its end.
    """
    day = local_date(rota.zone, minute_of(as_utc(t)))
    ends = [(end, role) for person, role, _, end in _day(rota, day)[2] if person == code]
    if not ends:
        return None
    end, role = max(ends)
    return instant_of(_until(rota, day, code, role, end))


def day_end(rota: Rota, t: datetime) -> datetime:
    """The local midnight after an instant."""
    day = local_date(rota.zone, minute_of(as_utc(t)))
    return instant_of(midnight(rota.zone, day + timedelta(days=1)))


def gaps(rota: Rota, a: datetime, b: datetime) -> Gaps:
    """Open time with fewer than the policy's `min_on_duty` people in role line, and the covered share of open time."""
    a, b = as_utc(a), as_utc(b)
    if a >= b:
        return Gaps((), None)
    open_spans, missing = gap_minutes(rota, minute_of(a), minute_after(b))
    open_time = sum(((i.end - i.start) for i in intervals_of(open_spans, a, b)), _ZERO)
    found = intervals_of(missing, a, b)
    missing_time = sum(((i.end - i.start) for i in found), _ZERO)
    return Gaps(found, 1 - missing_time / open_time if open_time else None)


def gap_minutes(rota: Rota, start: int, end: int, least: int | None = None) -> tuple[Spans, Spans]:
    """Open time between two UTC minutes, and the part of it with too few people in role line.

    least: the number of people needed; None for the policy's `min_on_duty`.
    """
    least = rota.policy.min_on_duty if least is None else least
    open_spans = opening_minutes(rota, start, end)
    if least <= 0:
        return open_spans, []
    lines = [spans for (_, role), spans in planned(rota, start, end).items() if role == "line"]
    return open_spans, without(open_spans, at_least(lines, least))
