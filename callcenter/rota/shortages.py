"""How many people are planned in each gap of the rota, and how many are needed."""

from dataclasses import dataclass
from datetime import datetime

from callcenter.rota.coverage import coverage
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
    needed = rota.policy.min_on_duty
    return tuple(
        Shortage(one.start, one.end, one.planned, needed) for one in coverage(rota, a, b) if one.planned < needed
    )
