"""The retention job: erases data older than its period, kind by kind, in small transactions."""

from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import Clock
from callcenter.privacy.retention import KINDS, erase_batch


def run(sessions: sessionmaker[Session], clock: Clock) -> dict[str, int]:
    """Erase everything older than its period. Returns the number of rows by kind."""
    done: dict[str, int] = {}
    for kind in KINDS:
        done[kind.name] = 0
        while True:
            with sessions.begin() as session:
                erased = erase_batch(session, kind, clock.now())
            if not erased:
                break
            done[kind.name] += erased
    return done
