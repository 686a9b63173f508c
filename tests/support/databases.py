"""Fixtures of fresh databases on SQLite and PostgreSQL: migrated once, then copied for each test."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from callcenter.storage.engine import make_engine, make_sessions
from callcenter.storage.migrate import upgrade
from tests.support.postgresql import running_server, url

_TEMPLATE = "callcenter_template"
_BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


class PostgresqlServer:
    """A running PostgreSQL server that creates fresh databases."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._admin = create_engine(url(folder, "postgres"), isolation_level="AUTOCOMMIT")
        self._numbers = itertools.count(1)
        self._statement(f"CREATE DATABASE {_TEMPLATE}")
        engine = make_engine(url(folder, _TEMPLATE))
        upgrade(engine)
        engine.dispose()

    def _statement(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """The address of a fresh database: migrated, or empty."""
        name = f"test_{next(self._numbers)}"
        self._statement(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else _TEMPLATE}")
        try:
            yield url(self.folder, name)
        finally:
            self._statement(f"DROP DATABASE {name} WITH (FORCE)")

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
