"""How many people are planned in each gap of the rota, and how many are needed."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from callcenter.rota.duty import gaps, timeline
from callcenter.rota.model import Rota


@dataclass(frozen=True, slots=True)
class Shortage:
    """Open time from `start` up to `end` (UTC) with fewer people planned in role line than needed."""

    start: datetime
    end: datetime
    planned: int
    needed: int


def shortages(rota: Rota, a: datetime, b: datetime) -> tuple[Shortage, ...]:
    """The gaps between two aware instants, in order, divided where the number of people planned changes."""
    duty = [one for one in timeline(rota, a, b) if one.role == "line"]
    found: list[Shortage] = []
    for gap in gaps(rota, a, b).gaps:
        inside = {at for one in duty for at in (one.start, one.end) if gap.start < at < gap.end}
        edges = [gap.start, *sorted(inside), gap.end]
        for start, end in pairwise(edges):
            planned = len({one.consultant for one in duty if one.start <= start < one.end})
            if found and found[-1].end == start and found[-1].planned == planned:
                start = found.pop().start
            found.append(Shortage(start, end, planned, rota.policy.min_on_duty))
    return tuple(found)
