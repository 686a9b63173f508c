"""All hosts on one PostgreSQL have its clock, whatever their own clocks say; on SQLite a host has its own."""

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from callcenter.clock import SystemClock
from callcenter.steady_clock import SteadyClock
from callcenter.storage.database_time import follow, set_by_database
from callcenter.storage.engine import make_engine

# More than a question to a database on the same machine takes.
NEARLY = timedelta(seconds=5)
OFF_BY_S = (-900, -30, 30, 900)


def a_clock(off_by_s: int) -> SteadyClock:
    """That of a machine whose clock is off by so many seconds."""
    return SteadyClock(lambda: SystemClock().now().timestamp() + off_by_s)


@pytest.mark.parametrize("off_by_s", OFF_BY_S)
def test_a_host_has_the_time_of_the_database_from_its_first_connection_on(postgresql_url: str, off_by_s: int) -> None:
    engine, clock = make_engine(postgresql_url), a_clock(off_by_s)
    follow(engine, clock)
    with engine.connect() as connection:
        there = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        assert abs(clock.now() - there) < NEARLY
    set_by_database(engine, clock)
    assert abs(clock.now() - SystemClock().now()) < NEARLY
    engine.dispose()


@pytest.mark.parametrize("off_by_s", OFF_BY_S)
def test_sqlite_has_no_clock_of_its_own(off_by_s: int) -> None:
    engine, clock = create_engine("sqlite://"), a_clock(off_by_s)
    follow(engine, clock)
    with engine.connect():
        assert abs(clock.now() - SystemClock().now() - timedelta(seconds=off_by_s)) < NEARLY
    engine.dispose()
