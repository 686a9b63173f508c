"""A job keeps its pace by a monotonic counter, whatever happens to the clock."""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from callcenter.clock import VirtualClock
from schedules.scheduler import LOOK_EVERY_S, keep_pace, left_s

DAY_S = 86_400.0
HOUR_S = 3_600.0


@dataclass
class Machine:
    """A machine whose counter runs steadily and whose clock can be set. It is switched off at `off_s`.

    set_at: by how many seconds the clock is set when the counter reaches a second. A machine that sleeps looks like one
    whose clock is set ahead: the counter stops meanwhile.
    """

    clock: VirtualClock
    off_s: float
    set_at: dict[float, float] = field(default_factory=dict)
    counted_s: float = 0

    def counter(self) -> float:
        return self.counted_s

    def passes(self, seconds: float) -> None:
        """Time passes."""
        until = self.counted_s + seconds
        for at in sorted(at for at in self.set_at if at <= until):
            self.clock.instant += timedelta(seconds=at - self.counted_s + self.set_at.pop(at))
            self.counted_s = at
        self.clock.instant += timedelta(seconds=until - self.counted_s)
        self.counted_s = until

    def wait(self, seconds: float) -> bool:
        self.passes(min(seconds, self.off_s - self.counted_s))
        return self.counted_s >= self.off_s

    def runs_of(
        self, every_s: float, run: Callable[[], object] = lambda: None, *, fails: Container[int] = ()
    ) -> list[float]:
        """The seconds at which a job with this interval starts. fails: the numbers of the runs that fail, from 1."""
        starts: list[float] = []

        def noted() -> bool:
            starts.append(self.counted_s)
            run()
            return len(starts) not in fails

        keep_pace(noted, every_s, self.clock, self.wait, self.counter)
        return starts


def test_a_job_runs_at_once_and_then_at_its_interval(clock: VirtualClock) -> None:
    assert Machine(clock, off_s=45).runs_of(15) == [0, 15, 30]


@pytest.mark.parametrize("back_s", [DAY_S, HOUR_S, 61.0], ids=["a day", "an hour", "a minute"])
def test_a_clock_that_is_set_back_makes_it_run_soon_and_then_at_its_interval(
    clock: VirtualClock, back_s: float
) -> None:
    first, second, third = Machine(clock, off_s=2 * HOUR_S, set_at={612: -back_s}).runs_of(HOUR_S)
    assert first == 0
    assert 612 <= second <= 612 + LOOK_EVERY_S
    assert third == second + HOUR_S


def test_a_clock_that_is_set_back_while_it_runs_does_not_stop_it(clock: VirtualClock) -> None:
    machine = Machine(clock, off_s=60, set_at={2: -DAY_S})
    assert machine.runs_of(15, lambda: machine.passes(3)) == [0, 3, 18, 33, 48]


def test_a_machine_that_slept_or_a_clock_that_jumped_ahead_makes_it_run_soon(clock: VirtualClock) -> None:
    _, second = Machine(clock, off_s=HOUR_S, set_at={612: 6 * HOUR_S}).runs_of(HOUR_S)
    assert 612 <= second <= 612 + LOOK_EVERY_S


def test_a_clock_set_by_seconds_changes_nothing(clock: VirtualClock) -> None:
    assert Machine(clock, off_s=46, set_at={7: -59, 20: 59}).runs_of(15) == [0, 15, 30, 45]


def test_a_run_longer_than_its_interval_is_followed_by_one_run_at_once(clock: VirtualClock) -> None:
    machine = Machine(clock, off_s=70)
    lengths: Iterator[float] = iter([50, 1, 1])
    assert machine.runs_of(15, lambda: machine.passes(next(lengths))) == [0, 50, 65]


def test_an_exception_does_not_end_it(clock: VirtualClock) -> None:
    def fails() -> None:
        raise MemoryError

    assert Machine(clock, off_s=35).runs_of(15, fails) == [0, 15, 30]


def test_a_run_that_failed_is_repeated_after_a_minute_if_its_interval_is_longer(clock: VirtualClock) -> None:
    assert Machine(clock, off_s=4000).runs_of(HOUR_S, fails={1, 2}) == [0, 60, 120, 3720]
    assert Machine(clock, off_s=45).runs_of(15, fails={1, 2}) == [0, 15, 30]


def test_it_ends_while_it_waits(clock: VirtualClock) -> None:
    waits: list[float] = []

    def ends(seconds: float) -> bool:
        waits.append(seconds)
        return True

    keep_pace(lambda: True, HOUR_S, clock, ends, lambda: 0.0)
    assert waits == [LOOK_EVERY_S]


def test_what_is_left_is_never_negative() -> None:
    assert [left_s(15, counted, counted) for counted in (0, 14, 15, 40)] == [15, 1, 0, 0]
