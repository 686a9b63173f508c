"""Dumps a PostgreSQL database as of one moment, and restores a dump in one transaction, with PostgreSQL's own programs.

The tables that a restore replaces are kept in a schema of their own until the restored ones are found equal.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, Engine, inspect, text

from callcenter.backup.archive import BackupError
from callcenter.backup.figures import Figures, read_figures
from callcenter.storage.migrate import stored_revision

# Where the tables lie that a restore replaces, until it is known to be good.
ASIDE = "callcenter_before_restore"
# Where Debian puts the programs of each version.
PROGRAMS = Path("/usr/lib/postgresql")
_MAJOR = re.compile(r"(\d+)(?:\.\d+|devel|beta|rc)")


def dump(engine: Engine, to: Path) -> tuple[str | None, Figures]:
    """Dump the database's tables to a file while others use them. Returns the schema's revision and the figures.

    Dump and figures are of one snapshot. Raises BackupError.
    """
    program = _program("pg_dump", _server(engine))
    revision = stored_revision(engine)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        tables = inspect(connection).get_table_names()
        figures = read_figures(connection)
        schema = _schema(connection)
        named = [f"--table={_quoted(schema)}.{_quoted(table)}" for table in tables]
        to.touch(0o600)
        how = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}")
        _call([program, *how, *named, f"--file={to}", f"--dbname={_conninfo(engine)}"], _environment(engine))
    return revision, figures


def examine(file: Path) -> None:
    """Check that a dump can be read. Raises BackupError."""
    _call([_program("pg_restore", 0), "--list", str(file)])


def was_interrupted(connection: Connection) -> bool:
    """Whether a restore was killed before it was complete: the tables that it replaced lie aside still."""
    return bool(connection.execute(text(f"SELECT count(*) FROM pg_namespace WHERE nspname = '{ASIDE}'")).scalar_one())


def require_unused(engine: Engine) -> None:
    """Raise BackupError while others are connected to the database as the same user, or a restore was interrupted."""
    with engine.connect() as connection:
        others = connection.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND usename = current_user AND pid <> pg_backend_pid()"
            )
        ).scalar_one()
        left = was_interrupted(connection)
    if others:
        raise BackupError(f"{others} other connections use the database: stop the service on every host first")
    if left:
        raise BackupError(
            f"an earlier restore was interrupted: the tables from before it are in the schema {ASIDE}. "
            f"When they are not needed: DROP SCHEMA {ASIDE} CASCADE"
        )


def restore(engine: Engine, file: Path, known: Collection[str]) -> None:
    """Restore a dump in one transaction, and set the tables aside that are in its place. known: the product's tables.

    `keep` or `take_back` must follow. Raises BackupError, and then nothing was changed.
    """
    server = _server(engine)
    reader, writer = _program("pg_restore", server), _program("psql", server)
    with engine.connect() as connection:
        schema = _schema(connection)
        present = [table for table in inspect(connection).get_table_names() if table in known]
    engine.dispose()
    aside = [f"CREATE SCHEMA {ASIDE};"]
    aside += [f"ALTER TABLE {_quoted(schema)}.{_quoted(table)} SET SCHEMA {ASIDE};" for table in present]
    command = [writer, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", "--file=-"]
    to_database = [*command, f"--dbname={_conninfo(engine)}"]
    with subprocess.Popen(
        to_database, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment(engine)
    ) as database:
        assert database.stdin is not None
        assert database.stderr is not None
        fault = _feed(database.stdin, aside, [reader, "--no-owner", "--no-privileges", "--file=-", str(file)])
        said = database.stderr.read().decode(errors="replace")
    if fault is not None or database.returncode != 0:
        raise BackupError(f"the database did not take the dump, and nothing was changed: {fault or _last_line(said)}")


def _feed(database: IO[bytes], first: Iterable[str], reader: list[str]) -> str | None:
    """Send a transaction: some statements, then a dump as SQL. Returns what is wrong with the dump, None if nothing is.

    COMMIT is sent only after the whole dump. At the end of its input psql gives up a transaction without it.
    """
    try:
        database.write("\n".join(["BEGIN;", *first, ""]).encode())
        with subprocess.Popen(reader, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as dump_:
            assert dump_.stdout is not None
            assert dump_.stderr is not None
            shutil.copyfileobj(dump_.stdout, database)
            said = dump_.stderr.read().decode(errors="replace")
        if dump_.returncode != 0:
            return _last_line(said)
        database.write(b"\nCOMMIT;\n")
    except BrokenPipeError:
        pass  # psql stopped at an error, which it tells
    finally:
        with suppress(BrokenPipeError):
            database.close()
    return None


def keep(engine: Engine) -> None:
    """The restored tables are good: drop those that were set aside."""
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {ASIDE} CASCADE"))


def take_back(engine: Engine, restored: Collection[str]) -> None:
    """The restored tables are not good: drop them, and put those back that were set aside."""
    with engine.begin() as connection:
        schema = _schema(connection)
        for table in inspect(connection).get_table_names():
            if table in restored:
                connection.execute(text(f"DROP TABLE {_quoted(schema)}.{_quoted(table)} CASCADE"))
        for table in inspect(connection).get_table_names(schema=ASIDE):
            connection.execute(text(f"ALTER TABLE {ASIDE}.{_quoted(table)} SET SCHEMA {_quoted(schema)}"))
        connection.execute(text(f"DROP SCHEMA {ASIDE}"))


def _server(engine: Engine) -> int:
    """The server's major version."""
    with engine.connect() as connection:
        return int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10000


def _schema(connection: Connection) -> str:
    return str(connection.execute(text("SELECT current_schema()")).scalar_one())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _program(name: str, server: int) -> str:
    """A program of PostgreSQL's client, of the server's major version or later. Raises BackupError."""
    beside = sorted(PROGRAMS.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = [path for path in (shutil.which(name), *map(str, reversed(beside))) if path]
    wanted = f"postgresql-client-{server}" if server else "postgresql-client"
    if not found:
        raise BackupError(f"{name} is not installed: install the package {wanted}")
    versions = {path: _version(path) for path in found}
    for path, version in versions.items():
        if version >= server:
            return path
    raise BackupError(
        f"{name} is of version {max(versions.values())}, the server is of version {server}: "
        f"install the package {wanted}"
    )


def _version(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = _MAJOR.search(said)
    return int(found[1]) if found else 0


def _conninfo(engine: Engine) -> str:
    """Where the database is, without the password."""
    url = engine.url
    parts = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database}
    options = {name: value for name, value in url.query.items() if isinstance(value, str)}
    return make_conninfo(**{name: str(value) for name, value in {**parts, **options}.items() if value is not None})


def _environment(engine: Engine) -> dict[str, str]:
    """The environment with the password, which must not be in a command that every user of the host can see."""
    password = engine.url.password
    return {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}


def _call(command: list[str], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise BackupError(f"{Path(command[0]).name}: {_last_line(done.stderr)}")


def _last_line(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1] if lines else "it stopped without saying why"
