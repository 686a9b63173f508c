"""Reads the files of a rota, in Dutch or English, and finds all their faults in one run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import TypeVar

from callcenter.rota.model import CaseloadRow, Consultant, Policy, Rota, RotaException, Shift, Source
from callcenter.rota.reading.checks import check
from callcenter.rota.reading.columns import CASELOAD, CONSULTANTS, EXCEPTIONS, SHIFTS, Columns, Row, read_rows
from callcenter.rota.reading.faults import Fault, fault
from callcenter.rota.reading.names import NAMES, POLICY, called, kind_of
from callcenter.rota.reading.policy import read_policy
from callcenter.rota.reading.rows import RowReader, place

T = TypeVar("T")

COLUMNS: dict[str, Columns] = {
    "consultants": CONSULTANTS,
    "shifts": SHIFTS,
    "exceptions": EXCEPTIONS,
    "caseload": CASELOAD,
}


@dataclass(frozen=True)
class ReadResult:
    """The rota, or None when a fault is an error; and every fault, errors first in the order of the files."""

    rota: Rota | None
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> tuple[Fault, ...]:
        """The faults that prevent loading the files."""
        return tuple(found for found in self.faults if found.severity == "error")


def folder_bytes(path: Path) -> dict[str, bytes]:
    """The files of a folder that can belong to a rota. Raises OSError when it cannot be read."""
    return {
        entry.name: entry.read_bytes()
        for entry in sorted(path.iterdir())
        if entry.is_file() and not entry.name.startswith((".", "~")) and entry.suffix.lower() in (".csv", ".toml")
    }


def read_files(
    files: Mapping[str, bytes], now: datetime | None = None, *, warnings: bool = True, strict: bool = True
) -> ReadResult:
    """The rota in files, given as bytes by name, and all their faults.

    now: the instant for checks that depend on it (who is active, gaps ahead, the end of the vacation dates); None
    skips them, for a version that was checked when it was loaded. warnings: False skips these. strict: False
    reads a version that was loaded before stray quotes, odd characters and long names of tiers were faults.
    """
    sorted_files, faults = _sort(files)
    policy = _policy(sorted_files.get("policy", {}), faults, strict)
    tables = {kind: _tables(sorted_files.get(kind, {}), COLUMNS[kind], faults, strict) for kind in COLUMNS}
    consultants = _consultants(tables["consultants"], faults)
    zone = policy.zone if policy else "Europe/Amsterdam"
    # The code of a faulty row counts as known, so that one fault does not cause twenty.
    reader = RowReader(zone, {row["code"] for row in tables["consultants"]}, called("consultants", files))
    shifts = [row for row in _values(tables["shifts"], reader.shift) if row.consultant in consultants]
    exceptions = [
        row
        for row in _values(tables["exceptions"], reader.exception)
        if row.consultant in consultants and (not row.substitute or row.substitute in consultants)
    ]
    caseload = _values(tables["caseload"], reader.caseload)
    faults += reader.faults
    rota = Rota(consultants, *_unique(shifts, exceptions, caseload, faults), policy or Policy())
    broken = any(found.severity == "error" for found in faults)
    mobiles = {row.source: row["mobile"] for row in tables["consultants"]}
    faults += check(rota, mobiles, now, warnings=warnings and not broken, shifts=called("shifts", files))
    if not warnings:
        faults = [found for found in faults if found.severity == "error"]
    order = {name: number for number, name in enumerate(files)}
    faults = sorted(dict.fromkeys(faults), key=lambda f: (f.severity, order.get(f.file, -1), f.line, f.code))
    broken = any(found.severity == "error" for found in faults)
    return ReadResult(None if broken else rota, tuple(faults))


def _sort(files: Mapping[str, bytes]) -> tuple[dict[str, dict[str, bytes]], list[Fault]]:
    """The files by kind; a name that is nearly right is an error, since its rows would be dropped silently."""
    found: dict[str, dict[str, bytes]] = {}
    faults: list[Fault] = []
    known = [*POLICY, *(f"{stem}.csv" for stems in NAMES.values() for stem in stems)]
    for name, data in files.items():
        lower = PurePosixPath(name).name.lower()
        kind = kind_of(lower)
        if kind is not None:
            found.setdefault(kind, {})[name] = data
        elif near := get_close_matches(lower, known, n=1, cutoff=0.75):
            faults.append(fault("unknown_file", Source(name, 1), value=name, known=near[0]))
        else:
            faults.append(fault("ignored_file", Source(name, 1), value=name))
    for kind in ("policy", "consultants", "shifts"):
        if kind not in found:
            name = called(kind, files)
            faults.append(fault("missing_file", Source(name, 1), value=name))
    return found, faults


def _policy(files: Mapping[str, bytes], faults: list[Fault], strict: bool) -> Policy | None:
    names = list(files)
    for extra in names[1:]:
        faults.append(fault("name_twice", Source(extra, 1), value=f"{names[0]}, {extra}"))
    if not names:
        return None
    policy, found = read_policy(names[0], files[names[0]], strict=strict)
    faults += found
    return policy


def _tables(files: Mapping[str, bytes], columns: Columns, faults: list[Fault], strict: bool) -> list[Row]:
    rows: list[Row] = []
    for name, data in files.items():
        found, wrong = read_rows(name, data, columns, strict=strict)
        rows += found
        faults += wrong
    return rows


def _values(rows: list[Row], read: Callable[[Row], T | None]) -> list[T]:
    return [value for value in (read(row) for row in rows) if value is not None]


def _consultants(rows: list[Row], faults: list[Fault]) -> dict[str, Consultant]:
    reader = RowReader("UTC")
    found: dict[str, Consultant] = {}
    for person in _values(rows, reader.consultant):
        first = found.setdefault(person.code, person)
        if first is person:
            continue
        if first == person:
            faults.append(fault("duplicate_row", person.source, other=place(first.source)))
        else:
            faults.append(fault("duplicate_id", person.source, value=person.code, other=place(first.source)))
    faults += reader.faults
    return found


def _unique(
    shifts: list[Shift], exceptions: list[RotaException], caseload: list[CaseloadRow], faults: list[Fault]
) -> tuple[tuple[Shift, ...], tuple[RotaException, ...], tuple[CaseloadRow, ...]]:
    """The rows without repetitions. A repetition is a warning; rows that contradict each other are errors."""
    shifts_once = _first_of(shifts, lambda row: row, lambda row: row.source, faults)
    by_id: dict[str, RotaException] = {}
    for row in exceptions:
        first = by_id.setdefault(row.id, row) if row.id else row
        if first != row:
            faults.append(fault("duplicate_id", row.source, value=row.id, other=place(first.source)))
    exceptions_once = _first_of(
        exceptions,
        lambda row: (row.kind, row.consultant, row.start, row.end, row.substitute),
        lambda row: row.source,
        faults,
    )
    caseload_once = _first_of(caseload, lambda row: row, lambda row: row.source, faults)
    by_place: dict[tuple[bool, str], CaseloadRow] = {}
    for entry in caseload_once:
        name = entry.school or entry.municipality
        earlier = by_place.setdefault((bool(entry.school), name.casefold()), entry)
        if earlier.consultant != entry.consultant:
            faults.append(fault("caseload_conflict", entry.source, value=name, other=place(earlier.source)))
    return tuple(shifts_once), tuple(exceptions_once), tuple(caseload_once)


def _first_of(rows: list[T], key: Callable[[T], object], source: Callable[[T], Source], faults: list[Fault]) -> list[T]:
    seen: dict[object, T] = {}
    found: list[T] = []
    for row in rows:
        first = seen.setdefault(key(row), row)
        if first is row:
            found.append(row)
        else:
            faults.append(fault("duplicate_row", source(row), other=place(source(first))))
    return found
