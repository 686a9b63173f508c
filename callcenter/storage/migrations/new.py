"""Writes a migration: `python -m callcenter.storage.migrations.new "what changes"`. For developers only."""

import argparse
import tempfile
from pathlib import Path

from callcenter.storage.engine import make_engine
from callcenter.storage.migrate import alembic_config, head, upgrade

_VERSIONS = Path(__file__).parent / "versions"


def write_migration(message: str, *, first: bool = False) -> None:
    """Compare the tables in code with those that the migrations create, and write the difference as the next step.

    first: replace step 0001, which is only right before any release is installed.
    """
    from alembic import command

    if first:
        for old in _VERSIONS.glob("0001_*.py"):
            old.unlink()
    number = "0001" if first else f"{int(head()) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/empty.db", durable=False)
        if not first:
            upgrade(engine)
        with engine.connect() as connection:
            config = alembic_config(connection, changes_tables=not first)
            for option, value in (
                ("hooks", "format, lint"),
                ("format.type", "module"),
                ("format.module", "ruff"),
                ("format.options", "format --quiet REVISION_SCRIPT_FILENAME"),
                ("lint.type", "module"),
                ("lint.module", "ruff"),
                ("lint.options", "check --quiet --fix REVISION_SCRIPT_FILENAME"),
            ):
                config.set_section_option("post_write_hooks", option, value)
            command.revision(config, message, autogenerate=True, rev_id=number)
        engine.dispose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a migration from the tables in code.")
    parser.add_argument("message", nargs="?", default="the first tables")
    parser.add_argument("--first", action="store_true", help="write step 0001 anew (before any release)")
    arguments = parser.parse_args()
    write_migration(arguments.message, first=arguments.first)
