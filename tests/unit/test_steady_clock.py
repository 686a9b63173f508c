"""The clock of a process that serves takes no steps, so that no wait ends before its time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.steady_clock import AT_ONCE_S, LONGEST_STEP_S, RATE, SteadyClock

NOON = datetime(2027, 6, 8, 10, 0, tzinfo=UTC)
SMALL_STEPS = st.floats(-LONGEST_STEP_S, LONGEST_STEP_S).filter(lambda step_s: abs(step_s) > AT_ONCE_S)


class Machine:
    """A machine whose clock can be set; its counter cannot."""

    def __init__(self) -> None:
        self.counted_s, self.ahead_s = 5000.0, 0.0
        self.clock = SteadyClock(
            lambda: NOON.timestamp() + self.counted_s - 5000.0 + self.ahead_s, lambda: self.counted_s
        )

    def shows_after(self, seconds: float) -> float:
        """Seconds since noon."""
        self.counted_s += seconds
        return (self.clock.now() - NOON).total_seconds()


@given(SMALL_STEPS, st.lists(st.floats(0.01, 20), min_size=1, max_size=20))
def test_a_wait_is_hardly_shorter_or_longer_when_the_clock_is_set_meanwhile(step_s: float, waits: list[float]) -> None:
    machine = Machine()
    machine.shows_after(0)
    machine.ahead_s = step_s
    shown = 0.0
    for wait_s in waits:
        before, shown = shown, machine.shows_after(wait_s)
        assert shown - before == pytest.approx(wait_s, rel=RATE + 1e-6, abs=AT_ONCE_S + 1e-3)


@given(SMALL_STEPS)
def test_in_the_end_it_shows_what_the_machine_shows(step_s: float) -> None:
    machine = Machine()
    machine.ahead_s = step_s
    for _ in range(round(LONGEST_STEP_S / RATE / 10) + 1):
        shown = machine.shows_after(10)
    assert shown == pytest.approx(machine.counted_s - 5000.0 + step_s, abs=1e-3)


@pytest.mark.parametrize("step_s", [-86400, -LONGEST_STEP_S - 1, LONGEST_STEP_S + 1, 86400])
def test_a_great_step_is_believed_at_once(step_s: float) -> None:
    machine = Machine()
    machine.ahead_s = step_s
    assert machine.shows_after(1) == pytest.approx(1 + step_s, abs=1e-3)


def test_the_first_word_of_the_database_is_believed_at_once() -> None:
    machine = Machine()
    machine.ahead_s = -900
    machine.clock.set_by(lambda: NOON)
    assert machine.shows_after(3) == pytest.approx(3, abs=1e-3)


@pytest.mark.parametrize("step_s", [-900, -20, 20, 900])
def test_the_machines_clock_is_not_looked_at_while_the_database_says_the_time(step_s: float) -> None:
    machine = Machine()
    machine.clock.set_by(lambda: NOON)
    machine.ahead_s = step_s
    assert machine.shows_after(60) == pytest.approx(60, abs=1e-3)


def test_an_answer_that_took_long_changes_nothing_within_that_time() -> None:
    machine = Machine()
    machine.clock.set_by(lambda: NOON)

    def slow() -> datetime:
        machine.counted_s += 4
        return NOON + timedelta(seconds=4)  # it was read at the end

    machine.clock.set_by(slow)
    assert machine.shows_after(0) == pytest.approx(4, abs=1e-3)


def test_two_hosts_whose_clocks_differ_show_the_same_time() -> None:
    ahead, behind = Machine(), Machine()
    ahead.ahead_s, behind.ahead_s = 50, -50
    for machine in (ahead, behind):
        machine.clock.set_by(lambda: NOON)
    assert ahead.shows_after(10) == pytest.approx(behind.shows_after(10), abs=1e-3)
