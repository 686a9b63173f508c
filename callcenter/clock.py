"""Clocks. No other module may read the machine's time."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

# The clocks of two hosts differ by less, and so does one that is set right by seconds. An instant that had come when it
# was stored and lies further ahead was stored by a clock that has been set back since, or by one that runs ahead.
STEP_TOLERANCE = timedelta(seconds=60)


class Clock(Protocol):
    """The source of the present instant. It is injected everywhere, so that tests and the stand-in can move time."""

    def now(self) -> datetime:
        """The present instant as an aware UTC datetime."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class VirtualClock:
    """A clock that moves only when it is told to."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant

    def move_to(self, instant: datetime) -> None:
        """Move to an instant. Raises ValueError when that is before the present one."""
        if instant < self.instant:
            raise ValueError(f"time does not go back: {self.instant.isoformat()} -> {instant.isoformat()}")
        self.instant = instant

    def advance(self, seconds: float) -> None:
        """Move forward by a number of seconds."""
        self.move_to(self.instant + timedelta(seconds=seconds))


def lies_ahead(past: datetime, now: datetime) -> bool:
    """Whether an instant that was in the past when it was stored lies in the future, beyond `STEP_TOLERANCE`."""
    return past - now > STEP_TOLERANCE


def stopwatch() -> float:
    """Seconds of a monotonic counter, for measuring durations. It is not a time of day."""
    return time.perf_counter()


def processor_s() -> float:
    """Seconds of processor time that this thread has used, for measuring what something costs on a busy machine."""
    return time.thread_time()
