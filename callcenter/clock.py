"""What time is it? The only file that may ask the machine."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant; injected everywhere so that tests and the stand-in can move time."""

    def now(self) -> datetime:
        """The present instant as an aware UTC datetime."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class VirtualClock:
    """A clock that stands still until somebody moves it."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant

    def move_to(self, instant: datetime) -> None:
        """Move to an instant at or after the present one. Raises ValueError when it would go back."""
        if instant < self.instant:
            raise ValueError(f"time does not go back: {self.instant.isoformat()} -> {instant.isoformat()}")
        self.instant = instant

    def advance(self, seconds: float) -> None:
        """Move on by a number of seconds."""
        self.move_to(self.instant + timedelta(seconds=seconds))


def stopwatch() -> float:
    """Seconds on a monotonic counter, for measuring how long something took; not a time of day."""
    return time.perf_counter()
