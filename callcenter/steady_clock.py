"""The clock of a process that serves: what time is it, although the machine's clock may be set while it runs?

Ends of rings, leases and claims are instants, and other processes judge them. If the clock were set while a mobile
rings, its ring would seem to be over, and the mobile would ring twice. So a process counts time by the machine's
monotonic counter, and a reference says what time it was at one of the counts: the database's clock on PostgreSQL, which
is the same for all hosts, and the machine's own on SQLite.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

# A difference under this is followed at once: it is no step, and nothing here is that short.
AT_ONCE_S = 0.5
# A greater one is approached, as time services do: by this many seconds in each second that passes, so that a wait of
# ten seconds ends at most one second early or late.
RATE = 0.1
# A still greater one would take too long, and is taken at once: `schedules.clock_steps` mends what that moves.
LONGEST_STEP_S = 120.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What the clock showed last. offset_s: seconds from the counter to the time of day; counter_s: when that was."""

    offset_s: float
    counter_s: float


def followed(last: Reading, target_s: float, counter_s: float) -> Reading:
    """The reading at a later count, on the way from the last one to the reference's offset (target_s)."""
    away_s = target_s - last.offset_s
    most_s = max(counter_s - last.counter_s, 0.0) * RATE
    if AT_ONCE_S < abs(away_s) <= LONGEST_STEP_S and abs(away_s) > most_s:
        return Reading(last.offset_s + (most_s if away_s > 0 else -most_s), counter_s)
    return Reading(target_s, counter_s)


class SteadyClock:
    """A clock without steps of up to LONGEST_STEP_S. It follows the machine's clock until `set_by` gives a reference.

    wall, counter: seconds of the machine's clock, and of a counter that nobody sets.
    """

    def __init__(self, wall: Callable[[], float] = time.time, counter: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._counter = wall, counter
        self._reference_s: float | None = None
        self._last = Reading(wall() - counter(), counter())

    def now(self) -> datetime:
        """The present instant as an aware UTC datetime."""
        counter_s = self._counter()
        target_s = self._wall() - counter_s if self._reference_s is None else self._reference_s
        # Threads may replace each other's reading: each is right.
        self._last = reading = followed(self._last, target_s, counter_s)
        return datetime.fromtimestamp(counter_s + reading.offset_s, UTC)

    def set_by(self, ask: Callable[[], datetime]) -> None:
        """Take the time of another clock as the reference. ask: reads it, which may take a while.

        The first one is believed at once, since nothing was done by this clock before.
        """
        before_s = self._counter()
        there = ask().timestamp()
        after_s = self._counter()
        offset_s = there - (before_s + after_s) / 2
        if self._reference_s is None:
            self._reference_s, self._last = offset_s, Reading(offset_s, after_s)
        # It was read at some moment between: a difference within that time is none.
        elif abs(offset_s - self._reference_s) > after_s - before_s:
            self._reference_s = offset_s
