"""Warnings about a valid rota: rows without effect, lost hours, gaps, and people who are never planned."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from callcenter.rota.duty import gap_minutes
from callcenter.rota.hours import opening_minutes, windows_of
from callcenter.rota.minutes import (
    DAY_MIN,
    FOREVER,
    Spans,
    as_utc,
    changes,
    common,
    instant_of,
    merged,
    midnight,
    minute_of,
    window,
    without,
)
from callcenter.rota.model import Policy, Rota, RotaException, Shift, Source
from callcenter.rota.reading.cells import clock, parse_days
from callcenter.rota.reading.faults import Fault, fault
from callcenter.rota.reading.rows import place
from callcenter.rota.shifts import base, index_of, moved_by, span_of, weekly

GAPS_AHEAD = timedelta(days=28)
SICK_REVIEW = timedelta(days=14)
# How far ahead we search for an effect of a weekly row, and for clock changes.
_ROW_AHEAD = timedelta(days=400)
_CHANGES_AHEAD = timedelta(days=6 * 365)


def warn(rota: Rota, now: datetime, shifts: str = "shifts.csv") -> list[Fault]:
    """Every warning about a rota without errors, at an aware instant. shifts: as in `checks.check`."""
    now = as_utc(now)
    today = now.astimezone(rota.zone).date()
    return [
        *_shifts(rota, today),
        *_exceptions(rota, now),
        *_clock_changes(rota, today),
        *_gaps(rota, now, shifts),
        *_never_planned(rota, today),
    ]


def _no_effect(source: Source, dutch: str, english: str) -> Fault:
    return fault("no_effect", source, why_nl=dutch, why_en=english)


def _shifts(rota: Rota, today: date) -> Iterator[Fault]:
    for shift in rota.shifts:
        lasting = _lasting(rota, shift, today)
        if lasting is None:
            yield _no_effect(shift.source, "de datums sluiten elkaar uit", "the dates exclude each other")
        elif not _ever_open(rota, shift, *lasting):
            yield _no_effect(shift.source, "valt nooit in de openingstijden", "is never within the opening hours")
        elif outside := _outside_profile(rota.policy, shift):
            yield fault("clipped", shift.source, value=outside)


def _lasting(rota: Rota, shift: Shift, today: date) -> tuple[date, date] | None:
    """The dates between which a weekly row is checked, at most 400 days apart; None when its dates leave no day."""
    person = rota.consultants[shift.consultant]
    starts = [day for day in (shift.valid_from, person.active_from) if day]
    ends = [day for day in (shift.valid_until, person.active_until) if day]
    last = min(ends) if ends else None
    began = today if last is None or last >= today else last - _ROW_AHEAD
    first = max(starts, default=began)
    if last is not None and last < first:
        return None
    return first, min(last or date.max, first + _ROW_AHEAD)


def _ever_open(rota: Rota, shift: Shift, first: date, last: date) -> bool:
    day = first
    while day <= last:
        following = min(day + timedelta(days=28), last + timedelta(days=1))
        start, end = midnight(rota.zone, day), midnight(rota.zone, following)
        for spans in weekly(rota, start, end, only=[shift]).values():
            if common(spans, opening_minutes(rota, start, end)):
                return True
        day = following
    return False


def _outside_profile(policy: Policy, shift: Shift) -> str:
    """The wall-clock part of a weekly row outside the ordinary opening hours, on the first day that clips it."""
    for day in sorted(shift.days):
        hours = merged(
            (w.start + offset * DAY_MIN, w.end + offset * DAY_MIN)
            for offset in (0, 1)
            for w in policy.open.get((day + offset) % 7, ())
        )
        outside = without([(shift.start, shift.end)], hours)
        if outside:
            return ", ".join(f"{clock(start % DAY_MIN)}-{_end_clock(end)}" for start, end in outside)
    return ""


def _end_clock(minute: int) -> str:
    return clock(minute % DAY_MIN or DAY_MIN)


def _exceptions(rota: Rota, now: datetime) -> Iterator[Fault]:
    for row in rota.exceptions:
        start, end = span_of(rota, row)
        end = min(end, start + _ROW_AHEAD.days * DAY_MIN)
        opening = opening_minutes(rota, start, end)
        if row.kind == "swap":
            yield from _swap(rota, row, start, end, opening)
        elif row.kind == "extra":
            yield from _extra(rota, row, opening)
        else:
            yield from _absence(rota, row, start, end, opening)
            if row.kind == "sick" and span_of(rota, row)[1] == FOREVER and now >= row.start + SICK_REVIEW:
                since = f"{row.first.day:%d-%m-%Y}"
                yield fault("sick_review", row.source, consultant=row.consultant, value=since)


def _own_base(rota: Rota, code: str, start: int, end: int) -> dict[str, Spans]:
    """A person's weekly and extra hours by role."""
    return {role: spans for (person, role), spans in base(rota, start, end).items() if person == code}


def _swap(rota: Rota, row: RotaException, start: int, end: int, opening: Spans) -> Iterator[Fault]:
    own = base(rota, start, end)
    moved = [(role, common(spans, opening)) for role, spans in moved_by(rota, row, own)]
    everything = merged(span for _, spans in moved for span in spans)
    if not everything:
        dutch, english = f"{row.consultant} is dan niet ingepland", f"{row.consultant} is not planned then"
        yield _no_effect(row.source, dutch, english)
        return
    for absence in index_of(rota).absences.get(row.substitute, ()):
        if common(everything, [span_of(rota, absence)]):
            other = place(absence.source)
            yield fault("swap_absent", row.source, consultant=row.substitute, other=other)
    if any(common(spans, own.get((row.substitute, role), ())) for role, spans in moved):
        yield fault("coverage_lost", row.source, consultant=row.substitute)


def _extra(rota: Rota, row: RotaException, opening: Spans) -> Iterator[Fault]:
    span = [span_of(rota, row)]
    useful = common(common(span, opening), [index_of(rota).active[row.consultant]])
    if not useful:
        yield _no_effect(row.source, "valt buiten de openingstijden", "is outside the opening hours")
    elif row.first.minute is not None and useful != span:
        lost = ", ".join(f"{_local(rota, s)}-{_local(rota, e)}" for s, e in without(span, useful))
        yield fault("clipped", row.source, value=lost)


def _local(rota: Rota, minute: int) -> str:
    return f"{instant_of(minute).astimezone(rota.zone):%H:%M}"


def _absence(rota: Rota, row: RotaException, start: int, end: int, opening: Spans) -> Iterator[Fault]:
    code = row.consultant
    hours = merged(span for spans in _own_base(rota, code, start, end).values() for span in spans)
    for swap in index_of(rota).swaps:
        if swap.substitute == code:
            taken = moved_by(rota, swap, base(rota, *span_of(rota, swap)))
            hours = merged([*hours, *(span for _, spans in taken for span in spans)])
    if not common(common(hours, opening), [(start, end)]):
        yield _no_effect(row.source, f"{code} is dan niet ingepland", f"{code} is not planned then")


def _clock_changes(rota: Rota, today: date) -> Iterator[Fault]:
    reported: set[Source] = set()
    for change in changes(rota.zone, today, today + _CHANGES_AHEAD):
        for shift in rota.shifts:
            for day in (change - timedelta(days=1), change):
                start, end = window(rota.zone, day, shift.start, shift.end)
                if start >= end and shift.starts_on(day) and shift.source not in reported:
                    reported.add(shift.source)
                    yield fault("clock_change", shift.source, value=f"{change:%d-%m-%Y}")
        for hours in windows_of(rota.policy, change):
            start, end = window(rota.zone, change, hours.start, hours.end)
            source = _opening_source(rota.policy, change)
            if start >= end and source not in reported:
                reported.add(source)
                yield fault("clock_change", source, value=f"{change:%d-%m-%Y}")


def _opening_source(policy: Policy, day: date) -> Source:
    for path in policy.lines:
        table, _, key = path.partition(".")
        days = parse_days(key) if table == "open" and key else ""
        if not isinstance(days, str) and day.weekday() in days:
            return policy.source(table, key)
    return policy.source("open")


def _gaps(rota: Rota, now: datetime, shifts: str) -> Iterator[Fault]:
    source = Source(rota.shifts[0].source.file if rota.shifts else shifts, 1)
    start, end = minute_of(now), minute_of(now + GAPS_AHEAD)
    least = rota.policy.min_on_duty
    _, nobody = gap_minutes(rota, start, end, min(least, 1))
    _, few = gap_minutes(rota, start, end)
    for code, spans in (("gap", nobody), ("below_minimum", without(few, nobody))):
        for first, last in spans:
            local = instant_of(first).astimezone(rota.zone)
            text = f"{local:%d-%m-%Y %H:%M}-{_local(rota, last)}"
            yield fault(code, source, value=text, least=least)


def _never_planned(rota: Rota, today: date) -> Iterator[Fault]:
    index = index_of(rota)
    planned = {*index.shifts, *index.extras, *(swap.substitute for swap in index.swaps)}
    for code, person in rota.consultants.items():
        if code not in planned and person.active_between(today):
            yield fault("never_planned", person.source, consultant=code)
