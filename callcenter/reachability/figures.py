"""Counts calls and callbacks, and computes reachability and the other figures from the counts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from callcenter.reachability.wilson import interval

# Below this number of calls, a school's figures are counts only: a share would mean little and point at persons.
MIN_CALLS = 10


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one period. A share or percentile is None without calls.

    offered: calls that count; answered: those that a consultant took; low, high: Wilson's 95% interval of reachability;
    service_level: answered in time divided by offered; service_level_answered: divided by answered;
    wait_p50_s, wait_p90_s: seconds, over all offered calls; callbacks_due: times promised to callers that have passed
    or are kept; callbacks_in_time: those kept in time, the others are broken; outcomes: of the offered calls.
    """

    offered: int
    answered: int
    answered_in_time: int
    reachability: float | None
    low: float | None
    high: float | None
    service_level: float | None
    service_level_answered: float | None
    wait_p50_s: float | None
    wait_p90_s: float | None
    callbacks_due: int
    callbacks_in_time: int
    outcomes: Mapping[str, int]


@dataclass
class Tally:
    """Counts of calls and callbacks that can be added up.

    waits: number of calls by wait in tenths of a second, so that sums stay exact; outcomes: of the calls that count;
    uncounted: outcomes of the others (closed hours, rejected, short abandons).
    """

    offered: int = 0
    answered: int = 0
    answered_in_time: int = 0
    callbacks_due: int = 0
    callbacks_in_time: int = 0
    waits: Counter[int] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    uncounted: Counter[str] = field(default_factory=Counter)

    def count_call(self, outcome: str, counted: bool, wait_s: float | None, service_level_s: float) -> None:
        """Count one call with an outcome. counted: it is an offered call; wait_s: seconds until connected or gone."""
        if not counted:
            self.uncounted[outcome] += 1
            return
        self.offered += 1
        self.outcomes[outcome] += 1
        if wait_s is not None:
            self.waits[round(wait_s * 10)] += 1
        if outcome == "answered":
            self.answered += 1
            self.answered_in_time += wait_s is not None and wait_s <= service_level_s

    def count_callback(self, in_time: bool) -> None:
        """Count one promised time that has passed, or is kept."""
        self.callbacks_due += 1
        self.callbacks_in_time += in_time

    def add(self, other: "Tally") -> None:
        """Add another tally's counts."""
        self.offered += other.offered
        self.answered += other.answered
        self.answered_in_time += other.answered_in_time
        self.callbacks_due += other.callbacks_due
        self.callbacks_in_time += other.callbacks_in_time
        self.waits.update(other.waits)
        self.outcomes.update(other.outcomes)
        self.uncounted.update(other.uncounted)

    def figures(self, min_calls: int = 1) -> Figures:
        """The figures of the counts. With fewer than `min_calls` offered calls, only the counts."""
        shown = self.offered >= max(min_calls, 1)
        bounds = interval(self.answered, self.offered) if shown else None
        return Figures(
            offered=self.offered,
            answered=self.answered,
            answered_in_time=self.answered_in_time,
            reachability=self.answered / self.offered if shown else None,
            low=bounds[0] if bounds else None,
            high=bounds[1] if bounds else None,
            service_level=self.answered_in_time / self.offered if shown else None,
            service_level_answered=self.answered_in_time / self.answered if shown and self.answered else None,
            wait_p50_s=percentile(self.waits, 0.5) if shown else None,
            wait_p90_s=percentile(self.waits, 0.9) if shown else None,
            callbacks_due=self.callbacks_due,
            callbacks_in_time=self.callbacks_in_time,
            outcomes=dict(self.outcomes),
        )

    def to_json(self) -> dict[str, Any]:
        """The counts as JSON values, to be stored for a day that is over."""
        return {
            "offered": self.offered,
            "answered": self.answered,
            "answered_in_time": self.answered_in_time,
            "callbacks_due": self.callbacks_due,
            "callbacks_in_time": self.callbacks_in_time,
            "waits": {str(tenths): n for tenths, n in sorted(self.waits.items())},
            "outcomes": dict(self.outcomes),
            "uncounted": dict(self.uncounted),
        }

    def add_json(self, stored: Mapping[str, Any]) -> None:
        """Add counts from `to_json`. One chart reads years of them, so no Tally is built for each."""
        self.offered += stored["offered"]
        self.answered += stored["answered"]
        self.answered_in_time += stored["answered_in_time"]
        self.callbacks_due += stored["callbacks_due"]
        self.callbacks_in_time += stored["callbacks_in_time"]
        for tenths, n in stored["waits"].items():
            self.waits[int(tenths)] += n
        for outcome, n in stored["outcomes"].items():
            self.outcomes[outcome] += n
        for outcome, n in stored["uncounted"].items():
            self.uncounted[outcome] += n


def percentile(waits: Mapping[int, int], share: float) -> float | None:
    """The wait in seconds that a `share` (0..1) of the calls did not exceed; None without calls. waits: in tenths.

    By the nearest-rank definition, so it is always a wait that occurred, equal for stored counts and for calls.
    """
    total = sum(waits.values())
    if not total:
        return None
    rank = max(1, ceil(share * total))
    for tenths in sorted(waits):
        rank -= waits[tenths]
        if rank <= 0:
            return tenths / 10
    raise AssertionError("a rank within the total is always found")


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of tallies."""
    result = Tally()
    for tally in tallies:
        result.add(tally)
    return result
