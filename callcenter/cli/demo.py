"""The command `demo`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import threading
    from datetime import date

    from callcenter.demo.run import Demo
    from callcenter.demo.session import Ready


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Where the pages are.")
@click.option("--speed", default=1.0, show_default=True, type=click.FloatRange(0.1, 600), help="Times real time, live.")
@click.option("--seed", default=30, show_default=True, help="The same seed lives the same days.")
@click.option("--days", default=5, show_default=True, type=click.IntRange(1, 60), help="Past working days to be lived.")
def demo(port: int, speed: float, seed: int, days: int) -> None:
    """Run everything here, without any account: lived days first, then live calls.

    Nobody is really called: the product speaks to a stand-in for Twilio in the same process, and the demo does not
    start beside real credentials. Ctrl-C ends it; nothing is left behind.
    """
    from callcenter.demo.guard import refuse_credentials

    refuse_credentials(os.environ, Path(".env"))
    from callcenter.demo.session import Options, run, stopping

    with stopping() as stop:
        run(Options(port, speed, seed, days), stop, _simulate_past, _print_ready)
    click.echo("stopped; nothing is left behind")


def _simulate_past(demo: "Demo", stop: "threading.Event") -> None:
    def day_name(day: "date | None") -> str:
        return day.strftime("%a %d %b") if day else ""

    bar = click.progressbar(length=demo.steps, label="Living the past days", item_show_func=day_name)
    with bar:
        demo.simulate_past(stop, lambda day: bar.update(1, day))


def _print_ready(ready: "Ready") -> None:
    from callcenter.demo.fixtures import LOGINS

    click.echo(f"\nThe call centre is open at {ready.address}")
    if ready.shows is not None:
        click.echo(
            f"The line is closed at this hour, so the demo's clock stands at {ready.shows:%A %d %B}, mid-morning."
        )
    for login in LOGINS:
        click.echo(f"  {login.role:<11} {login.email:<20} {login.password}")
    click.echo(f"  API token   {ready.token}")
    click.echo("Calls go on live. Ctrl-C stops it.")
