"""Test clocks advance as set, in UTC only."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.clock import SystemClock, VirtualClock, stopwatch


def test_the_machines_clock_speaks_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_virtual_clock_stands_still_until_it_is_moved(clock: VirtualClock) -> None:
    before = clock.now()
    assert clock.now() == before
    clock.advance(90)
    assert clock.now() == before + timedelta(seconds=90)
    clock.move_to(before + timedelta(days=1))
    assert clock.now() == before + timedelta(days=1)


def test_time_does_not_go_back(clock: VirtualClock) -> None:
    before = clock.now()
    with pytest.raises(ValueError, match="time does not go back"):
        clock.advance(-1)
    assert clock.now() == before


def test_a_virtual_day_of_the_clock_change_has_its_hours_in_utc() -> None:
    clock = VirtualClock(datetime(2027, 3, 28, 0, 59, tzinfo=UTC))
    clock.advance(120)
    assert clock.now() == datetime(2027, 3, 28, 1, 1, tzinfo=UTC)


def test_the_stopwatch_never_runs_backwards() -> None:
    marks = [stopwatch() for _ in range(1000)]
    assert marks == sorted(marks)
