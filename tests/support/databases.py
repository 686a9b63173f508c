"""Fixtures of fresh databases on SQLite and PostgreSQL: migrated once, then copied for each test."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from callcenter.storage.engine import make_engine, make_sessions
from callcenter.storage.migrate import upgrade
from tests.support.postgresql import running_server, url

_TEMPLATE = "callcenter_template"
# Empties every table but Alembic's, and starts the ids at 1 again.
_EMPTY = """
DO $$ DECLARE each record; filled boolean; BEGIN
  SET LOCAL session_replication_role = replica;  -- foreign keys are not checked, so the order does not matter
  FOR each IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', each.name) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM %I', each.name); END IF;
  END LOOP;
  FOR each IN SELECT sequencename AS name FROM pg_sequences WHERE last_value IS NOT NULL
  LOOP EXECUTE format('ALTER SEQUENCE %I RESTART', each.name); END LOOP;
END $$
"""
# The revision, tables, columns and indexes, the statistics of ANALYZE, functions and triggers.
_SHAPE = """
SELECT (SELECT version_num FROM alembic_version),
       count(*), sum(hashtext(concat(relname, attname, attnum, atttypid, attnotnull, atthasdef))),
       (SELECT count(*) FROM pg_statistic JOIN pg_class ON oid = starelid WHERE relnamespace = 'public'::regnamespace),
       (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
       (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal)
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid WHERE relnamespace = 'public'::regnamespace
"""
_BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


class PostgresqlServer:
    """A running PostgreSQL server that provides fresh databases.

    To empty a database is many times as fast as to create one, so a migrated one serves one test after the other.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._admin = create_engine(url(folder, "postgres"), isolation_level="AUTOCOMMIT")
        self._numbers = itertools.count(1)
        self._clean: list[str] = []
        self._statement(f"CREATE DATABASE {_TEMPLATE}")
        engine = make_engine(url(folder, _TEMPLATE))
        upgrade(engine)
        engine.dispose()
        self._shape = self._shape_of(_TEMPLATE)

    def _statement(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """The address of a fresh database: migrated, or empty."""
        name = self._clean.pop() if self._clean and not empty else self._new(empty=empty)
        try:
            yield url(self.folder, name)
        finally:
            if empty or not self._cleaned(name):
                self._statement(f"DROP DATABASE {name} WITH (FORCE)")
            else:
                self._clean.append(name)

    @contextmanager
    def copy_of(self, template: str) -> Iterator[str]:
        """The address of a copy of a database, to which nobody may be connected."""
        name = make_url(template).database
        copy = f"test_{next(self._numbers)}"
        self._statement(f"CREATE DATABASE {copy} TEMPLATE {name}")
        try:
            yield url(self.folder, copy)
        finally:
            self._statement(f"DROP DATABASE {copy} WITH (FORCE)")

    def _new(self, *, empty: bool) -> str:
        name = f"test_{next(self._numbers)}"
        self._statement(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else _TEMPLATE}")
        return name

    def _cleaned(self, name: str) -> bool:
        """Empty a database, unless a test changed its tables."""
        self._statement(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")
        if self._shape_of(name) != self._shape:
            return False
        engine = create_engine(url(self.folder, name), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(_EMPTY))
        return True

    def _shape_of(self, name: str) -> object:
        engine = create_engine(url(self.folder, name), poolclass=NullPool)
        try:
            with engine.connect() as connection:
                return tuple(connection.execute(text(_SHAPE)).one())
        except DBAPIError:  # a test dropped Alembic's table, or the whole database
            return None

    def close(self) -> None:
        """Close the connections of the server's administrator."""
        self._admin.dispose()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """One real PostgreSQL for all tests of this process."""
    with running_server() as folder:
        server = PostgresqlServer(folder)
        yield server
        server.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = make_engine(f"sqlite:///{path}", durable=False)
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh, migrated SQLite database."""
    path = tmp_path / "callcenter.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql_server: PostgresqlServer) -> Iterator[str]:
    """The address of a fresh, migrated PostgreSQL database."""
    with postgresql_server.database() as address:
        yield address


@pytest.fixture(params=_BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh, migrated database: the test runs once on each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=_BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table, once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    with server.database(empty=True) as address:
        yield address


@pytest.fixture
def open_engine() -> Iterator[Callable[[str], Engine]]:
    """Opens engines that are closed when the test ends; SQLite does not wait for the disk (`durable=False`)."""
    opened: list[Engine] = []

    def open_(address: str) -> Engine:
        opened.append(make_engine(address, durable=False))
        return opened[-1]

    yield open_
    for engine in opened:
        engine.dispose()


@pytest.fixture
def engine(database_url: str, open_engine: Callable[[str], Engine]) -> Engine:
    """An engine on a fresh, migrated database: the test runs once on each kind."""
    return open_engine(database_url)


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions on a fresh, migrated database: the test runs once on each kind."""
    return make_sessions(engine)


@pytest.fixture
def sqlite_engine(sqlite_url: str, open_engine: Callable[[str], Engine]) -> Engine:
    """An engine on a fresh, migrated SQLite database only."""
    return open_engine(sqlite_url)


@pytest.fixture
def sqlite_sessions(sqlite_engine: Engine) -> sessionmaker[Session]:
    """Sessions on a fresh, migrated SQLite database only."""
    return make_sessions(sqlite_engine)
