"""The roll-up job: stores the counts of local days that are over."""

from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import Clock
from callcenter.reachability.rollup import roll_up
from callcenter.rota import versions


def run(sessions: sessionmaker[Session], clock: Clock) -> int:
    """Roll up every local day that is over, two weeks per transaction. Returns the number of transactions.

    Each run counts the days of the last week again, for calls that reconciliation found late.
    """
    turns = 0
    while True:
        with sessions.begin() as session:
            rota = versions.active_rota(session)
            if rota is None:
                return turns
            more = roll_up(session, rota, clock.now())
        turns += 1
        if not more:
            return turns
