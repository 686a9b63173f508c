"""Who would be on duty in a period, but is ill, on leave or in training."""

from dataclasses import dataclass
from datetime import datetime

from callcenter.rota.hours import opening_minutes
from callcenter.rota.minutes import as_utc, common, instant_of, merged, minute_after, minute_of, without
from callcenter.rota.model import Rota
from callcenter.rota.shifts import index_of, span_of, swapped

# Of two absences at the same time, the one named first here counts.
KINDS = ("sick", "leave", "training")


@dataclass(frozen=True, slots=True)
class Absence:
    """Planned time from `start` up to `end` (UTC) in which a consultant is absent. kind: one of KINDS."""

    consultant: str
    kind: str
    start: datetime
    end: datetime


def absences(rota: Rota, a: datetime, b: datetime) -> tuple[Absence, ...]:
    """The planned time between two aware instants that people miss, in order. Who would be off anyway is not in it."""
    start, end = minute_of(as_utc(a)), minute_after(as_utc(b))
    if start >= end:
        return ()
    index, open_spans = index_of(rota), opening_minutes(rota, start, end)
    duty = swapped(rota, start, end)
    found: list[Absence] = []
    for code, rows in index.absences.items():
        own = merged(span for (who, _), spans in duty.items() if who == code for span in spans)
        left = common(common(own, [index.active[code]]), open_spans)
        for kind in KINDS:
            away = merged(span_of(rota, row) for row in rows if row.kind == kind)
            missed = common(left, away)
            left = without(left, missed)
            found += [Absence(code, kind, instant_of(first), instant_of(last)) for first, last in missed]
    return tuple(sorted(found, key=lambda one: (one.start, one.consultant)))
