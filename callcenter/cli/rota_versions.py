"""The commands that load, list, restore and compare rota versions, and read leave from a calendar."""

import getpass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from callcenter.cli.rota_options import (
    files_in,
    from_folder,
    in_json,
    in_language,
    local_date,
    now,
    print_faults,
    print_json,
    rota_of,
    span,
    stored_rota,
)

if TYPE_CHECKING:
    from callcenter.rota.model import Rota

_by = click.option("--author", help="Who loads it; default the name of the user.", metavar="NAME")


def _author(given: str | None) -> str:
    if given:
        return given
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a process without a user, as in some containers
        return "unknown"


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@_by
@in_language
def load(folder: Path, author: str | None, language: str) -> None:
    """Make the files of a folder the active rota.

    Refused as a whole when a check fails: every fault is told and the last good rota stays.
    """
    from callcenter.cli.context import open_sessions
    from callcenter.rota import versions as stored
    from callcenter.rota.reading.files import read_files

    files, sessions, at = files_in(folder), open_sessions(), now()
    read = read_files(files, at)
    try:
        with sessions.begin() as session:
            number = stored.store(session, files, read, _author(author), at).id
            stored.note_load_attempt(session, at, failed=False)
    except stored.RotaRefused as refused:
        with sessions.begin() as session:
            stored.note_load_attempt(session, at, failed=True)
            stays = stored.active(session) is not None
        left = "the last good one stays active" if stays else "none is active yet, so nobody can be rung"
        print_faults(refused.faults, language, err=True)
        click.echo(f"rota refused; {left}", err=True)
        raise SystemExit(1) from None
    print_faults(read.faults, language)
    click.echo(f"rota version {number} is active")


@click.command()
@in_json
def versions(as_json: bool) -> None:
    """Every rota loaded, newest first; the first one is active."""
    from callcenter.cli.context import open_sessions
    from callcenter.rota import versions as stored
    from callcenter.rota.show import render
    from callcenter.storage.engine import reading

    with reading(open_sessions()) as session:
        found: list[dict[str, Any]] = [
            {
                "id": row.id,
                "loaded_at": render.utc_text(row.loaded_at),
                "author": row.author,
                "note": row.note,
                "sha256": row.sha256,
                "erased_at": render.utc_text(row.erased_at) if row.erased_at else None,
                "active": index == 0,
            }
            for index, row in enumerate(stored.versions(session))
        ]
    if as_json:
        print_json(found)
        return
    rows = [
        (str(row["id"]), row["loaded_at"], row["author"], _remark(row), "active" if row["active"] else "")
        for row in found
    ]
    for line in render.table(rows):
        click.echo(line)


def _remark(row: dict[str, Any]) -> str:
    erased = f"(illness and remarks erased {row['erased_at'][:10]})" if row["erased_at"] else ""
    return " ".join(part for part in (row["note"], erased) if part)


@click.command()
@click.argument("number", type=click.IntRange(1, 2**31 - 1))
@_by
@in_language
def restore(number: int, author: str | None, language: str) -> None:
    """Make the files of version NUMBER the active rota again, as a new version.

    Illnesses and remarks that were erased from an old version do not come back: docs/privacy.md says after how long.
    """
    from callcenter.cli.context import open_sessions
    from callcenter.rota import versions as stored

    try:
        with open_sessions().begin() as session:
            made = stored.restore(session, number, _author(author), now()).id
            erased = stored.is_erased(session, number)
    except stored.RotaRefused as refused:
        print_faults(refused.faults, language, err=True)
        click.echo(f"version {number} does not pass today's checks; the last good one stays active", err=True)
        raise SystemExit(1) from None
    without = ", without the illnesses and remarks that were erased from them" if erased else ""
    click.echo(f"rota version {made} is active, with the files of version {number}{without}")


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", required=False)
@click.option("--from", "first", type=local_date, help="From this date's start; default today.")
@click.option("--to", "last", type=local_date, help="Up to this date's start; default four weeks later.")
@in_json
@in_language
def diff(old: str, new: str | None, first: date | None, last: date | None, as_json: bool, language: str) -> None:
    """Whose duty differs between OLD and NEW: version numbers or folders, NEW the active version when left out."""
    from callcenter.rota.show.diff import diff as changes

    before, after = _named(old), _named(new) if new else stored_rota(None)
    start = first or now().astimezone(after.zone).date()
    a, b = span(after, start, last or start + timedelta(days=28))
    lines = changes(before, after, a, b, language)
    if as_json:
        print_json(lines)
        return
    for line in lines:
        click.echo(line)


def _named(name: str) -> "Rota":
    return stored_rota(int(name)) if name.isdigit() and not Path(name).is_dir() else rota_of(Path(name))


@click.command()
@click.argument("file", metavar="FILE.ics", type=click.Path(path_type=Path))
@click.option("--consultant", "code", required=True, metavar="CODE", help="Whose calendar it is.")
@click.option("--from", "first", type=local_date, help="Only leave that ends after this date's start.")
@click.option("--to", "last", type=local_date, help="Only leave that begins before this date's start.")
@from_folder
def leave(file: Path, code: str, first: date | None, last: date | None, folder: Path | None) -> None:
    """Propose rows for exceptions.csv from a calendar: the events marked out of office.

    Nothing is changed: look through the rows and copy what is right.
    """
    from callcenter.errors import CallcenterError, NotFound
    from callcenter.rota.minutes import load_zone
    from callcenter.rota.show.leave import proposals, read_leave

    zone = load_zone("Europe/Amsterdam")
    if folder is not None:
        asked = rota_of(folder)
        zone = asked.zone
        if code not in asked.consultants:
            raise NotFound(f"there is no consultant {code} in {folder}")
    if zone is None:
        raise CallcenterError("the time zone Europe/Amsterdam cannot be loaded; install tzdata")
    try:
        data = file.read_bytes()
    except OSError as error:
        raise CallcenterError(f"{file}: {error.strerror}") from None
    for line in proposals(read_leave(data, zone, now(), first, last), code):
        click.echo(line)
