"""The commands that import lists of schools and of other contacts."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from callcenter.directory.report import ImportReport

T = TypeVar("T")


@click.group()
def schools() -> None:
    """The directory of schools."""


@schools.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def import_schools(files: tuple[str, ...]) -> None:
    """Read DUO open-data lists of school locations (CSV, also .gz), oldest first.

    Each kind of list (primary, secondary, special education) is compared with what was read from that kind before.
    A school no longer in it is kept as gone. When a file is broken nothing is loaded.
    """
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock
    from callcenter.directory import schools as stored
    from callcenter.directory.duo import read_duo

    lists = _read_all(files, read_duo)
    with open_sessions().begin() as session:
        report = stored.import_schools(session, lists, SystemClock().now())
    _print_report(report)


@click.group()
def contacts() -> None:
    """The directory of other callers: partners, parents, youth care, police."""


@contacts.command("import")
@click.argument("file", metavar="FILE")
def import_contacts(file: str) -> None:
    """Read known callers from a CSV name;group;numbers;preferred.

    Groups are school, partner, parent and youth. A contact that the file no longer holds is kept as gone, when the
    file lists others of its group. When the file is broken nothing is loaded.
    """
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock
    from callcenter.directory import contacts as stored

    (read,) = _read_all((file,), stored.read_contacts)
    with open_sessions().begin() as session:
        report = stored.import_contacts(session, read, SystemClock().now())
    _print_report(report)


def _read_all(files: Sequence[str], read: Callable[[str, bytes], T]) -> list[T]:
    """Read all files. Prints the faults of all of them and exits with status 1 when there are any."""
    from callcenter.directory.report import FileRefused

    results: list[T] = []
    faults: list[str] = []
    for file in files:
        try:
            results.append(read(file, Path(file).read_bytes()))
        except OSError as error:
            faults.append(f"{file}: cannot be read: {error.strerror}")
        except FileRefused as refused:
            faults += [str(fault) for fault in refused.faults]
    if faults:
        for fault in faults:
            click.echo(fault, err=True)
        raise SystemExit(1)
    return results


def _print_report(report: "ImportReport") -> None:
    click.echo(report.summary())
    for refusal in report.refused:
        click.echo(str(refusal))
