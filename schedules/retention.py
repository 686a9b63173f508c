"""The retention job: ends rows that are older than their retention period, in small transactions."""

from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import Clock
from callcenter.privacy.retention import KINDS, end_batch


def run(sessions: sessionmaker[Session], clock: Clock) -> dict[str, int]:
    """End everything that is older than its period; returns the number of rows by kind."""
    done: dict[str, int] = {}
    for kind in KINDS:
        done[kind.name] = 0
        while True:
            with sessions.begin() as session:
                ended = end_batch(session, kind, clock.now())
            if not ended:
                break
            done[kind.name] += ended
    return done
