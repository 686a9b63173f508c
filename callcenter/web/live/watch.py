"""Reads what changed at most once a second in each process, however many pages are open."""

from threading import Lock

from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import Clock, stopwatch
from callcenter.storage.engine import reading_connection
from callcenter.web.live.glance import Glance, glance

FRESH_S = 1.0


class Watch:
    """The last glance at the office. Requests that come meanwhile wait for the one that reads."""

    def __init__(self, sessions: sessionmaker[Session], clock: Clock) -> None:
        self._sessions, self._clock = sessions, clock
        self._lock = Lock()
        self._seen: Glance | None = None
        self._read_at = 0.0

    def latest(self) -> Glance:
        """The office as it was at most FRESH_S ago. The database's errors are raised, and the next request reads.

        While the database does not answer, requests wait for it side by side, not one after the other.
        """
        first = self._lock.acquire(timeout=FRESH_S)
        try:
            began = stopwatch()
            seen = self._seen
            if seen is None or began >= self._read_at + FRESH_S:
                with reading_connection(self._sessions) as connection:
                    seen = glance(connection, self._clock.now())
                self._seen, self._read_at = seen, began
            return seen
        finally:
            if first:
                self._lock.release()
