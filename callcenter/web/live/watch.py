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
        """The office as it was at most FRESH_S ago. The database's errors are raised, and the next request reads."""
        with self._lock:
            began = stopwatch()
            if self._seen is None or began >= self._read_at + FRESH_S:
                self._seen = None
                with reading_connection(self._sessions) as connection:
                    self._seen = glance(connection, self._clock.now())
                self._read_at = began
            return self._seen
