"""Options of the rota's commands: dates, instants, folders, and the rota that they select."""

import json
import os
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from callcenter.rota.model import Rota
    from callcenter.rota.reading.faults import Fault

# Outside these years, date arithmetic could exceed Python's range.
_FIRST_YEAR, _LAST_YEAR = 1900, 2999

F = TypeVar("F", bound=Callable[..., Any])


def local_date(value: str | date) -> date:
    """A local date, `2027-03-26` or `26-03-2027`."""
    from callcenter.rota.reading.cells import parse_date

    day = value if isinstance(value, date) else parse_date(value.strip())
    if day is None:
        raise click.BadParameter(f"{value} is not a date; write 2027-03-26")
    return day


def instant(value: str | datetime) -> datetime:
    """An ISO instant with offset or `Z`."""
    try:
        t = value if isinstance(value, datetime) else datetime.fromisoformat(value.strip())
    except ValueError:
        t = None
    if t is None or t.tzinfo is None or not _FIRST_YEAR <= t.year <= _LAST_YEAR:
        raise click.BadParameter(f"{value} is not an instant; write 2027-03-26T09:00:00+01:00 or …Z")
    return t


def week(value: str | date) -> date:
    """An ISO week, `2027-W13`, as its Monday."""
    if isinstance(value, date):
        return value
    year, _, number = value.upper().partition("-W")
    try:
        monday = date.fromisocalendar(int(year), int(number), 1)
    except ValueError:
        monday = date.min
    if not _FIRST_YEAR <= monday.year <= _LAST_YEAR:
        raise click.BadParameter(f"{value} is not a week; write 2027-W13")
    return monday


def _language(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str:
    chosen = value or os.environ.get("CALLCENTER_LOCALE", "nl")
    return "en" if chosen.lower().startswith("en") else "nl"


in_language = click.option(
    "--language", callback=_language, help="nl or en; default CALLCENTER_LOCALE, else nl.", metavar="nl|en"
)
in_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
from_folder = click.option(
    "--dir", "folder", type=click.Path(path_type=Path), help="Ask the files of this folder; else the active version."
)


def between(command: F) -> F:
    """The options --from and --to, local dates."""
    command = click.option("--to", "last", type=local_date, required=True, help="Up to this date's start.")(command)
    return click.option("--from", "first", type=local_date, required=True, help="From this date's start.")(command)


def files_in(folder: Path) -> dict[str, bytes]:
    """The rota files of a folder, by name. Raises CallcenterError when it cannot be read."""
    from callcenter.errors import CallcenterError
    from callcenter.rota.reading.files import folder_bytes

    try:
        return folder_bytes(folder)
    except FileNotFoundError:
        raise CallcenterError(no_rota_in(folder)) from None
    except OSError as error:
        raise CallcenterError(f"{folder}: {error.strerror}") from None


def has_rota(folder: Path) -> bool:
    """Whether a folder that can be read has any file of a rota."""
    from callcenter.rota.reading.names import is_part

    return any(map(is_part, files_in(folder)))


def no_rota_in(folder: Path) -> str:
    """What to say of a folder that is missing or has no file of a rota, with what to do."""
    where = "there is no rota in it" if folder.is_dir() else "there is no such folder"
    return f"{folder}: {where}; `callcenter rota new {folder}` writes one to start from"


def print_faults(faults: "Iterable[Fault]", language: str, *, err: bool = False) -> None:
    """Print each fault as one line."""
    for found in faults:
        click.echo(found.report(language), err=err)


def rota_of(folder: Path | None, language: str = "nl") -> "Rota":
    """The rota of a folder, or the active one. Prints the faults and exits with status 1 when the folder has errors."""
    if folder is None:
        return stored_rota(None)
    from callcenter.clock import SystemClock
    from callcenter.rota.reading.files import read_files

    result = read_files(files_in(folder), SystemClock().now(), warnings=False)
    if result.rota is None:
        print_faults(result.errors, language, err=True)
        raise SystemExit(1)
    return result.rota


def stored_rota(number: int | None) -> "Rota":
    """A version's rota, or the active one. Raises NotFound."""
    from callcenter.cli.context import open_sessions
    from callcenter.errors import NotFound
    from callcenter.rota import versions as stored
    from callcenter.storage.engine import reading

    with reading(open_sessions()) as session:
        if number is not None:
            return stored.version(session, number)
        found = stored.active_rota(session)
    if found is None:
        raise NotFound("no rota is loaded yet; use: callcenter rota load DIR, or ask a folder with --dir DIR")
    return found


def span(rota_: "Rota", first: date, last: date) -> tuple[datetime, datetime]:
    """The instants at which two local dates begin."""
    from callcenter.rota.minutes import instant_of, midnight

    if last < first:
        raise click.BadParameter("--to is before --from", param_hint="--to")
    return instant_of(midnight(rota_.zone, first)), instant_of(midnight(rota_.zone, last))


def print_json(value: object) -> None:
    """Print a value as one line of JSON."""
    click.echo(json.dumps(value, ensure_ascii=False))


def now() -> datetime:
    """The present instant."""
    from callcenter.clock import SystemClock

    return SystemClock().now()
