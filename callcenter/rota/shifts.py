"""Computes the planned UTC minutes of each person from shifts and exceptions (docs/rota-rules.md, "Who is planned")."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from callcenter.rota.hours import opening_minutes
from callcenter.rota.minutes import (
    FOREVER,
    Span,
    Spans,
    common,
    local_date,
    merged,
    midnight,
    minute_of,
    window,
    without,
)
from callcenter.rota.model import Consultant, Role, Rota, RotaException, Shift

Planned = dict[tuple[str, Role], Spans]


@dataclass
class Index:
    """The rows of a rota, grouped for look-up by code.

    active: the minutes in which a person is active; ends: the end of an illness, by person and first minute.
    """

    by_weekday: list[list[Shift]] = field(default_factory=lambda: [[] for _ in range(7)])
    shifts: dict[str, list[Shift]] = field(default_factory=dict)
    extras: dict[str, list[RotaException]] = field(default_factory=dict)
    absences: dict[str, list[RotaException]] = field(default_factory=dict)
    swaps: list[RotaException] = field(default_factory=list)
    active: dict[str, Span] = field(default_factory=dict)
    ends: dict[tuple[str, int], int] = field(default_factory=dict)


def index_of(rota: Rota) -> Index:
    """The index of a rota, built once."""
    found: Index | None = rota.cache.get("index")
    if found is None:
        found = _index(rota)
        rota.cache["index"] = found
    return found


def _index(rota: Rota) -> Index:
    index = Index()
    for shift in rota.shifts:
        index.shifts.setdefault(shift.consultant, []).append(shift)
        for day in shift.days:
            index.by_weekday[day].append(shift)
    for row in rota.exceptions:
        if row.kind == "swap":
            index.swaps.append(row)
        elif row.kind == "extra":
            index.extras.setdefault(row.consultant, []).append(row)
        else:
            index.absences.setdefault(row.consultant, []).append(row)
            if row.kind == "sick" and row.end is not None:
                key = (row.consultant, minute_of(row.start))
                index.ends[key] = max(index.ends.get(key, 0), minute_of(row.end))
    index.active = {code: active_span(rota, person) for code, person in rota.consultants.items()}
    return index


def active_span(rota: Rota, person: Consultant) -> Span:
    """The UTC minutes in which a consultant is active, cut at local midnights."""
    start = midnight(rota.zone, person.active_from) if person.active_from else -FOREVER
    end = midnight(rota.zone, person.active_until + timedelta(days=1)) if person.active_until else FOREVER
    return start, end


def span_of(rota: Rota, row: RotaException) -> Span:
    """The UTC minutes of an exception.

    A sick row without an end gets the end of another sick row with the same person and start, if there is one.
    """
    start = minute_of(row.start)
    if row.end is not None:
        return start, minute_of(row.end)
    return start, index_of(rota).ends.get((row.consultant, start), FOREVER)


def weekly(rota: Rota, start: int, end: int, only: Iterable[Shift] | None = None) -> Planned:
    """The hours of the weekly rows between two UTC minutes, without exceptions.

    only: these rows instead of all. A night shift belongs to the day on which it starts.
    """
    zone = rota.zone
    by_weekday = index_of(rota).by_weekday
    if only is not None:
        chosen = list(only)
        by_weekday = [[shift for shift in chosen if day in shift.days] for day in range(7)]
    found: dict[tuple[str, Role], list[Span]] = {}
    day, last = local_date(zone, start) - timedelta(days=1), local_date(zone, end)
    while day <= last:
        for shift in by_weekday[day.weekday()]:
            if shift.starts_on(day):
                span = window(zone, day, shift.start, shift.end)
                if span[0] < span[1]:
                    found.setdefault((shift.consultant, shift.role), []).append(span)
        day += timedelta(days=1)
    cut = [(start, end)]
    return {key: common(merged(spans), cut) for key, spans in found.items()}


def base(rota: Rota, start: int, end: int) -> Planned:
    """The hours of weekly and extra rows, while the person is active."""
    index = index_of(rota)
    found = weekly(rota, start, end)
    for code, rows in index.extras.items():
        spans = [(max(s, start), min(e, end)) for s, e in (span_of(rota, row) for row in rows)]
        found[code, "line"] = merged([*found.get((code, "line"), ()), *spans])
    return {key: common(spans, [index.active[key[0]]]) for key, spans in found.items()}


def moved_by(rota: Rota, row: RotaException, planned: Planned) -> list[tuple[Role, Spans]]:
    """The hours that a swap moves, by role: those among `planned` that the giver has in the swap's window."""
    cut = [span_of(rota, row)]
    found: list[tuple[Role, Spans]] = []
    for role in ("line", "backup"):
        spans = common(planned.get((row.consultant, role), ()), cut)
        if spans:
            found.append((role, spans))
    return found


def absent(rota: Rota, code: str) -> Spans:
    """The time in which a person is on leave, sick or in training."""
    return merged(span_of(rota, row) for row in index_of(rota).absences.get(code, ()))


def swapped(rota: Rota, start: int, end: int) -> Planned:
    """Weekly and extra hours, minus the hours given away in swaps, plus the hours taken over."""
    own = base(rota, start, end)
    given: dict[tuple[str, Role], Spans] = {}
    taken: dict[tuple[str, Role], Spans] = {}
    for row in index_of(rota).swaps:
        first, last = span_of(rota, row)
        if last <= start or first >= end:
            continue
        for role, spans in moved_by(rota, row, own):
            given.setdefault((row.consultant, role), []).extend(spans)
            taken.setdefault((row.substitute, role), []).extend(spans)
    for key, spans in given.items():
        own[key] = without(own[key], merged(spans))
    for key, spans in taken.items():
        own[key] = merged([*own.get(key, ()), *spans])
    return own


def planned(rota: Rota, start: int, end: int) -> Planned:
    """Everybody's planned hours by role between two UTC minutes; empty sets are left out."""
    opening = opening_minutes(rota, start, end)
    if not opening:
        return {}
    index = index_of(rota)
    found: Planned = {}
    for (code, role), spans in swapped(rota, start, end).items():
        if code in index.absences:
            spans = without(spans, absent(rota, code))
        spans = common(common(spans, [index.active[code]]), opening)
        if spans:
            found[code, role] = spans
    return found
