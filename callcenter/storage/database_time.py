"""Reads what time it is by the database, so that all hosts of an installation have one clock."""

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, event, text

from callcenter.steady_clock import SteadyClock

# The present instant, also within a long transaction: now() would be that of its beginning.
_ASK = "SELECT clock_timestamp()"


def follow(engine: Engine, clock: SteadyClock) -> None:
    """Let the clock follow that of PostgreSQL from the first connection on. SQLite has no clock of its own."""
    if engine.dialect.name != "postgresql":
        return

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        # A connection is opened before anything is stored, so nothing is stored by an unset clock.
        clock.set_by(lambda: _asked(connection))
        connection.rollback()


def _asked(connection: Any) -> datetime:
    (found,) = connection.execute(_ASK).fetchone()
    at: datetime = found
    return at


def set_by_database(engine: Engine, clock: SteadyClock) -> None:
    """Set a clock that follows PostgreSQL once more: counters of machines drift. Raises what the database raises."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))  # opens the transaction, which is not part of the time of the question
        clock.set_by(lambda: connection.execute(text(_ASK)).scalar_one())
