"""Runs the demo: simulates the past days, then goes on live at a speed that can be watched."""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Engine

from callcenter.clock import VirtualClock
from callcenter.demo.days import DemoPeriod, OpenDay, next_open_day
from callcenter.demo.fixtures import LOGINS, Fixtures, demo_shape, load_fixtures
from callcenter.demo.scenario import Scenario
from callcenter.demo.simulated_office import SimulatedOffice
from callcenter.settings import Settings

# How many times slower than in production jobs run over simulated days and over nights.
_DAY_PACE, _NIGHT_PACE = 40, 10_000
# After closing the last callbacks are made and messages fetched; before opening the digest is sent.
_AFTER_CLOSING, _BEFORE_OPENING = timedelta(minutes=60), timedelta(minutes=30)
# How long the closed line is shown live before the clock skips to the next morning.
_CLOSED_LIVE = timedelta(minutes=5)
_SLICE, _NIGHT_SLICE = timedelta(minutes=10), timedelta(hours=6)


class Demo:
    """One simulated office and its callers. Call `simulate_past` first, then `run_live`."""

    def __init__(self, settings: Settings, engine: Engine, period: DemoPeriod, seed: int) -> None:
        self._period = period
        self._clock = VirtualClock(period.starts_at)
        self._office = SimulatedOffice(settings, self._clock, engine, pace=_DAY_PACE, keep_log=False, seed=seed)
        with self._office.office.sessions.begin() as session:
            self.fixtures: Fixtures = load_fixtures(session, self._clock.now())
        self._scenario = Scenario(self._office, self.fixtures, demo_shape(), seed)
        self.app = self._office.app
        self.app.config["DEMO_LOGINS"] = LOGINS
        self.standin = self._office.standin

    @property
    def steps(self) -> int:
        """How many times `simulate_past` calls `step`."""
        return sum(len(_slices(start, end, _SLICE)) for _, start, end in self._stretches())

    def simulate_past(self, stop: threading.Event, step: Callable[[date], None]) -> None:
        """Simulate the past up to the present in virtual time.

        stop: ends it early; step: called with the day after each simulated slice of it.
        """
        with _seldom_collected():
            for day, start, end in self._stretches():
                self._skip_to(start, stop)
                self._office.fast_forward(_DAY_PACE)
                self._scenario.plan_day(day, end)
                for instant in _slices(start, end, _SLICE):
                    if stop.is_set():
                        return
                    self._office.standin.run_until(instant)
                    step(day.day)

    def run_live(self, stop: threading.Event, speed: float) -> None:
        """Run at `speed` times real time until `stop` is set. Nights are skipped."""
        day = self._period.live_day
        while not stop.is_set():
            self._office.go_live()
            until = day.closes_at + _CLOSED_LIVE
            self._scenario.go_live(speed, until)
            self._office.standin.world.run_paced(stop, speed, until=partial(self._is_past, until))
            day = next_open_day(self.fixtures.rota, day.day)
            self._skip_to(day.opens_at - timedelta(minutes=1), stop)
            self._scenario.plan_breaks(day)

    def _is_past(self, instant: datetime) -> bool:
        return self._clock.now() >= instant

    def _stretches(self) -> list[tuple[OpenDay, datetime, datetime]]:
        whole = [(day, day.opens_at - _BEFORE_OPENING, day.closes_at + _AFTER_CLOSING) for day in self._period.past]
        today = self._period.live_day
        return [*whole, (today, today.opens_at - _BEFORE_OPENING, self._period.live_from)]

    def _skip_to(self, instant: datetime, stop: threading.Event) -> None:
        """Skip a night or a weekend: nobody calls, and jobs run a few times."""
        self._office.fast_forward(_NIGHT_PACE)
        for at in _slices(self._clock.now(), instant, _NIGHT_SLICE):
            if stop.is_set():
                return
            self._office.standin.run_until(at)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Collect garbage less often during the simulation: there are few cycles, and collections take an eighth of it."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _slices(start: datetime, end: datetime, length: timedelta) -> list[datetime]:
    """Split a period into slices of at most this length, and return their ends."""
    ends = []
    at = start
    while at < end:
        at = min(end, at + length)
        ends.append(at)
    return ends
