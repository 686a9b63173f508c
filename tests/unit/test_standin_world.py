"""Virtual and paced time: events run in order, each at its instant."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.clock import SystemClock, VirtualClock
from callcenter.standin.world import World

START = datetime(2027, 6, 8, 8, tzinfo=UTC)


def a_world() -> World:
    return World(VirtualClock(START))


def test_events_happen_in_order_and_at_their_instant() -> None:
    world = a_world()
    seen: list[tuple[str, float]] = []

    def note(name: str) -> None:
        seen.append((name, (world.now() - START).total_seconds()))

    world.call_later(5, lambda: note("late"))
    world.call_later(1, lambda: note("first"))
    world.call_later(1, lambda: note("second"))
    world.call_at(START + timedelta(seconds=3), lambda: note("middle"))
    world.run_for(4)
    assert seen == [("first", 1), ("second", 1), ("middle", 3)]
    assert world.now() == START + timedelta(seconds=4)


def test_an_event_called_off_does_not_happen() -> None:
    world, seen = a_world(), []
    world.call_later(1, lambda: seen.append("x")).cancel()
    world.run_for(2)
    assert not seen


def test_a_job_repeats_until_it_is_called_off() -> None:
    world, seen = a_world(), []
    job = world.every(10, lambda: seen.append(world.now()))
    world.run_for(35)
    job.cancel()
    world.run_for(60)
    assert [(at - START).total_seconds() for at in seen] == [10, 20, 30]


def test_a_conditional_job_sleeps_while_its_condition_is_false() -> None:
    world, seen, busy = a_world(), [], [False]
    world.every(1, lambda: seen.append(world.now()), only_when=lambda: busy[0])
    world.run_for(3600)
    assert not seen
    world.call_later(10, lambda: busy.__setitem__(0, True))
    world.call_later(15.5, lambda: busy.__setitem__(0, False))
    world.run_for(3600)
    assert len(seen) == 5


def test_living_on_while_something_holds_stops_at_the_limit() -> None:
    world = a_world()
    world.every(1, lambda: None)
    with pytest.raises(TimeoutError):
        world.run_while(lambda: True, limit_s=60)
    world.run_while(lambda: world.now() < START + timedelta(seconds=90))
    assert (world.now() - START).total_seconds() == 90


def test_a_paced_world_takes_events_from_other_threads() -> None:
    world, stop = World(SystemClock()), threading.Event()
    live = threading.Thread(target=world.run_paced, args=(stop,))
    live.start()
    done = threading.Event()
    world.call_later(0, done.set)
    assert done.wait(5)
    stop.set()
    live.join(5)
    assert not live.is_alive()


def test_a_paced_virtual_clock_runs_at_its_speed() -> None:
    world, stop = a_world(), threading.Event()
    world.call_later(60, stop.set)
    world.run_paced(stop, speed=600)
    assert 60 <= (world.now() - START).total_seconds() < 600


def test_an_event_that_fails_does_not_end_a_paced_world(caplog: pytest.LogCaptureFixture) -> None:
    world, stop = a_world(), threading.Event()
    world.call_later(0.1, lambda: 1 / 0)
    world.call_later(0.2, stop.set)
    world.run_paced(stop, speed=10)
    assert "an event of the stand-in failed" in caplog.text
