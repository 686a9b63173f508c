"""Which days are over and not rolled up yet? Counts them, so that figures outlive the calls behind them."""

from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import Clock
from callcenter.reachability.rollup import roll_up
from callcenter.rota import versions


def run(sessions: sessionmaker[Session], clock: Clock) -> int:
    """Roll up every local day that is over, two weeks in a transaction; returns how many transactions that took.

    Meant once an hour: the days of the last week are counted anew each time, for calls that reconciliation found late.
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
