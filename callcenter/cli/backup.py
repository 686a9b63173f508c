"""The commands that back up the database and restore it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from callcenter.backup.archive import Manifest

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--force", is_flag=True, help="Replace FILE when it exists.")
def backup(file: Path, force: bool) -> None:
    """Write a backup of the database to FILE, while the service runs.

    FILE holds the whole database as of one moment, and its figures. It is read back before the command ends. It holds
    personal data: only its owner can read it.
    """
    from callcenter.backup.making import back_up
    from callcenter.clock import SystemClock

    with _database() as engine:
        manifest = back_up(engine, file, SystemClock(), replace=force)
    click.echo(f"{file}: {_in_words(manifest)}")


@click.command()
@click.argument("file", type=_FILE)
@click.option("--replace", is_flag=True, help="Also when the database holds data, which is then lost.")
@click.option("--check", is_flag=True, help="Only check that FILE is whole, and say what it holds.")
def restore(file: Path, replace: bool, check: bool) -> None:
    """Put the backup in FILE in the place of the database, while the service is stopped.

    All of it happens or nothing. The figures are compared with those in FILE, and an older backup is upgraded.
    """
    from callcenter.backup.archive import verify
    from callcenter.backup.restoring import restore as put_back
    from callcenter.clock import SystemClock

    if check:
        click.echo(f"{file} is whole: {_in_words(verify(file))}")
        return
    with _database() as engine:
        done = put_back(engine, file, SystemClock(), replace=replace)
    click.echo(f"restored, with equal figures: {_in_words(done.manifest)}")
    if done.upgraded_from:
        click.echo(f"the database was brought from {done.upgraded_from} to this release")
    if done.under_way:
        click.echo(f"{done.under_way} calls were under way then: reconciliation asks Twilio what became of them")
    click.echo("Start the service. It asks Twilio about the calls since; docs/operations.md says what is lost.")


@contextmanager
def _database() -> "Iterator[Engine]":
    """The database of CALLCENTER_DATABASE_URL, closed at the end. Raises SettingsError."""
    from callcenter.settings import load_database_settings
    from callcenter.storage.engine import make_engine
    from callcenter.storage.tables import metadata

    metadata()
    engine = make_engine(load_database_settings().database_url)
    try:
        yield engine
    finally:
        engine.dispose()


def _in_words(manifest: "Manifest") -> str:
    figures = manifest.figures
    calls = ", ".join(f"{number} {outcome}" for outcome, number in sorted(figures.calls.items()))
    callbacks = ", ".join(f"{number} {state}" for state, number in sorted(figures.callbacks.items()))
    offered, answered = sum(figures.offered.values()), sum(figures.answered.values())
    return (
        f"{manifest.kind} of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC, schema {manifest.revision}, "
        f"{sum(figures.rows.values())} rows; calls: {calls or 'none'}; callbacks: {callbacks or 'none'}; "
        f"{answered} of {offered} offered calls answered"
    )
