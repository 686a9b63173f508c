"""The commands for retention, erasure and access to personal data."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

# The exit status of a command that did what was asked, but not to the end.
STILL_TO_COME = 3

_wait = click.option(
    "--wait",
    "patience_s",
    type=click.FloatRange(min=0),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for others who use the database, before the rest is left to the scheduler.",
)


@click.group()
def privacy() -> None:
    """Retention, erasure and access under the AVG (GDPR)."""


@privacy.command()
@_wait
def purge(patience_s: float) -> None:
    """End what is older than it may be kept. The scheduler does the same by itself.

    Exit status 3: something of it can still be read in the database's files; the output says what will end that.
    """
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock
    from callcenter.privacy.files import order_cleaning
    from callcenter.privacy.retention import periods
    from schedules.retention import run

    sessions, clock = open_sessions(), SystemClock()
    done = run(sessions, clock)
    for name, days in periods().items():
        click.echo(f"{name}: {done[name]} ended (kept {days} days)")
    if any(done.values()):
        with sessions.begin() as session:
            order_cleaning(session, clock.now(), rewrite=True)
    _end(_clean(sessions, patience_s))


@privacy.command()
@click.argument("number")
@_wait
def forget(number: str, patience_s: float) -> None:
    """Erase everything that is kept of NUMBER, in every table; figures stay as they are.

    A callback that is still open for it is cancelled, messages are erased here and at Twilio. A school's number that is
    in DUO's list comes back with the next import of that list.

    Exit status 3: the number stays somewhere, or can still be read in the database's files; the output says where, and
    what will end that.
    """
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock
    from callcenter.privacy.erase import forget as erase

    sessions = open_sessions()
    done = erase(sessions, number, SystemClock().now(), "command line")
    cleaned = _clean(sessions, patience_s)
    if done.nothing:
        click.echo("nothing was kept of this number" if cleaned else "nothing is kept of this number in any table")
    else:
        click.echo(
            f"erased: {done.calls} calls, {done.messages} messages, {done.callbacks} callbacks, "
            f"{done.contacts} entries in the directory, {done.other} other places"
        )
    for place, rows in done.left.items():
        click.echo(f"not erased: {place} ({rows}), which is about the office's own people (docs/privacy.md)")
    _end(cleaned and not done.left)


def _clean(sessions: "sessionmaker[Session]", patience_s: float) -> bool:
    """Clean the database's files, and say so when that is not finished. Returns whether it is."""
    from callcenter.privacy.files import clean_files

    cleaned = clean_files(sessions, patience_s)
    if not cleaned:
        click.echo(
            "still to come: what is erased can be read in the database's files as long as somebody reads the state "
            "before it (a backup, a long report). The scheduler tries again every five minutes, and so does "
            "`callcenter privacy purge`."
        )
    return cleaned


def _end(finished: bool) -> None:
    if not finished:
        raise SystemExit(STILL_TO_COME)


@privacy.command()
@click.argument("number")
def export(number: str) -> None:
    """Print everything that is kept of NUMBER as JSON, messages' sound included (base64)."""
    import json

    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock
    from callcenter.privacy.export import export as everything

    found = everything(open_sessions(), number, SystemClock().now(), "command line")
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))
