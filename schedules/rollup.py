"""The roll-up job: stores the figures of each past day, so that they outlive the calls."""

from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import Clock
from callcenter.reachability.rollup import roll_up
from callcenter.rota import versions


def run(sessions: sessionmaker[Session], clock: Clock) -> int:
    """Roll up every past local day, two weeks in a transaction; returns the number of transactions.

    It runs once an hour. Each run counts the last week again, because reconciliation may find calls late.
    """
    turns = 0
    while True:
        with sessions.begin() as session:
            active = versions.active(session)
            if active is None:
                return turns
            more = roll_up(session, active[1], clock.now())
        turns += 1
        if not more:
            return turns
