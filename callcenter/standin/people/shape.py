"""Arrivals, patience and talk times, drawn from the quantiles of a real month of calls."""

import json
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from random import Random


@dataclass(frozen=True)
class Quantiles:
    """A distribution as equally spaced quantiles from 0 to 1, drawn by linear interpolation."""

    values: tuple[float, ...]

    def at(self, share: float) -> float:
        """The value below which this share (0..1) lies."""
        place = share * (len(self.values) - 1)
        low = min(int(place), len(self.values) - 2)
        return self.values[low] + (self.values[low + 1] - self.values[low]) * (place - low)

    def at_most(self, limit: float) -> "Quantiles":
        """The same distribution, with values above the limit lowered to it."""
        return Quantiles(tuple(min(value, limit) for value in self.values))

    def draw(self, rng: Random) -> float:
        return self.at(rng.random())


@dataclass(frozen=True)
class CallShape:
    """The distribution of arrivals, patience and talks, in seconds.

    half_hours: pairs of a half-hour's start (second of the day) and its share of the day's calls.
    """

    half_hours: tuple[tuple[int, float], ...]
    patience: Quantiles
    talk: Quantiles
    redial_share: float
    redial_mean_s: float

    def redial_after_s(self, rng: Random) -> float | None:
        """Draw after how many seconds a caller who gave up rings again, from 15 to 3600; None: not at all."""
        if rng.random() >= self.redial_share:
            return None
        return min(3600.0, max(15.0, rng.expovariate(1 / self.redial_mean_s)))

    @classmethod
    def from_json(cls, text: str) -> "CallShape":
        """Read the output of `callcenter/demo/derive_shape.py`."""
        raw = json.loads(text)
        halves = tuple((_seconds(start), float(share)) for start, share in raw["half_hours"].items())
        return cls(
            halves,
            Quantiles(tuple(raw["patience_s"])),
            Quantiles(tuple(raw["talk_s"])),
            float(raw["redial_share"]),
            float(raw["redial_mean_s"]),
        )

    def arrivals(self, rng: Random, calls: int, opens_s: int = 0, closes_s: int = 86_400) -> list[float]:
        """Draw the seconds of the day at which calls arrive, sorted, in the half-hours between the two bounds."""
        within = [(start, share) for start, share in self.half_hours if opens_s <= start < closes_s]
        ends = list(accumulate(share for _, share in within))
        found = []
        for _ in range(calls):
            start, _share = within[min(bisect_right(ends, rng.random() * ends[-1]), len(within) - 1)]
            found.append(start + rng.random() * 1800)
        return sorted(found)


def _seconds(clock_time: str) -> int:
    hours, minutes = clock_time.split(":")
    return int(hours) * 3600 + int(minutes) * 60
