"""The commands that set up and check the connection with Twilio."""

import click


@click.group()
def twilio() -> None:
    """The connection with Twilio."""


@twilio.command()
def connect() -> None:
    """Set every line's number so that its calls and messages reach us."""
    from callcenter.cli.context import open_office
    from callcenter.doctor.twilio_check import connect_lines

    connect_lines(open_office(), click.echo)


@twilio.command()
def check() -> None:
    """Verify account, numbers, addresses and signature, end to end."""
    from callcenter.cli.context import open_office
    from callcenter.doctor.twilio_check import check_all, note_connected
    from callcenter.errors import CallcenterError

    office, failed = open_office(), 0
    for ok, text in check_all(office):
        click.echo(f"{'ok  ' if ok else 'FAIL'} {text}")
        failed += not ok
    if failed:
        raise CallcenterError(f"{failed} of the checks failed")
    note_connected(office)
