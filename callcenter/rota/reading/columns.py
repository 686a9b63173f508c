"""Reads one of the four CSV files as rows by English column name. Headers may be Dutch or English."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from callcenter.officecsv import CsvTable, UnreadableCsv, read_csv
from callcenter.rota.model import Source
from callcenter.rota.reading.faults import Fault, fault


@dataclass(frozen=True)
class Columns:
    """The columns of a kind of file. names: every accepted header, to its English name; required: English names."""

    names: Mapping[str, str]
    required: frozenset[str]

    @property
    def dutch(self) -> list[str]:
        """One Dutch header for each column, in the order of the columns; the English one where they are the same."""
        other = {name: header for header, name in reversed(list(self.names.items())) if header != name}
        return [other.get(name, name) for name in dict.fromkeys(self.names.values())]


def _columns(required: str, **names: str) -> Columns:
    accepted = {header: name for name, headers in names.items() for header in (name, *headers.split())}
    return Columns(accepted, frozenset(required.split()))


CONSULTANTS = _columns(
    "code name mobile",
    code="",
    name="naam",
    mobile="mobiel",
    email="",
    regions="regios regio's",
    active_from="actief_van",
    active_until="actief_tm",
)
SHIFTS = _columns(
    "consultant days from to",
    consultant="code",
    days="dagen",
    to="tot",
    every="elke",
    anchor="anker",
    valid_from="geldig_van",
    valid_until="geldig_tm",
    role="rol",
    note="opmerking",
    night="nacht",
    **{"from": "van"},
)
EXCEPTIONS = _columns(
    "kind consultant from to",
    id="",
    kind="soort",
    consultant="code",
    to="tot",
    substitute="vervanger",
    note="opmerking",
    by="door",
    **{"from": "van"},
)
CASELOAD = _columns("consultant", school="brin", municipality="gemeente", consultant="code")


# Headings that do not tell the language of a file.
_BOTH = ("code", "brin")


@dataclass(frozen=True)
class Row:
    """One row: trimmed cells by English column name; a column that the file does not have is empty.

    headings: what the file calls its columns, by English name.
    """

    cells: Mapping[str, str]
    source: Source
    headings: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def heading(self, column: str) -> str:
        """A column's name in this file's words, for a fault."""
        return self.headings.get(column, column)


def read_rows(file: str, data: bytes, columns: Columns, *, strict: bool = True) -> tuple[list[Row], list[Fault]]:
    """The rows of a file and the faults of its form; no rows when a required column is missing."""
    try:
        table = read_csv(data, strict=strict)
    except UnreadableCsv as error:
        return [], [unreadable(file, error)]
    if not table.header:
        return [], [fault("missing_column", Source(file, 1), value=", ".join(sorted(columns.required)))]
    headings = _headings(table.header, columns)
    names, faults = _names(file, table, columns, headings)
    rows: list[Row] = []
    for record in table.records:
        source = Source(file, record.line)
        if record.unnamed:
            faults.append(fault("too_many_cells", source))
        rows.append(Row({name: cell for name, cell in zip(names, record.cells, strict=True) if name}, source, headings))
    usable = columns.required <= set(names)
    return (rows if usable else []), faults


def unreadable(file: str, error: UnreadableCsv) -> Fault:
    """The fault of a file that is no text in rows."""
    if error.cause == "quotes":
        return fault("stray_quote", Source(file, error.line))
    if error.cause == "character":
        return fault("odd_character", Source(file, error.line))
    value = "zip, xlsx" if error.cause == "zip" else "UTF-8, Windows-1252"
    return fault("unreadable", Source(file, 1), value=value)


def _headings(header: Sequence[str], columns: Columns) -> Mapping[str, str]:
    """What the file calls each column, by English name: its own heading, else one in the language of its others."""
    own = {name: cell for cell in reversed(header) if (name := columns.names.get(cell.lower()))}
    dutch = any(cell.lower() not in (name, *_BOTH) for name, cell in own.items())
    named = {name: name for name in columns.names.values()}
    if dutch:
        named = dict(zip(named, columns.dutch, strict=True))
    return named | own


def _names(file: str, table: CsvTable, columns: Columns, headings: Mapping[str, str]) -> tuple[list[str], list[Fault]]:
    """The English name of each column, empty for one that is unknown, repeated or without a header."""
    source = Source(file, table.line)
    names: list[str] = []
    faults: list[Fault] = []
    known, known_nl = ", ".join(dict.fromkeys(columns.names.values())), ", ".join(columns.dutch)
    for cell in table.header:
        name = columns.names.get(cell.lower(), "")
        if not name and cell:
            faults.append(fault("unknown_column", source, value=cell, known=known, known_nl=known_nl))
        elif name and name in names:
            faults.append(fault("duplicate_column", source, value=cell))
            name = ""
        names.append(name)
    for name in sorted(columns.required - set(names)):
        faults.append(fault("missing_column", source, value=headings[name]))
    return names, faults
