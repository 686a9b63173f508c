"""How many people are planned for the line at each moment of its open time."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from callcenter.rota.duty import timeline
from callcenter.rota.hours import opening
from callcenter.rota.model import Rota


@dataclass(frozen=True, slots=True)
class Stretch:
    """Open time from `start` up to `end` (UTC) in which the number of people planned in role line is the same."""

    start: datetime
    end: datetime
    planned: int


def coverage(rota: Rota, a: datetime, b: datetime) -> tuple[Stretch, ...]:
    """The open time between two aware instants, in order, divided exactly where the number of people changes."""
    duty = [one for one in timeline(rota, a, b) if one.role == "line"]
    found: list[Stretch] = []
    for window in opening(rota, a, b):
        inside = {at for one in duty for at in (one.start, one.end) if window.start < at < window.end}
        for start, end in pairwise([window.start, *sorted(inside), window.end]):
            planned = len({one.consultant for one in duty if one.start <= start < one.end})
            if found and found[-1].end == start and found[-1].planned == planned:
                start = found.pop().start
            found.append(Stretch(start, end, planned))
    return tuple(found)


def fewest(rota: Rota, a: datetime, b: datetime) -> int | None:
    """The fewest people planned at any open moment between two aware instants; None when the line is closed."""
    return min((one.planned for one in coverage(rota, a, b)), default=None)
