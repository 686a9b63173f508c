"""The command that creates or migrates the database."""

import click


@click.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Create the database's tables, or bring them to this release.

    The database is the one of CALLCENTER_DATABASE_URL. All of it happens or nothing, and doing it again does no harm.
    """
    from callcenter.settings import load_database_settings
    from callcenter.storage import migrate
    from callcenter.storage.engine import make_engine

    engine = make_engine(load_database_settings().database_url)
    try:
        before, after = migrate.upgrade(engine)
    finally:
        engine.dispose()
    if before is None:
        click.echo(f"database made at {after}")
    elif before == after:
        click.echo(f"database is current at {after}")
    else:
        click.echo(f"database brought from {before} to {after}")
