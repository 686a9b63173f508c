"""What happens next, and when? A heap of timed events under a clock that jumps (virtual) or keeps pace (real)."""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from callcenter.clock import Clock, VirtualClock, stopwatch

_log = logging.getLogger(__name__)
_LONGEST_NAP_S = 0.2  # a paced world moves its clock at least this often, so that pages see time pass


class Timer:
    """One thing to be done at an instant; can be called off."""

    __slots__ = ("at", "cancelled", "fn")

    def __init__(self, at: datetime, fn: Callable[[], object]) -> None:
        self.at = at
        self.fn = fn
        self.cancelled = False

    def cancel(self) -> None:
        """Call it off; harmless when it has been done already."""
        self.cancelled = True


class Repeating:
    """A job done every so many seconds, only while its condition holds."""

    __slots__ = ("cancelled", "fn", "only_when", "seconds")

    def __init__(self, seconds: float, fn: Callable[[], object], only_when: Callable[[], bool] | None) -> None:
        self.seconds = seconds
        self.fn = fn
        self.only_when = only_when
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class World:
    """The events still to come, in order. Everything that happens, happens under `lock`, one event at a time."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self._wake = threading.Condition(self.lock)
        self._heap: list[tuple[datetime, int, Timer]] = []
        self._order = itertools.count()
        self._parked: list[Repeating] = []
        self._paced = False

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        return self.clock.now()

    def call_later(self, delay_s: float, fn: Callable[[], object]) -> Timer:
        """Do `fn` after so many seconds; things due at one instant are done in the order they were asked."""
        with self.lock:
            timer = Timer(self.clock.now() + timedelta(seconds=max(0.0, delay_s)), fn)
            heapq.heappush(self._heap, (timer.at, next(self._order), timer))
            if self._paced:
                self._wake.notify_all()
            return timer

    def call_at(self, instant: datetime, fn: Callable[[], object]) -> Timer:
        """Do `fn` at an instant, or at once when that has passed."""
        return self.call_later((instant - self.clock.now()).total_seconds(), fn)

    def every(self, seconds: float, fn: Callable[[], object], only_when: Callable[[], bool] | None = None) -> Repeating:
        """Do `fn` every so many seconds. While `only_when()` is false the job sleeps and costs nothing."""
        job = Repeating(seconds, fn, only_when)
        if only_when is None:
            self.call_later(seconds, lambda: self._repeat(job))
        else:
            self._parked.append(job)
        return job

    def _repeat(self, job: Repeating) -> None:
        if job.cancelled:
            return
        if job.only_when is not None and not job.only_when():
            self._parked.append(job)
            return
        job.fn()
        self.call_later(job.seconds, lambda: self._repeat(job))

    def _unpark(self) -> None:
        for job in [job for job in self._parked if job.only_when is None or job.cancelled or job.only_when()]:
            self._parked.remove(job)
            if not job.cancelled:
                self.call_later(job.seconds, partial(self._repeat, job))

    def _step(self) -> None:
        with self.lock:
            at, _, timer = heapq.heappop(self._heap)
            if timer.cancelled:
                return
            self._move_clock(at)
            timer.fn()
            if self._parked:
                self._unpark()

    def _move_clock(self, instant: datetime) -> None:
        if isinstance(self.clock, VirtualClock) and instant > self.clock.instant:
            self.clock.instant = instant

    def run_until(self, instant: datetime) -> None:
        """Live up to an instant in virtual time, as fast as the machine can."""
        if self._parked:
            self._unpark()
        while self._heap and self._heap[0][0] <= instant:
            self._step()
        self._move_clock(instant)

    def run_for(self, seconds: float) -> None:
        """Live so many seconds of virtual time."""
        self.run_until(self.clock.now() + timedelta(seconds=seconds))

    def run_while(self, pred: Callable[[], bool], limit_s: float = 86_400) -> None:
        """Live on while the condition holds, at most `limit_s` of virtual time. Raises TimeoutError beyond it."""
        limit = self.clock.now() + timedelta(seconds=limit_s)
        if self._parked:
            self._unpark()
        while pred():
            if not self._heap:
                return
            if self._heap[0][0] > limit:
                raise TimeoutError(f"the condition still held after {limit_s} s of virtual time")
            self._step()

    def live_until(self, pred: Callable[[], bool]) -> None:
        """Live on until the condition holds; also from within an event, whose job has no other turn meanwhile.

        Raises RuntimeError when that takes time and the clock is the machine's: its events would come too early.
        """
        if pred():
            return
        if not isinstance(self.clock, VirtualClock):
            raise RuntimeError("only a virtual clock can be moved on while an answer is waited for")
        self.run_while(lambda: not pred())

    def run_paced(self, stop: threading.Event, speed: float = 1.0, until: Callable[[], bool] | None = None) -> None:
        """Live at `speed` times real time until `stop` is set or `until()` holds.

        A virtual clock is moved along; the machine's own clock needs speed 1. A failing event is logged, not fatal.
        """
        began, origin = stopwatch(), self.clock.now()
        self._paced = True
        try:
            while not stop.is_set() and not (until and until()):
                with self._wake:
                    self._move_clock(origin + timedelta(seconds=(stopwatch() - began) * speed))
                    if self._heap and self._heap[0][0] <= self.clock.now():
                        self._guarded_step()
                        continue
                    if self._parked:
                        self._unpark()
                    nap_s = _LONGEST_NAP_S
                    if self._heap:
                        nap_s = min(nap_s, (self._heap[0][0] - self.clock.now()).total_seconds() / speed)
                    self._wake.wait(max(0.001, nap_s))
        finally:
            self._paced = False

    def _guarded_step(self) -> None:
        try:
            self._step()
        except Exception:
            _log.exception("an event of the stand-in failed")
