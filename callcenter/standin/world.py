"""The world: a heap of timed events under a clock that jumps (virtual time) or keeps pace (real time)."""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from callcenter.clock import Clock, VirtualClock, stopwatch

_log = logging.getLogger(__name__)
_LONGEST_NAP_S = 0.2  # a paced world moves its clock at least this often, so that pages show the time


class Timer:
    """A function to be called at an instant."""

    __slots__ = ("at", "cancelled", "fn")

    def __init__(self, at: datetime, fn: Callable[[], object]) -> None:
        self.at = at
        self.fn = fn
        self.cancelled = False

    def cancel(self) -> None:
        """Do not call it. Does nothing when it has been called already."""
        self.cancelled = True


class Repeating:
    """A job that is done every `seconds` seconds, while its condition holds."""

    __slots__ = ("cancelled", "fn", "only_when", "seconds")

    def __init__(self, seconds: float, fn: Callable[[], object], only_when: Callable[[], bool] | None) -> None:
        self.seconds = seconds
        self.fn = fn
        self.only_when = only_when
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class World:
    """The coming events, in order. Events run one at a time, under `lock`."""

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
        """Call `fn` in `delay_s` seconds. Functions that are due at the same instant are called in order of request."""
        with self.lock:
            timer = Timer(self.clock.now() + timedelta(seconds=max(0.0, delay_s)), fn)
            heapq.heappush(self._heap, (timer.at, next(self._order), timer))
            if self._paced:
                self._wake.notify_all()
            return timer

    def call_at(self, instant: datetime, fn: Callable[[], object]) -> Timer:
        """Call `fn` at an instant, or at once when that has passed."""
        return self.call_later((instant - self.clock.now()).total_seconds(), fn)

    def every(self, seconds: float, fn: Callable[[], object], only_when: Callable[[], bool] | None = None) -> Repeating:
        """Call `fn` every `seconds` seconds. While `only_when()` is false, the job is parked and has no event."""
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
        """Run the events up to an instant of virtual time, as fast as the machine can."""
        if self._parked:
            self._unpark()
        while self._heap and self._heap[0][0] <= instant:
            self._step()
        self._move_clock(instant)

    def run_for(self, seconds: float) -> None:
        """Run `seconds` of virtual time."""
        self.run_until(self.clock.now() + timedelta(seconds=seconds))

    def run_while(self, pred: Callable[[], bool], limit_s: float = 86_400) -> None:
        """Run while the condition holds. Raises TimeoutError after `limit_s` seconds of virtual time."""
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
        """Run until the condition holds. May be called within an event, whose job is then not run again meanwhile.

        Raises RuntimeError when the condition does not hold yet and the clock is the machine's, since events would then
        run too early.
        """
        if pred():
            return
        if not isinstance(self.clock, VirtualClock):
            raise RuntimeError("only a virtual clock can be moved on while an answer is waited for")
        self.run_while(lambda: not pred())

    def run_paced(self, stop: threading.Event, speed: float = 1.0, until: Callable[[], bool] | None = None) -> None:
        """Run at `speed` times real time until `stop` is set or `until()` holds.

        A virtual clock is moved along; the machine's clock needs speed 1. An event that raises is logged.
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
