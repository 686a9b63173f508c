"""Checks rows against each other, against people and against the policy."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import combinations
from math import lcm

from callcenter.numbers import parse, why_not_dialled
from callcenter.rota.minutes import DAY_MIN, as_utc, common, merged, without
from callcenter.rota.model import Consultant, Role, Rota, RotaException, Shift, Source
from callcenter.rota.reading.faults import Fault, fault
from callcenter.rota.reading.rows import place
from callcenter.rota.reading.warnings import warn
from callcenter.rota.shifts import active_span, base, index_of, moved_by, span_of, weekly
from callcenter.rota.vacations import covered_until

# Two rows repeat after the least common multiple of their `every`. The search for an overlap ends here at the latest.
_MOST_WEEKS = 2000


def check(
    rota: Rota, mobiles: Mapping[Source, str], now: datetime | None, *, warnings: bool, shifts: str = "shifts.csv"
) -> list[Fault]:
    """Every fault between rows. mobiles: the mobile as typed, by the consultant's row; now: see `files.read_files`;
    shifts: the file of the shifts, at which gaps are told when it has no row."""
    faults = [*_role_overlaps(rota), *_swaps(rota)]
    if now is not None:
        faults += _mobiles(rota, mobiles, as_utc(now))
        faults += _vacation_data(rota, as_utc(now))
    if now is not None and warnings and not any(found.severity == "error" for found in faults):
        faults += warn(rota, now, shifts)
    return faults


def today_of(rota: Rota, now: datetime) -> date:
    """The local date of an instant."""
    return now.astimezone(rota.zone).date()


def _mobiles(rota: Rota, mobiles: Mapping[Source, str], now: datetime) -> list[Fault]:
    found: list[Fault] = []
    by_mobile: dict[str, list[Consultant]] = {}
    today = today_of(rota, now)
    for person in rota.consultants.values():
        if not person.active_between(today):
            continue
        typed = mobiles.get(person.source, person.mobile)
        if not typed:
            found.append(fault("mobile_missing", person.source, consultant=person.code))
        elif why_not_dialled(parse(typed), rota.policy.callbacks.countries) is not None:
            found.append(fault("mobile_uncallable", person.source, consultant=person.code))
        else:
            for other in by_mobile.setdefault(person.mobile, []):
                # A consultant who leaves may pass the mobile on to a successor.
                if common([active_span(rota, person)], [active_span(rota, other)]):
                    found += _shared(other, person)
            by_mobile[person.mobile].append(person)
    return found


def _shared(first: Consultant, second: Consultant) -> list[Fault]:
    """Two people active at once with one mobile, which would ring for two callers. Reported at both rows."""
    return [
        fault("shared_mobile", one.source, consultant=one.code, second=two.code, other=place(two.source))
        for one, two in ((first, second), (second, first))
    ]


def _vacation_data(rota: Rota, now: datetime) -> list[Fault]:
    if rota.policy.vacation is None or covered_until() >= today_of(rota, now) + timedelta(days=365):
        return []
    source = rota.policy.source("vacation")
    return [fault("vacation_data_ends", source, value=f"{covered_until():%d-%m-%Y}")]


def _role_overlaps(rota: Rota) -> list[Fault]:
    found: list[Fault] = []
    for rows in index_of(rota).shifts.values():
        for first, second in combinations(rows, 2):
            if first.role != second.role and _overlap(first, second):
                found += _both("role_overlap", first.source, second.source, consultant=first.consultant)
    for code, extras in index_of(rota).extras.items():
        for row in extras:
            start, end = span_of(rota, row)
            for shift in index_of(rota).shifts.get(code, ()):
                if shift.role != "line" and any(weekly(rota, start, end, only=[shift]).values()):
                    found += _both("role_overlap", shift.source, row.source, consultant=code)
    return found


def _both(code: str, first: Source, second: Source, **values: object) -> list[Fault]:
    """The same fault at both rows, each naming the other."""
    return [
        fault(code, first, other=place(second), **values),
        fault(code, second, other=place(first), **values),
    ]


def _overlap(first: Shift, second: Shift) -> bool:
    """Whether two weekly rows ever plan the same wall-clock minute."""
    pairs = [
        (a, b)
        for a in first.days
        for b in second.days
        for shift in (-7, 0, 7)
        if first.start + a * DAY_MIN < second.end + (b + shift) * DAY_MIN
        and second.start + (b + shift) * DAY_MIN < first.end + a * DAY_MIN
    ]
    if not pairs:
        return False
    starts = [day for day in (first.valid_from, second.valid_from) if day]
    ends = [day for day in (first.valid_until, second.valid_until) if day]
    anchors = [day for day in (first.anchor, second.anchor) if day]
    monday = max(starts, default=max(anchors, default=date(2024, 1, 1))) - timedelta(days=8)
    monday -= timedelta(days=monday.weekday())
    weeks = min(lcm(first.every, second.every), _MOST_WEEKS) + 3
    for week in range(weeks):
        start = monday + timedelta(weeks=week)
        if ends and start > min(ends) + timedelta(days=8):
            return False
        for a in first.days:
            day = start + timedelta(days=a)
            if first.starts_on(day) and any(_meets(first, day, second, day + timedelta(days=n)) for n in (-1, 0, 1)):
                return True
    return False


def _meets(first: Shift, day: date, second: Shift, other: date) -> bool:
    if not second.starts_on(other):
        return False
    shift = (other - day).days * DAY_MIN
    return first.start < second.end + shift and second.start + shift < first.end


def _swaps(rota: Rota) -> list[Fault]:
    swaps = index_of(rota).swaps
    found: list[Fault] = []
    for first, second in combinations(swaps, 2):
        if not common([span_of(rota, first)], [span_of(rota, second)]):
            continue
        if first.consultant == second.consultant:
            found += _both("swap_overlap", first.source, second.source, consultant=first.consultant)
        for giver, taker in ((first, second), (second, first)):
            if giver.substitute == taker.consultant and giver.consultant != giver.substitute:
                found += _both("swap_chain", giver.source, taker.source, consultant=taker.consultant)
    for row in swaps:
        found += _swap(rota, row)
    return found + _taken_in_two_roles(rota)


def _taken_in_two_roles(rota: Rota) -> list[Fault]:
    """Swaps that give one person line hours and backup hours at the same time."""
    found: list[Fault] = []
    for first, second in combinations(index_of(rota).swaps, 2):
        both = common([span_of(rota, first)], [span_of(rota, second)])
        if first.substitute != second.substitute or not both:
            continue
        planned = base(rota, *both[0])
        one, two = dict(moved_by(rota, first, planned)), dict(moved_by(rota, second, planned))
        if common(one.get("line", ()), two.get("backup", ())) or common(one.get("backup", ()), two.get("line", ())):
            found += _both("role_overlap", first.source, second.source, consultant=first.substitute)
    return found


def _swap(rota: Rota, row: RotaException) -> list[Fault]:
    """The errors of one swap: a substitute who is not active, or who has the other role at that time."""
    person = rota.consultants.get(row.substitute)
    if person is None or row.end is None or row.consultant not in rota.consultants:
        return []
    start, end = span_of(rota, row)
    active = [active_span(rota, person)]
    planned = base(rota, start, end)
    moved = moved_by(rota, row, planned)
    everything = merged(span for _, spans in moved for span in spans)
    if not common([(start, end)], active) or without(everything, active):
        return [fault("swap_inactive", row.source, consultant=row.substitute)]
    others: dict[Role, Role] = {"line": "backup", "backup": "line"}
    for role, spans in moved:
        clash = common(planned.get((row.substitute, others[role]), ()), spans)
        if clash:
            other = _row_at(rota, row.substitute, others[role], clash[0][0])
            return [fault("role_overlap", row.source, consultant=row.substitute, other=other)]
    return []


def _row_at(rota: Rota, code: str, role: Role, minute: int) -> str:
    for shift in index_of(rota).shifts.get(code, ()):
        if shift.role == role and any(weekly(rota, minute, minute + 1, only=[shift]).values()):
            return place(shift.source)
    return place(rota.consultants[code].source)
