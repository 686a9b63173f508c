"""Fresh, migrated databases on SQLite and on a throw-away PostgreSQL of this machine."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from callcenter.storage.engine import make_engine
from callcenter.storage.migrate import upgrade
from tests.support.postgresql import running_server, url

KINDS = ("sqlite", "postgresql")
Fresh = Callable[[], str]


@contextmanager
def databases(kind: str, work: Path) -> Iterator[Fresh]:
    """Yields a function that creates one more database and returns its address.

    PostgreSQL runs without fsync, which helps the toy's single row more than the product's transaction. With fsync the
    ratio is better than the one measured here.
    """
    numbers = itertools.count(1)
    if kind == "sqlite":
        yield lambda: _migrated(f"sqlite:///{work / f'bench-{next(numbers)}.db'}")
        return
    with running_server() as folder:
        admin = create_engine(url(folder, "postgres"), isolation_level="AUTOCOMMIT")

        def fresh() -> str:
            name = f"bench_{next(numbers)}"
            with admin.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name}"))
            return _migrated(url(folder, name))

        yield fresh
        admin.dispose()


def _migrated(address: str) -> str:
    engine = make_engine(address)
    upgrade(engine)
    engine.dispose()
    return address
