"""Who could fill a gap of the rota: people whose planned hours lie next to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.rota.duty import timeline
from callcenter.rota.minutes import common, minute_after, minute_of
from callcenter.rota.model import Rota
from callcenter.rota.shifts import absent

# Nobody is asked whose hours end this long before a gap, or begin this long after it.
NEAR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A consultant who is off during a gap. until: the end of the planned hours before it; since: the start of those
    after it (UTC); None when there are none."""

    consultant: str
    until: datetime | None
    since: datetime | None


def could_fill(rota: Rota, start: datetime, end: datetime) -> tuple[Candidate, ...]:
    """The people who could be asked for a gap from `start` up to `end` (UTC), nearest hours first.

    Who is ill, on leave or in training in it is left out.
    """
    gap = [(minute_of(start), minute_after(end))]
    hours: dict[str, list[tuple[datetime, datetime]]] = {}
    # A minute more on both sides, since hours that only touch the limit are still near.
    for one in timeline(rota, start - NEAR - timedelta(minutes=1), end + NEAR + timedelta(minutes=1)):
        if one.role == "line":
            hours.setdefault(one.consultant, []).append((one.start, one.end))
    found: list[tuple[timedelta, Candidate]] = []
    for code, spans in hours.items():
        if any(s < end and start < e for s, e in spans) or common(absent(rota, code), gap):
            continue
        until = max((e for _, e in spans if e <= start), default=None)
        since = min((s for s, _ in spans if s >= end), default=None)
        distances = [start - until] if until else []
        distances += [since - end] if since else []
        found.append((min(distances), Candidate(code, until, since)))
    return tuple(one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].consultant)))
