"""Which cells does a CSV file hold? Bytes as offices save them become rows by header name, each with its line."""

import csv
import gzip
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from callcenter.directory.report import FileRefused, Refusal

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_UTF8_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Row:
    """One record: the line it starts on, and its cells, stripped, by the header's name in capitals."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """The header's names in capitals and the rows below it."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(file: str, content: bytes) -> Table:
    """The table in a file's bytes: gzip or not, `;` or `,`, UTF-8 (with a mark or not) or Windows-1252.

    Blank lines are passed over. Raises FileRefused with every fault found: not text, an unclosed quote, a row with
    more or fewer cells than the header, a header without names or with one twice.
    """
    text = _decode(file, _unpack(file, content))
    records = _records(file, text)
    if not records:
        raise FileRefused([Refusal(file, 1, "the file is empty")])
    _, names = records[0]
    header = tuple(name.strip().upper() for name in names)
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise FileRefused([Refusal(file, 1, f"column {name} occurs twice") for name in twice])
    rows: list[Row] = []
    faults: list[Refusal] = []
    for line, cells in records[1:]:
        if len(cells) != len(header):
            faults.append(Refusal(file, line, f"{len(cells)} cells where the header has {len(header)}"))
        else:
            rows.append(Row(line, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}))
    if faults:
        raise FileRefused(faults)
    return Table(header, tuple(rows))


def _unpack(file: str, content: bytes) -> bytes:
    if content.startswith(_ZIP):
        raise FileRefused([Refusal(file, 1, "this is a zip or Excel file; save it as CSV first")])
    if not content.startswith(_GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        raise FileRefused([Refusal(file, 1, "the gzip file is damaged or incomplete")]) from None


def _decode(file: str, content: bytes) -> str:
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise FileRefused([Refusal(file, line, "a zero byte: this is not a text file in UTF-8 or Windows-1252")])
    if content.startswith(_UTF8_BOM):
        content = content[len(_UTF8_BOM) :]
    # Windows-1252 text with an accented letter is as good as never valid UTF-8, so the stricter one is tried first.
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        fault = f"byte 0x{content[error.start]:02x} is neither UTF-8 nor Windows-1252"
        raise FileRefused([Refusal(file, line, fault)]) from None


def _records(file: str, text: str) -> list[tuple[int, list[str]]]:
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = "," if first.count(",") > first.count(";") else ";"
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[tuple[int, list[str]]] = []
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                records.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        # A quote that never closes swallows the rest of the file: the line where the record began is the one to mend.
        raise FileRefused([Refusal(file, start, f"quotes do not match ({error})")]) from None
    return records
