"""What rows does a CSV file hold? Separator, encoding and headers as Dutch Excel writes them, with line numbers."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from callcenter.rota.model import Source
from callcenter.rota.reading.faults import Fault, fault


@dataclass(frozen=True)
class Columns:
    """The columns of a kind of file: every accepted header to its English name, and which must be there."""

    names: Mapping[str, str]
    required: frozenset[str]


@dataclass(frozen=True)
class Row:
    """One row: cells by English column name, trimmed; a column that is not in the file is empty."""

    cells: Mapping[str, str]
    source: Source

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def decode(data: bytes) -> str | None:
    """The text of a file in UTF-8 (with BOM or not) or Windows-1252, or None when it is neither."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it starts on; `sep=;` as Excel writes it and blank lines are passed over."""
    lines = text.splitlines(keepends=True)
    skipped = 0
    if lines and lines[0].strip().lower() in ("sep=;", "sep=,"):
        skipped = 1
    header = next((line for line in lines[skipped:] if line.strip()), "")
    reader = csv.reader(io.StringIO("".join(lines[skipped:]), newline=""), delimiter=";" if ";" in header else ",")
    before = 0
    for record in reader:
        start, before = before + 1, reader.line_num
        if any(cell.strip() for cell in record):
            yield start + skipped, [cell.strip() for cell in record]


def read_table(file: str, data: bytes, columns: Columns) -> tuple[list[Row], list[Fault]]:
    """The rows of a file and what is wrong with its form; no rows when the header cannot be understood."""
    text = decode(data)
    if text is None:
        return [], [fault("unreadable", Source(file, 1), value="UTF-8, Windows-1252")]
    try:
        records = list(_records(text))
    except csv.Error as error:
        return [], [fault("unreadable", Source(file, 1), value=error)]
    if not records:
        return [], [fault("missing_column", Source(file, 1), value=", ".join(sorted(columns.required)))]
    line, header = records[0]
    names, faults = _header(Source(file, line), header, columns)
    rows: list[Row] = []
    for line, cells in records[1:]:
        source = Source(file, line)
        if any(cell for cell, head in zip_longest(cells, header, fillvalue="") if cell and not head):
            faults.append(fault("too_many_cells", source))
        rows.append(Row({name: cell for name, cell in zip(names, cells, strict=False) if name}, source))
    usable = columns.required <= set(names)
    return (rows if usable else []), faults


def _header(source: Source, header: Sequence[str], columns: Columns) -> tuple[list[str], list[Fault]]:
    names: list[str] = []
    faults: list[Fault] = []
    known = ", ".join(columns.names)
    for cell in header:
        name = columns.names.get(cell.lower(), "")
        if not name and cell:
            faults.append(fault("unknown_column", source, value=cell, known=known))
        elif name and name in names:
            faults.append(fault("duplicate_column", source, value=cell))
            name = ""
        names.append(name)
    for name in sorted(columns.required - set(names)):
        faults.append(fault("missing_column", source, value=name))
    return names, faults
