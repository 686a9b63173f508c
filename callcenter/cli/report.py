"""The command that writes the report of a month."""

import click


@click.command()
@click.option("--month", required=True, help="Such as 2026-11.")
@click.option("--school", help="Only this school, by its code of DUO.")
@click.option("--out", type=click.Path(dir_okay=False), help="The file to write. Default: rapport-2026-11.pdf here.")
def report(month: str, school: str | None, out: str | None) -> None:
    """Write the report of a month as PDF.

    The month for the manager, or the same for one school beside all schools: one A4. It is overwritten when it exists.
    """
    from pathlib import Path

    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock
    from callcenter.directory.queries import school as stored_school
    from callcenter.errors import CallcenterError
    from callcenter.reachability.month_report import month_of
    from callcenter.reports.pdf import as_pdf
    from callcenter.reports.reading import report_sheet
    from callcenter.rota import versions
    from callcenter.settings import load_database_settings
    from callcenter.storage.engine import reading

    first, now = month_of(month), SystemClock().now()
    if first is None:
        raise click.UsageError("--month is a year and a month, such as 2026-11")
    with reading(open_sessions()) as session:
        _, rota = versions.required_active(session)
        if first > now.astimezone(rota.zone).date():
            raise CallcenterError(f"{month} has not begun")
        of = stored_school(session, school) if school else None
        sheet = report_sheet(session, rota, now, first, load_database_settings().locale, of)
    path = Path(out or f"{sheet.name}.pdf")
    path.write_bytes(as_pdf(sheet))
    click.echo(f"{path}: {sheet.title}, {sheet.subject}")
