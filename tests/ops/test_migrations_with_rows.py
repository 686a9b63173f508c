"""Each migration keeps every row of a full database, and code of the release before it goes on working beside it."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, inspect, select
from sqlalchemy.orm import Session

from callcenter.storage import migrate
from callcenter.storage.base import Base
from callcenter.storage.migrate import alembic_config
from callcenter.storage.tables import metadata
from tests.support.filled_tables import Filler, Rows, rows_of, tables_of

FOLDER = Path(migrate.__file__).parent / "migrations"
RELEASED = FOLDER / "released.sha256"
# From this one on, hosts of two releases share a schema while they are upgraded one after another.
FIRST_BESIDE_OLD_CODE = "0010"


def revisions(engine: Engine) -> list[str]:
    """Every revision, oldest first."""
    with engine.connect() as connection:
        walked = ScriptDirectory.from_config(alembic_config(connection)).walk_revisions()
        return [str(one.revision) for one in walked][::-1]


def upgraded(engine: Engine, step: str) -> None:
    """Bring the database to this revision, as `callcenter db upgrade` does."""
    migrate.upgrade(engine, to=step)


def released() -> list[tuple[str, str]]:
    """Hash and file name of each released migration."""
    return [(line.split()[0], line.split()[1]) for line in RELEASED.read_text().splitlines()]


def test_a_released_migration_is_never_edited() -> None:
    assert [name for _, name in released()] == sorted(name for _, name in released())
    changed = [
        name
        for pinned, name in released()
        if hashlib.sha256((FOLDER / "versions" / name).read_bytes()).hexdigest() != pinned
    ]
    assert not changed, (
        f"{changed} ran in installations as they were: their databases would never get this change. Undo it and "
        "write it as a new migration (callcenter/storage/migrations/README.md)."
    )


def test_no_migration_comes_before_a_released_one() -> None:
    files = sorted(path.name for path in (FOLDER / "versions").glob("[0-9]*.py"))
    assert files[: len(released())] == [name for _, name in released()]


def test_every_migration_keeps_every_row_that_it_finds(
    empty_database_url: str, open_engine: Callable[[str], Engine]
) -> None:
    engine, filler = open_engine(empty_database_url), Filler()
    before: Rows = {}
    for step in revisions(engine):
        upgraded(engine, step)
        with engine.begin() as connection:
            tables = tables_of(connection)
            assert lost(before, rows_of(connection, tables), with_columns=step >= FIRST_BESIDE_OLD_CODE) == []
            filler.fill(connection, tables)
            before = rows_of(connection, tables)
    mapped = [mapper.class_ for mapper in Base.registry.mappers if mapper.local_table in metadata().sorted_tables]
    with Session(engine) as session:
        assert [one.__name__ for one in mapped if not session.scalars(select(one)).all()] == []


def lost(before: Rows, after: Rows, *, with_columns: bool) -> list[str]:
    """Rows and values that are not there any more. with_columns: columns, too, must all be there still."""
    found = []
    for key, row in before.items():
        if key not in after:
            found.append(f"a row of {key[0]} is gone")
            continue
        gone = row.keys() - after[key].keys()
        found += [f"{key[0]}.{name} is gone" for name in gone if with_columns]
        found += [f"{key[0]}.{name} was {row[name]!r}, is {after[key][name]!r}" for name in row.keys() - gone
                  if row[name] != after[key][name]]  # fmt: skip
    return found


def test_code_of_an_earlier_release_goes_on_working_beside_it(
    empty_database_url: str, open_engine: Callable[[str], Engine]
) -> None:
    """What old code does to a newer schema: it inserts and reads with the columns that it knows."""
    engine, filler = open_engine(empty_database_url), Filler()
    last = released()[-1][1][:4]
    upgraded(engine, last)
    known, was = tables_of_now(engine), columns_of(engine)
    for step in (one for one in revisions(engine) if one >= FIRST_BESIDE_OLD_CODE):
        upgraded(engine, step)
        with engine.begin() as connection:
            filler.fill(connection, known)
            rows_of(connection, known)
        now = columns_of(engine)
        assert {name: column for name, column in now.items() if name in was} == was, f"{step} changes a column"
        was, known = now, tables_of_now(engine)


def columns_of(engine: Engine) -> dict[str, tuple[str, bool]]:
    """The type of each column, and whether it may be NULL."""
    inspector = inspect(engine)
    return {
        f"{table}.{column['name']}": (str(column["type"]), bool(column["nullable"]))
        for table in inspector.get_table_names()
        for column in inspector.get_columns(table)
    }


def tables_of_now(engine: Engine) -> MetaData:
    """The tables as they are in the database now."""
    with engine.connect() as connection:
        return tables_of(connection)
