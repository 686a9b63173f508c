"""How does the demo run from start to end? It lives the past days, then goes on live at a pace that can be watched."""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Engine

from callcenter.clock import VirtualClock
from callcenter.demo.days import Course, OpenDay, next_open_day
from callcenter.demo.furnish import LOGINS, Furniture, demo_shape, furnish
from callcenter.demo.living import LivedOffice
from callcenter.demo.story import Story
from callcenter.settings import Settings

# Jobs run so many times slower than in production, over lived days and over nights: their work is found due later.
_DAY_PACE, _NIGHT_PACE = 40, 10_000
# Last callbacks are made and last messages fetched after closing; before opening the digest is sent.
_AFTER_CLOSING, _BEFORE_OPENING = timedelta(minutes=60), timedelta(minutes=30)
# Live, the line is watched being closed for so long; then the next morning comes.
_CLOSED_LIVE = timedelta(minutes=5)
_SLICE, _NIGHT_SLICE = timedelta(minutes=10), timedelta(hours=6)


class Demo:
    """One office with a past, a present and everybody who rings it. `live_past` first, then `live_on`."""

    def __init__(self, settings: Settings, engine: Engine, the_course: Course, seed: int) -> None:
        self._course = the_course
        self._clock = VirtualClock(the_course.starts_at)
        self._office = LivedOffice(settings, self._clock, engine, pace=_DAY_PACE, keep_log=False, seed=seed)
        with self._office.office.sessions.begin() as session:
            self.furniture: Furniture = furnish(session, self._clock.now())
        self._story = Story(self._office, self.furniture, demo_shape(), seed)
        self.app = self._office.app
        self.app.config["DEMO_LOGINS"] = LOGINS
        self.standin = self._office.standin

    @property
    def steps(self) -> int:
        """How many times `live_past` tells of its progress."""
        return sum(len(_slices(start, end, _SLICE)) for _, start, end in self._stretches())

    def live_past(self, stop: threading.Event, step: Callable[[date], None]) -> None:
        """Live up to the present in virtual time; `step` is told the day each time a piece of it is done."""
        with _seldom_collected():
            for day, start, end in self._stretches():
                self._skip_to(start, stop)
                self._office.hurry(_DAY_PACE)
                self._story.plan_day(day, end)
                for instant in _slices(start, end, _SLICE):
                    if stop.is_set():
                        return
                    self._office.standin.run_until(instant)
                    step(day.day)

    def live_on(self, stop: threading.Event, speed: float) -> None:
        """Live at `speed` times real time until `stop` is set. Nights are skipped."""
        day = self._course.live_day
        while not stop.is_set():
            self._office.go_live()
            until = day.closes_at + _CLOSED_LIVE
            self._story.go_live(speed, until)
            self._office.standin.world.run_paced(stop, speed, until=partial(self._is_past, until))
            day = next_open_day(self.furniture.rota, day.day)
            self._skip_to(day.opens_at - timedelta(minutes=1), stop)
            self._story.plan_breaks(day)

    def _is_past(self, instant: datetime) -> bool:
        return self._clock.now() >= instant

    def _stretches(self) -> list[tuple[OpenDay, datetime, datetime]]:
        whole = [(day, day.opens_at - _BEFORE_OPENING, day.closes_at + _AFTER_CLOSING) for day in self._course.past]
        today = self._course.live_day
        return [*whole, (today, today.opens_at - _BEFORE_OPENING, self._course.live_from)]

    def _skip_to(self, instant: datetime, stop: threading.Event) -> None:
        """A night or a weekend passes quickly: nobody rings, jobs have a turn now and then."""
        self._office.hurry(_NIGHT_PACE)
        for at in _slices(self._clock.now(), instant, _NIGHT_SLICE):
            if stop.is_set():
                return
            self._office.standin.run_until(at)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Look for garbage in circles seldom while days are lived fast: there is little, and looking costs an eighth."""
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
    """The ends of the pieces into which a stretch of time is cut."""
    ends = []
    at = start
    while at < end:
        at = min(end, at + length)
        ends.append(at)
    return ends
