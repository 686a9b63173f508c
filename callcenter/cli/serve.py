"""The commands `serve` and `scheduler`."""

import sys

import click


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, metavar="HOST:PORT")
@click.option("--workers", type=click.IntRange(1, 32), default=1, show_default=True, help="Server processes.")
@click.option("--no-scheduler", is_flag=True, help="The scheduler runs elsewhere: `callcenter scheduler`.")
def serve(bind: str, workers: int, no_scheduler: bool) -> None:
    """Run the production server, with the scheduler."""
    from callcenter.cli.context import open_office
    from callcenter.cli.start import prepare
    from callcenter.server import run_server

    office = open_office()
    prepare(office)
    office.engine.dispose()
    run_server(bind, workers, scheduler=not no_scheduler)


@click.command()
@click.option("--beside", is_flag=True, hidden=True, help="`serve` started this, and wakes it through standard input.")
@click.option("--sign", type=int, hidden=True, help="File descriptor of the readiness file that `serve` reads.")
@click.option("--outbox-only", is_flag=True, hidden=True, help="The jobs run elsewhere.")
def scheduler(beside: bool, sign: int | None, outbox_only: bool) -> None:
    """Run only the scheduler and outbox."""
    from callcenter.cli.context import open_office
    from callcenter.cli.start import prepare
    from callcenter.server import run_scheduler
    from callcenter.warming import ReadinessFile

    office = open_office()
    prepare(office)
    run_scheduler(
        office,
        jobs=not outbox_only,
        wake_fd=sys.stdin.fileno() if beside else None,
        readiness=ReadinessFile(sign) if sign is not None else None,
    )
