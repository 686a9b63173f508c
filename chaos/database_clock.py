"""The clock of one database, which the hosts follow: it can be set while the server runs."""

from datetime import timedelta

from sqlalchemy import create_engine, text

# PostgreSQL takes a function from the first schema of the path that has it. The product asks clock_timestamp() alone.
# The seconds stand in a sequence: a backup would count the rows of a table.
_SHADOW = """
CREATE SCHEMA clock;
CREATE SEQUENCE clock.ahead MINVALUE -1000000 START 0;
CREATE FUNCTION clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
  'SELECT pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => last_value) FROM clock.ahead';
"""


class DatabaseClock:
    """url: of the database; it must be made before the hosts connect."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        with self._engine.connect() as connection:
            connection.execute(text(_SHADOW))
            name = self._engine.url.database
            connection.execute(text(f"ALTER DATABASE {name} SET search_path = public, clock, pg_catalog"))

    def is_ahead(self, by: timedelta) -> None:
        """Set it, ahead of the true time by this much."""
        with self._engine.connect() as connection:
            connection.execute(text("SELECT setval('clock.ahead', :s)"), {"s": round(by.total_seconds())})

    def close(self) -> None:
        """Close the connections of this clock."""
        self._engine.dispose()
