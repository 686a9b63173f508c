"""The migrations create exactly the tables in code, on both databases, and an outdated schema is detected."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from click.testing import CliRunner
from sqlalchemy import Engine, inspect, text

from callcenter.cli.db import db
from callcenter.errors import DatabaseOutdated
from callcenter.storage.migrate import alembic_config, check_current, head, is_current, stored_revision, upgrade
from callcenter.storage.tables import metadata

OpenEngine = Callable[[str], Engine]


def _conditional_indexes(engine: Engine) -> dict[str, tuple[bool, str]]:
    """Partial indexes. Autogenerate compares their columns, but not always their conditions."""
    found: dict[str, tuple[bool, str]] = {}
    inspector = inspect(engine)
    key = f"{engine.dialect.name}_where"
    for table in inspector.get_table_names():
        for index in inspector.get_indexes(table):
            condition = index.get("dialect_options", {}).get(key)
            if condition is not None:
                found[str(index["name"])] = (bool(index["unique"]), str(condition))
    return found


def test_the_migrations_make_exactly_the_tables_in_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata()) == []


def test_indexes_with_a_condition_are_the_same_as_in_code(empty_database_url: str, open_engine: OpenEngine) -> None:
    engine = open_engine(empty_database_url)
    metadata().create_all(engine)
    in_code = _conditional_indexes(engine)
    metadata().drop_all(engine)
    upgrade(engine)
    assert in_code
    assert _conditional_indexes(engine) == in_code


def test_an_empty_database_is_refused_with_the_command_that_makes_it(
    empty_database_url: str, open_engine: OpenEngine
) -> None:
    engine = open_engine(empty_database_url)
    assert not is_current(engine)
    with pytest.raises(DatabaseOutdated, match="callcenter db upgrade"):
        check_current(engine)
    assert upgrade(engine) == (None, head())
    assert is_current(engine)
    check_current(engine)


def test_an_old_database_is_refused_with_the_command_that_mends_it(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert not is_current(engine)
    with pytest.raises(DatabaseOutdated, match=f"at 0000, this release needs {head()}: run `callcenter db upgrade`"):
        check_current(engine)


def test_a_database_of_a_later_release_is_taken_with_a_warning_and_not_touched(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    check_current(engine)
    assert is_current(engine)
    assert "at 9999, newer than this release needs" in caplog.text
    assert upgrade(engine) == ("9999", "9999")
    assert stored_revision(engine) == "9999"


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    assert upgrade(engine) == (head(), head())
    assert is_current(engine)


def test_an_upgrade_that_fails_half_way_changes_nothing(empty_database_url: str, open_engine: OpenEngine) -> None:
    engine = open_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE voicemail (something_else INTEGER)"))
    with pytest.raises(Exception, match="voicemail"):
        upgrade(engine)
    assert inspect(engine).get_table_names() == ["voicemail"]


def test_foreign_keys_are_enforced_again_after_an_upgrade(sqlite_engine: Engine) -> None:
    upgrade(sqlite_engine)
    with sqlite_engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_the_head_read_from_file_names_is_alembics_head(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        assert ScriptDirectory.from_config(alembic_config(connection)).get_heads() == [head()]


def test_the_command_makes_a_database_and_says_so(
    empty_database_url: str, open_engine: OpenEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", empty_database_url)
    first: Any = CliRunner().invoke(db, ["upgrade"])
    assert (first.exit_code, first.output) == (0, f"database made at {head()}\n")
    second: Any = CliRunner().invoke(db, ["upgrade"])
    assert (second.exit_code, second.output) == (0, f"database is current at {head()}\n")
    check_current(open_engine(empty_database_url))
