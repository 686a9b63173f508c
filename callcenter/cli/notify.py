"""The command that tries the team lead's channels."""

import click


@click.group()
def notify() -> None:
    """The messages to the team lead."""


@notify.command(name="test")
def send_test() -> None:
    """Send one test message to each address of CALLCENTER_NOTIFY_URLS, and say whether it was taken."""
    from callcenter.errors import CallcenterError
    from callcenter.notify.delivery import NotDelivered, deliver
    from callcenter.notify.wording import a_test
    from callcenter.settings import load_settings

    settings = load_settings()
    if not settings.notify_urls:
        raise CallcenterError("CALLCENTER_NOTIFY_URLS is not set: nobody is told when a callback is overdue")
    failed = 0
    for number, address in enumerate(settings.notify_urls, 1):
        try:
            deliver(address, a_test(settings.locale))
        except NotDelivered as error:
            failed += 1
            click.echo(f"address {number}: {error.taken.in_words}: {error.code}")
        else:
            click.echo(f"address {number}: taken")
    if failed:
        raise CallcenterError(f"{failed} of {len(settings.notify_urls)} addresses did not confirm the message")
