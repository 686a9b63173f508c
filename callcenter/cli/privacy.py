"""The commands for retention, erasure and access to personal data."""

import click


@click.group()
def privacy() -> None:
    """Retention, erasure and access under the AVG (GDPR)."""


@privacy.command()
def purge() -> None:
    """End what is older than it may be kept. The scheduler does the same by itself."""
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock
    from callcenter.privacy.retention import periods
    from schedules.retention import run

    done = run(open_sessions(), SystemClock())
    for name, days in periods().items():
        click.echo(f"{name}: {done[name]} ended (kept {days} days)")


@privacy.command()
@click.argument("number")
def forget(number: str) -> None:
    """Erase everything that is kept of NUMBER, in every table; figures stay as they are.

    A callback that is still open for it is cancelled, messages are erased here and at Twilio. A school's number that is
    in DUO's list comes back with the next import of that list.
    """
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock
    from callcenter.privacy.erase import clean_files
    from callcenter.privacy.erase import forget as erase

    sessions = open_sessions()
    with sessions.begin() as session:
        done = erase(session, number, SystemClock().now(), "command line")
        engine = session.get_bind().engine
    clean_files(engine)
    if done.nothing:
        click.echo("nothing was kept of this number")
        return
    click.echo(
        f"erased: {done.calls} calls, {done.messages} messages, {done.callbacks} callbacks, "
        f"{done.contacts} entries in the directory, {done.other} other places"
    )


@privacy.command()
@click.argument("number")
def export(number: str) -> None:
    """Print everything that is kept of NUMBER as JSON, messages' sound included (base64)."""
    import json

    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock
    from callcenter.privacy.export import export as everything

    with open_sessions().begin() as session:
        found = everything(session, number, SystemClock().now(), "command line")
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))
