"""Reads a list of schools or contacts from the bytes of a CSV file, plain or gzip, as rows by column name."""

import gzip
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from callcenter.directory.report import FileRefused, Refusal
from callcenter.officecsv import CsvTable, UnreadableCsv, read_csv

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Row:
    """One record: the line on which it starts, and its trimmed cells by column name in capitals."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """The column names in capitals, and the rows below them."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(file: str, content: bytes, must_reach: Collection[str] = ()) -> Table:
    """The table in a file's bytes. Columns without a name are left out; they must be empty.

    must_reach: columns that a row may not leave out at its end. Raises FileRefused with every fault found: bytes that
    are no CSV, an empty file, a column that occurs twice, a row with too many or too few cells.
    """
    try:
        table = read_csv(_unpack(file, content))
    except UnreadableCsv as error:
        raise FileRefused([Refusal(file, error.line, str(error))]) from None
    if not table.header:
        raise FileRefused([Refusal(file, 1, "the file is empty")])
    header = tuple(name.upper() for name in table.header)
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise FileRefused([Refusal(file, table.line, f"column {name} occurs twice") for name in twice])
    faults = _faults(file, table, max((header.index(name) + 1 for name in must_reach if name in header), default=0))
    if faults:
        raise FileRefused(faults)
    rows = tuple(
        Row(record.line, {name: cell for name, cell in zip(header, record.cells, strict=True) if name})
        for record in table.records
    )
    return Table(tuple(name for name in header if name), rows)


def _faults(file: str, table: CsvTable, least: int) -> list[Refusal]:
    width = len(table.header)
    faults: list[Refusal] = []
    for record in table.records:
        last = record.unnamed[-1] if record.unnamed else 0
        if last > width:
            fault = f"{last} cells where the header has {width}; put a text that holds the separator in quotes"
        elif last:
            fault = f"the text in column {last} has no column name above it; give the column a name or empty it"
        elif record.written < least:
            fault = f"{record.written} cells where the header has {width}"
        else:
            continue
        faults.append(Refusal(file, record.line, fault))
    return faults


def _unpack(file: str, content: bytes) -> bytes:
    if not content.startswith(_GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        raise FileRefused([Refusal(file, 1, "the gzip file is damaged or incomplete")]) from None
