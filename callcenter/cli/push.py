"""The command that makes the key pair for push messages."""

import click


@click.group()
def push() -> None:
    """Push messages to the browsers of consultants."""


@push.command()
def keys() -> None:
    """Print new keys as settings, to be added to .env.

    Browsers subscribe to these keys: with other ones, each consultant switches push messages on anew.
    """
    from callcenter.notify.push.keys import make_private_key

    click.echo(f"CALLCENTER_PUSH_PRIVATE_KEY={make_private_key()}")
    click.echo("# Where a push service reaches you when something is wrong:", err=True)
    click.echo("# CALLCENTER_PUSH_CONTACT=mailto:you@example.nl", err=True)
