"""How many passwords this process checks at once, so that a flood of them takes neither its memory nor its threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from callcenter.errors import CallcenterError

# A check takes 64 MiB and tens of milliseconds of a processor.
AT_ONCE = 2
# Requests that wait for their turn. Each holds a thread, so further ones are refused at once.
WAITING = 4
WAIT_S = 3.0
RETRY_AFTER_S = 10


class TooBusy(CallcenterError):
    """Too many passwords are being checked at this moment. Nothing was checked or counted."""


class HashSlots:
    """`AT_ONCE` turns, and a short queue for them."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING, wait_s: float = WAIT_S) -> None:
        self._turns = threading.BoundedSemaphore(at_once)
        self._places = threading.BoundedSemaphore(at_once + waiting)
        self._wait_s = wait_s

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and hold it. Raises TooBusy when the queue is full, or no turn comes in time."""
        if not self._places.acquire(blocking=False):
            raise TooBusy("too many people log in at this moment")
        try:
            if not self._turns.acquire(timeout=self._wait_s):
                raise TooBusy("too many people log in at this moment")
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()


slots = HashSlots()
