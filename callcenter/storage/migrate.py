"""Checks the schema's revision and upgrades the database with Alembic."""

import logging
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect, text

from callcenter.errors import DatabaseOutdated

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)
_FOLDER = Path(__file__).parent / "migrations"
_STEP = re.compile(r"(\d{4})_\w+\.py")
# The advisory lock that serialises the upgrades of several hosts on PostgreSQL. The number is arbitrary.
_UPGRADE_LOCK = 5_203_088
# A migration that waits for a table lock blocks every later query on that table, so it gives up after this time.
_LOCK_TIMEOUT = "10s"


@cache
def head() -> str:
    """The revision of this release, from the names of the migration files, because Alembic is slow to import."""
    return max(match[1] for file in (_FOLDER / "versions").iterdir() if (match := _STEP.fullmatch(file.name)))


def stored_revision(engine: Engine) -> str | None:
    """The database's revision, None when it has no tables. Raises OperationalError when it is unreachable."""
    with engine.connect().execution_options(read_only=True) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def is_current(engine: Engine) -> bool:
    """Whether the database has what this release needs. Costs two small queries, for `/readyz`."""
    return (stored_revision(engine) or "") >= head()


def check_current(engine: Engine) -> None:
    """Raise DatabaseOutdated, with the command to run, unless the database has what this release needs.

    A newer schema is taken, with a warning: while hosts are upgraded one after another, those of the old release go on
    and may start again. Migrations only add what old code need not know (tests/ops/test_migrations_with_rows.py).
    """
    stored = stored_revision(engine)
    if stored is None:
        raise DatabaseOutdated("the database has no tables yet: run `callcenter db upgrade`")
    if stored < head():
        raise DatabaseOutdated(f"the database is at {stored}, this release needs {head()}: run `callcenter db upgrade`")
    if stored > head():
        log.warning(
            "the database is at %s, newer than this release needs (%s): finish the upgrade of this host "
            "(docs/upgrade.md)",
            stored,
            head(),
        )


def alembic_config(connection: Connection, **attributes: Any) -> "Config":
    """Alembic's configuration, built in code so that an installed package needs no ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes.update(connection=connection, **attributes)
    return config


def upgrade(engine: Engine, to: str | None = None) -> tuple[str | None, str]:
    """Upgrade the database to this release's schema, in one transaction. to: to an earlier revision, for tests.

    Returns the revisions before and after. It is idempotent, several hosts may run it at once, and a newer database is
    left as it is. Raises DatabaseOutdated when foreign keys would be broken.
    """
    from alembic import command

    before = stored_revision(engine)
    if before is not None and before > head():
        return before, before
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            # A table is changed by copying it. With foreign keys enforced, dropping the old one would delete the rows
            # that refer to it. The PRAGMA has no effect inside a transaction, so it is sent before.
            _foreign_keys(connection, "OFF")
        try:
            with connection.begin():
                if not sqlite:
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
                    connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
                command.upgrade(alembic_config(connection), to or "head")
                if sqlite and connection.execute(text("PRAGMA foreign_key_check")).first() is not None:
                    raise DatabaseOutdated("the upgrade would leave rows that point nowhere; nothing was changed")
        finally:
            if sqlite:
                _foreign_keys(connection, "ON")
    return before, to or head()


def _foreign_keys(connection: Connection, switch: str) -> None:
    raw = connection.connection.dbapi_connection
    assert raw is not None
    cursor = raw.cursor()
    cursor.execute(f"PRAGMA foreign_keys={switch}")
    cursor.close()
