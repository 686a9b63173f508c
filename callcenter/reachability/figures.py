"""Counts calls and callbacks, and computes reachability and the other figures from the counts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from callcenter.reachability import day_resampling, waits
from callcenter.reachability.day_resampling import Counts

# Below this number of calls, a school's figures are counts only: a share would mean little and point at persons.
MIN_CALLS = 10
# A municipality promises a person within this many seconds (VNG, model charter of municipal service).
CHARTER_S = 25


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one period. A share or percentile is None without calls. Waits are in seconds.

    offered: calls that count; answered: those that a consultant took;
    low, high: the 95% interval of reachability; interval: what it comes from, "calls" or "days" (day_resampling.py);
    service_level: answered in time divided by offered; service_level_answered: divided by answered;
    answered_in_charter: offered calls taken within 25 s;
    wait_p50_s, wait_p90_s: over all offered calls, until connected, message or gone;
    to_person_p50_s, to_person_p90_s: until half and nine in ten of the callers have a person (Kaplan-Meier); None also
    when not that many are ever reached, or when the days are from before such waits were stored;
    gave_up_p50_s, gave_up_p90_s: until those who reached nobody were gone or left a message;
    callbacks_due: times promised to callers that have passed or are kept; callbacks_in_time: those kept in time, the
    others are broken;
    called_back, called_back_in_two_days: promises made whose two working days are over or that are kept, and those
    kept within two working days;
    helped, helped_of: offered calls whose caller reached a person, or was spoken to before the promised time; out of
    those that are no longer open;
    callers, callers_helped: callers of a day, each once however often they rang, and those of them who were helped;
    outcomes: of the offered calls.
    """

    offered: int
    answered: int
    answered_in_time: int
    reachability: float | None
    low: float | None
    high: float | None
    interval: str | None
    service_level: float | None
    service_level_answered: float | None
    answered_in_charter: int
    wait_p50_s: float | None
    wait_p90_s: float | None
    to_person_p50_s: float | None
    to_person_p90_s: float | None
    gave_up_p50_s: float | None
    gave_up_p90_s: float | None
    callbacks_due: int
    callbacks_in_time: int
    called_back: int
    called_back_in_two_days: int
    helped: int
    helped_of: int
    callers: int
    callers_helped: int
    outcomes: Mapping[str, int]

    @property
    def unreached(self) -> int:
        """Offered calls whose caller did not reach a person."""
        return self.offered - self.answered


# The counts that are plain sums, as stored.
_SUMS = ("offered", "answered", "answered_in_time", "callbacks_due", "callbacks_in_time")
# Those that days rolled up before step 0014 lack.
_LATER_SUMS = ("called_back", "called_back_in_two_days", "helped", "helped_of", "callers", "callers_helped")
_ALL_SUMS = (*_SUMS, *_LATER_SUMS)
SHAPE = 2  # of stored counts; see `roll_up`


@dataclass
class Tally:
    """Counts of calls and callbacks that can be added up; the names are those of Figures.

    waits: number of offered calls by wait in tenths of a second, so that sums stay exact; answered_waits: of those, the
    answered ones; complete: no day is among them that was rolled up without answered_waits;
    days: answered and offered by local day; outcomes: of the calls that count; uncounted: outcomes of the others
    (closed hours, rejected, short abandons).
    """

    offered: int = 0
    answered: int = 0
    answered_in_time: int = 0
    callbacks_due: int = 0
    callbacks_in_time: int = 0
    called_back: int = 0
    called_back_in_two_days: int = 0
    helped: int = 0
    helped_of: int = 0
    callers: int = 0
    callers_helped: int = 0
    complete: bool = True
    waits: Counter[int] = field(default_factory=Counter)
    answered_waits: Counter[int] = field(default_factory=Counter)
    days: dict[date, Counts] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    uncounted: Counter[str] = field(default_factory=Counter)

    def count_call(self, outcome: str, counted: bool, wait_s: float | None, in_time: bool | None, day: date) -> None:
        """Count one call with an outcome.

        counted: it is an offered call; wait_s: seconds until connected or gone; in_time: answered within the service
        level; day: the local day on which it came in.
        """
        if not counted:
            self.uncounted[outcome] += 1
            return
        self.offered += 1
        self.outcomes[outcome] += 1
        answered = outcome == "answered"
        if wait_s is not None:
            self.waits[round(wait_s * 10)] += 1
            if answered:
                self.answered_waits[round(wait_s * 10)] += 1
        self.answered += answered
        self.answered_in_time += answered and bool(in_time)
        self._add_day(day, (int(answered), 1))

    def count_help(self, is_helped: bool | None) -> None:
        """Count whether the caller of an offered call was helped; None: that is still open."""
        self.helped += bool(is_helped)
        self.helped_of += is_helped is not None

    def count_caller(self, is_helped: bool) -> None:
        """Count one caller of one day."""
        self.callers += 1
        self.callers_helped += is_helped

    def count_callback(self, in_time: bool) -> None:
        """Count one promised time that has passed, or is kept."""
        self.callbacks_due += 1
        self.callbacks_in_time += in_time

    def count_called_back(self, in_two_days: bool) -> None:
        """Count one promise whose two working days are over, or that is kept."""
        self.called_back += 1
        self.called_back_in_two_days += in_two_days

    def add(self, other: "Tally") -> None:
        """Add another tally's counts."""
        for name in _ALL_SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.complete = self.complete and other.complete
        self.waits.update(other.waits)
        self.answered_waits.update(other.answered_waits)
        for day, counts in other.days.items():
            self._add_day(day, counts)
        self.outcomes.update(other.outcomes)
        self.uncounted.update(other.uncounted)

    def _add_day(self, day: date, counts: Counts) -> None:
        answered, offered = self.days.get(day, (0, 0))
        self.days[day] = answered + counts[0], offered + counts[1]

    def figures(self, min_calls: int = 1) -> Figures:
        """The figures of the counts. With fewer than `min_calls` offered calls, only the counts."""
        shown = self.offered >= max(min_calls, 1)
        low, high, kind = (day_resampling.interval(self.days) if shown else None) or (None, None, None)
        gave_up = self.waits - self.answered_waits
        known = shown and self.complete

        def to_person(share: float) -> float | None:
            return waits.time_to_person(self.answered_waits, gave_up, share) if known else None

        return Figures(
            **{name: getattr(self, name) for name in _ALL_SUMS},
            reachability=self.answered / self.offered if shown else None,
            low=low,
            high=high,
            interval=kind,
            service_level=self.answered_in_time / self.offered if shown else None,
            service_level_answered=self.answered_in_time / self.answered if shown and self.answered else None,
            answered_in_charter=waits.within(self.answered_waits, CHARTER_S),
            wait_p50_s=waits.percentile(self.waits, 0.5) if shown else None,
            wait_p90_s=waits.percentile(self.waits, 0.9) if shown else None,
            to_person_p50_s=to_person(0.5),
            to_person_p90_s=to_person(0.9),
            gave_up_p50_s=waits.percentile(gave_up, 0.5) if known else None,
            gave_up_p90_s=waits.percentile(gave_up, 0.9) if known else None,
            outcomes=dict(self.outcomes),
        )

    def to_json(self) -> dict[str, Any]:
        """The counts of one local day as JSON values, to be stored for a day that is over."""
        return {
            **{name: getattr(self, name) for name in _ALL_SUMS},
            "waits": {str(tenths): n for tenths, n in sorted(self.waits.items())},
            "answered_waits": {str(tenths): n for tenths, n in sorted(self.answered_waits.items())},
            "outcomes": dict(self.outcomes),
            "uncounted": dict(self.uncounted),
        }

    def add_json(self, rows: Sequence[Mapping[str, Any]], day: date) -> None:
        """Add the counts of a local day, each from `to_json`. One chart reads years of them, so no Tally is built for
        each."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + sum(row[name] for row in rows))
        for name in _LATER_SUMS:
            setattr(self, name, getattr(self, name) + sum(row.get(name, 0) for row in rows))
        self.complete = self.complete and all("answered_waits" in row or not row["offered"] for row in rows)
        for row in rows:
            for tenths, n in row["waits"].items():
                self.waits[int(tenths)] += n
            for tenths, n in row.get("answered_waits", {}).items():
                self.answered_waits[int(tenths)] += n
            if row["offered"]:
                self._add_day(day, (row["answered"], row["offered"]))
            for outcome, n in row["outcomes"].items():
                self.outcomes[outcome] += n
            for outcome, n in row["uncounted"].items():
                self.uncounted[outcome] += n


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of tallies."""
    result = Tally()
    for tally in tallies:
        result.add(tally)
    return result
