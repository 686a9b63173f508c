"""Reads the schools of a DUO list from the bytes of its CSV file, and refuses a broken file with every fault.

Source of the format: DUO open onderwijsdata, "Alle schoolvestigingen" of primary, secondary and special education
(CC0): Windows-1252, `;`, one space in a blank cell. Columns are found by name, because the lists differ in them.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from callcenter.directory.list_file import Row, Table, read_table
from callcenter.directory.places import place_name
from callcenter.directory.regions import region_code
from callcenter.directory.report import FileRefused, Refusal
from callcenter.numbers import parse, parse_all

PRIMARY = "duo_primary"
SECONDARY = "duo_secondary"
SPECIAL = "duo_special"

_NEEDED = ("VESTIGINGSCODE", "VESTIGINGSNAAM", "PLAATSNAAM", "GEMEENTENUMMER", "GEMEENTENAAM", "TELEFOONNUMMER")
# A row that ends before one of these is broken; other cells at its end may be left out.
_MUST_REACH = ("VESTIGINGSCODE", "VESTIGINGSNAAM", "GEMEENTENUMMER")
_CODE = re.compile(r"\d{2}[A-Z]{2}\d{2}")
_MUNICIPALITY = re.compile(r"\d{1,4}")
# The column widths in the database. A longer text is a sign of a shifted row or of two rows in one.
_LONGEST = {
    "VESTIGINGSNAAM": 200,
    "PLAATSNAAM": 100,
    "GEMEENTENAAM": 100,
    "RMC-REGIO CODE": 8,
    "RMC-REGIO NAAM": 100,
    "VAKANTIEREGIO": 16,
    "BEVOEGD GEZAG NUMMER": 16,
}


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """One school location. numbers: E.164; digest: of all cells of the row, so that any change shows."""

    line: int
    duo_code: str
    brin: str
    name: str
    place: str
    municipality_code: str
    municipality: str
    rmc_region_code: str
    rmc_region: str
    vacation_region: str
    board: str
    numbers: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class DuoFile:
    """The kind and the schools of a file, and its numbers that are not valid."""

    file: str
    kind: str
    schools: tuple[SchoolRow, ...]
    refused_numbers: tuple[Refusal, ...]


def read_duo(file: str, content: bytes) -> DuoFile:
    """The schools in the bytes of a DUO list, plain or gzip. file: the name for faults.

    A school whose number is not valid is read without it. Raises FileRefused, with every fault, when the file is
    broken: then none of it can be trusted.
    """
    table = read_table(file, content, _MUST_REACH)
    missing = [name for name in _NEEDED if name not in table.header]
    if missing:
        raise FileRefused([Refusal(file, 1, f"column {name} is missing") for name in missing])
    faults = _faults(file, table)
    if not table.rows:
        faults = [Refusal(file, 1, "the file lists no schools")]
    if faults:
        raise FileRefused(faults)
    municipalities = _municipalities(table.rows)
    schools = tuple(_school(row, municipalities) for row in table.rows)
    refused = tuple(
        Refusal(file, school.line, f"school {school.duo_code}: {row.cells['TELEFOONNUMMER']!r} is no valid number")
        for row, school in zip(table.rows, schools, strict=True)
        if row.cells["TELEFOONNUMMER"] and not school.numbers
    )
    return DuoFile(file, _kind(table), schools, refused)


def school_numbers(cell: str) -> tuple[str, ...]:
    """The E.164 numbers in a telephone cell. DUO writes those of the Caribbean Netherlands as 599… without a plus."""
    found = parse_all(cell)
    if found:
        return tuple(found)
    digits = re.sub(r"\D", "", cell)
    caribbean = parse(f"+{digits}") if digits.startswith("599") else None
    return (caribbean,) if caribbean else ()


def _kind(table: Table) -> str:
    if "SOORT PRIMAIR ONDERWIJS" in table.header or "CLUSTER" in table.header:
        return SPECIAL
    return SECONDARY if "ONDERWIJSSTRUCTUUR" in table.header else PRIMARY


def _faults(file: str, table: Table) -> list[Refusal]:
    faults: list[Refusal] = []
    first_line: dict[str, int] = {}
    for row in table.rows:
        code = row.cells["VESTIGINGSCODE"].upper()
        if not _CODE.fullmatch(code):
            faults.append(Refusal(file, row.line, f"VESTIGINGSCODE {code!r} is not a BRIN and two digits"))
        elif code in first_line:
            faults.append(Refusal(file, row.line, f"VESTIGINGSCODE {code} occurs already on line {first_line[code]}"))
        first_line.setdefault(code, row.line)
        if not row.cells["VESTIGINGSNAAM"]:
            faults.append(Refusal(file, row.line, "VESTIGINGSNAAM is blank"))
        if not _MUNICIPALITY.fullmatch(row.cells["GEMEENTENUMMER"]):
            faults.append(Refusal(file, row.line, f"GEMEENTENUMMER {row.cells['GEMEENTENUMMER']!r} is not a number"))
        faults += [
            Refusal(file, row.line, f"{name} has more than {longest} characters")
            for name, longest in _LONGEST.items()
            if len(row.cells.get(name, "")) > longest
        ]
    return faults


def _municipalities(rows: Iterable[Row]) -> dict[str, str]:
    """Municipality names by number. A new municipality's name is blank in some rows, its number never is."""
    named = ((row.cells["GEMEENTENUMMER"], row.cells["GEMEENTENAAM"]) for row in rows)
    return {number.zfill(4): name for number, name in named if name}


def _school(row: Row, municipalities: dict[str, str]) -> SchoolRow:
    cells = row.cells
    code = cells["VESTIGINGSCODE"].upper()
    municipality_code = cells["GEMEENTENUMMER"].zfill(4)
    region = cells.get("RMC-REGIO NAAM", "")
    return SchoolRow(
        line=row.line,
        duo_code=code,
        brin=code[:4],
        name=" ".join(cells["VESTIGINGSNAAM"].split()),
        place=place_name(cells["PLAATSNAAM"]),
        municipality_code=municipality_code,
        municipality=place_name(municipalities.get(municipality_code, "")),
        rmc_region_code=cells.get("RMC-REGIO CODE") or region_code(region),
        rmc_region=region,
        vacation_region=cells.get("VAKANTIEREGIO", ""),
        board=cells.get("BEVOEGD GEZAG NUMMER", ""),
        numbers=school_numbers(cells["TELEFOONNUMMER"]),
        digest=_digest(row),
    )


def _digest(row: Row) -> str:
    # Without blank cells, so that a new empty column does not change every school.
    text = "\x1f".join(f"{name}={cell}" for name, cell in sorted(row.cells.items()) if cell)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
