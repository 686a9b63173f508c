"""The retention job: erases data older than its period, kind by kind, in small transactions."""

import logging
from datetime import timedelta

from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import Clock
from callcenter.privacy.files import order_cleaning
from callcenter.privacy.retention import KINDS, erase_batch
from callcenter.storage.records import JobRun
from callcenter.storage.system_facts import read_fact, store_fact

log = logging.getLogger(__name__)
NAME = "retention"
_FACT = "clock_jumped"
# After a longer pause than JUMP, either nothing ran or the clock is wrong. A wrong one is mostly set right in minutes.
JUMP = timedelta(days=2)
BELIEVED_AFTER = timedelta(hours=5)


def run_if_believed(sessions: sessionmaker[Session], clock: Clock) -> dict[str, int]:
    """Erase, unless the clock jumped ahead: what is erased by a clock that is a year ahead never comes back.

    After more than `JUMP` without a run, nothing is erased for `BELIEVED_AFTER`, so the next run does it.
    """
    now = clock.now()
    with sessions.begin() as session:
        last = session.get(JobRun, NAME)
        if last is not None and last.last_success_at is not None and now - last.last_success_at > JUMP:
            store_fact(session, _FACT, {}, now)
        jumped = read_fact(session, _FACT)
    if jumped is not None and timedelta(0) <= now - jumped.at < BELIEVED_AFTER:
        log.warning("nothing is erased until the next run: the clock is more than %d days on", JUMP.days)
        return {}
    return run(sessions, clock)


def run(sessions: sessionmaker[Session], clock: Clock) -> dict[str, int]:
    """Erase everything older than its period, and have the files cleaned of it. Returns the number of rows by kind."""
    done: dict[str, int] = {}
    for kind in KINDS:
        done[kind.name] = 0
        while True:
            with sessions.begin() as session:
                erased = erase_batch(session, kind, clock.now())
                if erased:
                    order_cleaning(session, clock.now(), rewrite=False)
            if not erased:
                break
            done[kind.name] += erased
    return done
