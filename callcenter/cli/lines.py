"""The commands for public numbers and for blocked callers."""

import click


@click.group()
def lines() -> None:
    """The public numbers."""


@lines.command("add")
@click.argument("number")
@click.option("--name", required=True, help="What the line is called on pages.")
def add_line(number: str, name: str) -> None:
    """Add a line, or give it another name. NUMBER is written as people do, or E.164."""
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock
    from callcenter.lines.register import add

    with open_sessions().begin() as session:
        line = add(session, number, name, SystemClock().now())
        click.echo(f"{line.number} {line.name}")


@lines.command("list")
def list_lines() -> None:
    """List the lines."""
    from callcenter.cli.context import open_sessions
    from callcenter.lines.register import lines_in_use

    with open_sessions()() as session:
        for line in lines_in_use(session):
            click.echo(f"{line.number} {line.name}")


@lines.command("remove")
@click.argument("number")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove_line(number: str, yes: bool) -> None:
    """Take a line out of use; its calls and figures stay.

    Calls to it are then answered with "not in use". The last line stays, and so does one with open callbacks.
    """
    from callcenter.access.audit import note
    from callcenter.callbacks.ending_line import end_line
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock

    if not yes:
        click.confirm(f"Callers of {number} then hear that it is not in use. Go on?", abort=True)
    with open_sessions().begin() as session:
        now = SystemClock().now()
        line = end_line(session, number, now)
        note(session, now, "command line", "line_removed", f"line:{line.id}")
        click.echo(f"{line.number} {line.name} is out of use; `callcenter lines add` takes it into use again")
    click.echo("give the number up at Twilio, or point it elsewhere: its calls still come here")


@click.group()
def blocked() -> None:
    """Numbers that are not put through."""


@blocked.command("add")
@click.argument("number")
@click.option("--reason", required=True)
@click.option("--days", type=click.IntRange(1, 3660), help="For so many days; without it until it is removed.")
def block(number: str, reason: str, days: int | None) -> None:
    """Stop putting a number through."""
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock
    from callcenter.lines.register import block_number

    with open_sessions().begin() as session:
        block_number(session, number, reason, days, "command line", SystemClock().now())


@blocked.command("remove")
@click.argument("number")
def unblock(number: str) -> None:
    """Put a number through again."""
    from callcenter.cli.context import open_sessions
    from callcenter.lines.register import unblock_number

    with open_sessions().begin() as session:
        unblock_number(session, number)


@blocked.command("list")
def list_blocked() -> None:
    """List the numbers that are not put through."""
    from sqlalchemy import select

    from callcenter.cli.context import open_sessions
    from callcenter.lines.records import BlockedNumber

    with open_sessions()() as session:
        for row in session.scalars(select(BlockedNumber).order_by(BlockedNumber.created_at)):
            until = f"until {row.until.isoformat(timespec='minutes')}" if row.until else "until removed"
            click.echo(f"{row.number} {until}: {row.reason}")
