"""The commands that check and query a rota. With --dir they need no database."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from callcenter.cli.rota_new import new
from callcenter.cli.rota_options import (
    between,
    files_in,
    from_folder,
    has_rota,
    in_json,
    in_language,
    instant,
    no_rota_in,
    now,
    print_faults,
    print_json,
    rota_of,
    span,
    week,
)
from callcenter.cli.rota_versions import diff, leave, load, restore, versions

if TYPE_CHECKING:
    from callcenter.rota.model import Rota


@click.group()
def rota() -> None:
    """The rota: check, load and ask it."""


@rota.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@in_language
def check(folder: Path, language: str) -> None:
    """Check the files of a folder; every fault is a line FILE:LINE: CODE text.

    Exit status 1 when one of them is an error. Nothing is loaded.
    """
    from callcenter.rota.reading.files import read_files

    result = read_files(files_in(folder), now())
    print_faults(result.faults, language)
    errors = len(result.errors)
    if errors:
        click.echo(_counted(errors, "fout", "fouten") if language == "nl" else _counted(errors, "error"), err=True)
        if not has_rota(folder):
            click.echo(no_rota_in(folder), err=True)
        raise SystemExit(1)


def _counted(number: int, one: str, more: str | None = None) -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"


@rota.command("open")
@between
@from_folder
@in_json
@in_language
def open_(first: date, last: date, folder: Path | None, as_json: bool, language: str) -> None:
    """When the line is open between two local dates."""
    from callcenter.rota.hours import opening
    from callcenter.rota.show import render

    asked = rota_of(folder, language)
    found = opening(asked, *span(asked, first, last))
    if as_json:
        print_json(render.intervals_json(found))
        return
    for i in found:
        click.echo(render.span_text(i.start, i.end, asked.zone, language))


@rota.command()
@between
@from_folder
@in_json
@in_language
def timeline(first: date, last: date, folder: Path | None, as_json: bool, language: str) -> None:
    """Who is on duty, from when to when, between two local dates."""
    from callcenter.rota.duty import timeline as duties
    from callcenter.rota.show import render

    asked = rota_of(folder, language)
    found = duties(asked, *span(asked, first, last))
    if as_json:
        print_json(render.timeline_json(found))
        return
    rows = [
        (render.span_text(d.start, d.end, asked.zone, language), d.consultant, render.word(d.role, language))
        for d in found
    ]
    for line in render.table(rows):
        click.echo(line)


@rota.command()
@between
@from_folder
@in_json
@in_language
def gaps(first: date, last: date, folder: Path | None, as_json: bool, language: str) -> None:
    """Open time with too few people, and the share of open time that is covered."""
    from callcenter.rota.duty import gaps as gaps_of
    from callcenter.rota.show import render

    asked = rota_of(folder, language)
    found = gaps_of(asked, *span(asked, first, last))
    if as_json:
        print_json(render.gaps_json(found))
        return
    for i in found.gaps:
        click.echo(render.span_text(i.start, i.end, asked.zone, language))
    share = "-" if found.coverage is None else f"{found.coverage:.1%}"
    click.echo(f"dekking {share}" if language == "nl" else f"coverage {share}")


@rota.command()
@click.option("--at", type=instant, help="The instant asked about; default now.")
@click.option("--week", "monday", type=week, help="A whole week instead, half-hours by people.")
@from_folder
@in_json
@in_language
def show(at: datetime | None, monday: date | None, folder: Path | None, as_json: bool, language: str) -> None:
    """Who is on duty at an instant, or in a week."""
    from callcenter.rota.show import render

    if at is not None and monday is not None:
        raise click.UsageError("give --at or --week, not both")
    asked = rota_of(folder, language)
    if monday is not None:
        if as_json:
            print_json(render.week_json(asked, monday))
            return
        for line in render.week_table(asked, monday, language):
            click.echo(line)
        return
    _show_instant(asked, at or now(), as_json, language)


def _show_instant(asked: "Rota", at: datetime, as_json: bool, language: str) -> None:
    from callcenter.rota.duty import duty
    from callcenter.rota.hours import is_open
    from callcenter.rota.show import render

    is_it_open, people = is_open(asked, at), duty(asked, at)
    if as_json:
        print_json(render.show_json(at, is_it_open, people))
        return
    state = ("open" if is_it_open else "dicht") if language == "nl" else ("open" if is_it_open else "closed")
    click.echo(f"{render.moment_text(at, asked.zone, language)}: {state}")
    until = "tot" if language == "nl" else "until"
    rows = [
        (
            p.consultant,
            asked.consultants[p.consultant].name,
            render.word(p.role, language),
            f"{until} {render.moment_text(p.until, asked.zone, language)}",
        )
        for p in people
    ]
    for line in render.table(rows):
        click.echo(line)


@rota.command()
@click.argument("code")
@click.option("--at", type=instant, help="The instant asked about; default now.")
@from_folder
@in_json
@in_language
def explain(code: str, at: datetime | None, folder: Path | None, as_json: bool, language: str) -> None:
    """Why consultant CODE is on duty at an instant, or not; the last line decides."""
    from callcenter.errors import NotFound
    from callcenter.rota.explain import explain as reasons

    asked = rota_of(folder, language)
    if code not in asked.consultants:
        raise NotFound(f"there is no consultant {code} in this rota")
    chain = reasons(asked, code, at or now())
    if as_json:
        print_json([{"code": r.code, "file": r.file, "line": r.line, "nl": r.text_nl, "en": r.text_en} for r in chain])
        return
    for reason in chain:
        text = reason.text_nl if language == "nl" else reason.text_en
        click.echo(f"{reason.file}:{reason.line}: {reason.code} {text}")


@rota.command()
@click.option("--after", type=instant, required=True, help="The instant from which working time counts.")
@click.option("--minutes", type=click.IntRange(0, 1_000_000), required=True, help="Working minutes.")
@from_folder
@in_json
@in_language
def due(after: datetime, minutes: int, folder: Path | None, as_json: bool, language: str) -> None:
    """When so many working minutes have passed."""
    from callcenter.rota.hours import due as due_at
    from callcenter.rota.show import render

    asked = rota_of(folder, language)
    found = due_at(asked, after, minutes)
    if as_json:
        print_json({"due": render.utc_text(found)})
    else:
        click.echo(render.moment_text(found, asked.zone, language))


for _command in (new, load, versions, restore, diff, leave):
    rota.add_command(_command)
