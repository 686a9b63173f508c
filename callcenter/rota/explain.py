"""Explains why somebody is on duty or not: the rows that decide, each with its file and line."""

from datetime import datetime, timedelta

from callcenter.rota.hours import opening_of_day, why_closed
from callcenter.rota.minutes import as_utc, contains, local_date, minute_of, window
from callcenter.rota.model import Reason, Rota, RotaException, Source
from callcenter.rota.shifts import index_of, span_of

_ABSENCE_TEXT = {
    "leave": ("met verlof", "on leave"),
    "sick": ("ziek", "sick"),
    "training": ("training", "in training"),
}


def _reason(source: Source, dutch: str, english: str, code: str) -> Reason:
    return Reason(source.file, source.line, dutch, english, code)


def explain(rota: Rota, code: str, t: datetime) -> tuple[Reason, ...]:
    """The reasons at an aware instant, from the weekly row to the one that decides, which is the last.

    Codes of the last reason: `on_duty`, `not_planned`, `swapped_away`, `leave`, `sick`, `training`, `inactive`,
    `closed`, `unknown`. Before it come `shift`, `extra`, `swapped_in` and reasons that are overruled. Precedence:
    closure, absence, swap, extra, weekly shift (docs/rota-rules.md).
    """
    person = rota.consultants.get(code)
    if person is None:
        return (Reason("", 0, "onbekende consulent", "unknown consultant", "unknown"),)
    minute = minute_of(as_utc(t))
    chain = _planning(rota, code, minute)
    planned = bool(chain) and chain[-1].code != "swapped_away"
    if not chain:
        chain = [_reason(person.source, "niet ingepland", "not planned", "not_planned")]
    for row in index_of(rota).absences.get(code, ()):
        if contains([span_of(rota, row)], minute):
            chain.append(_reason(row.source, *_ABSENCE_TEXT[row.kind], row.kind))
            planned = False
    if not contains([index_of(rota).active[code]], minute):
        chain.append(_reason(person.source, "niet actief", "not active", "inactive"))
        planned = False
    closed = _closure(rota, minute)
    if closed is not None:
        chain.append(closed)
    elif planned:
        last = chain[-1]
        chain.append(Reason(last.file, last.line, "in dienst", "on duty", "on_duty"))
    return tuple(chain)


def _planning(rota: Rota, code: str, minute: int) -> list[Reason]:
    """The weekly rows, extra rows and swaps that apply at a minute."""
    chain = [*_rows(rota, code, minute)]
    takes: list[Reason] = []
    for row in index_of(rota).swaps:
        if not contains([span_of(rota, row)], minute):
            continue
        if row.consultant == code and chain:
            dutch, english = f"geruild met {row.substitute}", f"swapped to {row.substitute}"
            chain.append(_reason(row.source, dutch, english, "swapped_away"))
        elif row.substitute == code and _gives(rota, row, minute):
            dutch, english = f"neemt over van {row.consultant}", f"takes over from {row.consultant}"
            takes.append(_reason(row.source, dutch, english, "swapped_in"))
    return chain + takes


def _gives(rota: Rota, row: RotaException, minute: int) -> bool:
    return contains([index_of(rota).active[row.consultant]], minute) and bool(_rows(rota, row.consultant, minute))


def _rows(rota: Rota, code: str, minute: int) -> list[Reason]:
    zone, index = rota.zone, index_of(rota)
    today = local_date(zone, minute)
    found: list[Reason] = []
    for shift in index.shifts.get(code, ()):
        for day in (today - timedelta(days=1), today):
            if shift.starts_on(day) and contains([window(zone, day, shift.start, shift.end)], minute):
                backup = shift.role == "backup"
                dutch, english = ("achterwacht", "backup") if backup else ("weekdienst", "weekly shift")
                found.append(_reason(shift.source, dutch, english, "shift"))
    for row in index.extras.get(code, ()):
        if contains([span_of(rota, row)], minute):
            found.append(_reason(row.source, "extra dienst", "extra shift", "extra"))
    return found


def _closure(rota: Rota, minute: int) -> Reason | None:
    today = local_date(rota.zone, minute)
    if any(contains(opening_of_day(rota, day), minute) for day in (today - timedelta(days=1), today)):
        return None
    dutch, english, source = why_closed(rota.policy, today)
    return _reason(source, f"de lijn is dicht ({dutch})", f"the line is closed ({english})", "closed")
