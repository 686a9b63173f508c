"""Reads CSV as offices save it: any usual encoding and separator, and the line of each record.

The files of the rota and the lists of the directory are read here, so that both accept the same files.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from callcenter.errors import CallcenterError
from callcenter.plaintext import ODD, cleaned

_ZIP = b"PK\x03\x04"
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
# The last byte of a file that DOS programs write.
_END_OF_FILE = "\x1a"
_SEPARATORS = (";", "\t", ",")
# Excel's own first line, which names the separator. Saved again as CSV it has empty cells behind it.
_SEPARATOR_LINE = re.compile(r'"?sep=([;\t,])"?[;\t,]*\s*', re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_LINE_END = re.compile(r"[\r\n]")
# Two stray quotes make one cell of everything between them, which is good CSV. Such a cell spans lines and holds the
# separators of a whole row; with fewer separators than this it may be a text of several lines.
_SWALLOWED = 4


class UnreadableCsv(CallcenterError):
    """The bytes are not a CSV file. `line` counts from 1; the message says in English what is wrong there."""

    def __init__(self, line: int, cause: Literal["zip", "encoding", "character", "quotes"], message: str) -> None:
        super().__init__(message)
        self.line = line
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a file.

    line: the line on which it starts, counted from 1; cells: trimmed, as many as the header has names, an absent one
    is empty; written: the number of cells in the file; unnamed: the columns, counted from 1, that hold text but have
    no name in the header.
    """

    line: int
    cells: tuple[str, ...]
    written: int
    unnamed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A file's header and the records below it. The header is empty when the file holds no text.

    header: trimmed names, without the empty ones at the end; line: the line of the header; separator: between cells.
    """

    header: tuple[str, ...]
    records: tuple[Record, ...]
    line: int = 1
    separator: str = ";"


def encode_like(text: str, data: bytes) -> bytes:
    """A text in the encoding, and with the byte order mark, of a file that `decode` reads."""
    for mark, encoding in zip(_UTF16_BOMS, ("utf-16-le", "utf-16-be"), strict=True):
        if data.startswith(mark):
            return mark + text.encode(encoding)
    mark = _UTF8_BOM if data.startswith(_UTF8_BOM) else b""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return mark + text.encode("cp1252", errors="replace")
    return mark + text.encode()


def decode(data: bytes, *, strict: bool = True) -> str:
    """The text of a file in UTF-8 or UTF-16 (with a byte order mark) or Windows-1252. Raises UnreadableCsv.

    strict: False leaves control characters and the like out, instead of refusing them.
    """
    if data.startswith(_ZIP):
        raise UnreadableCsv(1, "zip", "this is a zip or Excel file; save it as CSV first")
    if data.startswith(_UTF16_BOMS):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError:
            raise UnreadableCsv(1, "encoding", "this is not complete UTF-16 text") from None
    else:
        text = _decode_bytes(data.removeprefix(_UTF8_BOM))
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableCsv(line, "encoding", "a zero byte: this is not a text file in UTF-8 or Windows-1252")
    return _plain(text.removesuffix(_END_OF_FILE), strict)


def _plain(text: str, strict: bool) -> str:
    found = ODD.search(text)
    if found is None:
        return text
    if not strict:
        return cleaned(text)
    line = text.count("\n", 0, found.start()) + 1
    fault = f"the character U+{ord(found[0]):04X} cannot be shown; remove it"
    raise UnreadableCsv(line, "character", fault)


def _decode_bytes(data: bytes) -> str:
    # Windows-1252 text with an accented letter is almost never valid UTF-8, so the stricter encoding is tried first.
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fault = f"byte 0x{data[error.start]:02x} is neither UTF-8 nor Windows-1252"
        raise UnreadableCsv(line, "encoding", fault) from None


def read_csv(data: bytes, *, strict: bool = True) -> CsvTable:
    """The table in a file's bytes. Separators are `;`, `,` and tab, found in the header.

    A first line `sep=;` and blank lines are skipped. Raises UnreadableCsv for bytes that are no text and for quotes
    that do not match: whatever follows a stray quote would be lost. strict: False reads such a file as far as it
    goes, and leaves odd characters out.
    """
    lines = list(io.StringIO(decode(data, strict=strict), newline=""))
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    announced = _SEPARATOR_LINE.fullmatch(lines[first]) if first < len(lines) else None
    skipped = first + 1 if announced else first
    header_line = next((line for line in lines[skipped:] if line.strip()), "")
    separator = _separator(header_line, announced[1] if announced else None)
    found = _records(lines[skipped:], separator, skipped, strict)
    line, header = next(found, (1, []))
    while header and not header[-1]:
        header.pop()
    return CsvTable(tuple(header), tuple(_record(line, cells, header) for line, cells in found), line, separator)


def _separator(header: str, announced: str | None) -> str:
    """The announced separator if the header uses it, else the one most used outside quotes."""
    if announced and announced in header:
        return announced
    plain = _QUOTED.sub("", header)
    return max(_SEPARATORS, key=plain.count)


def _records(lines: Sequence[str], separator: str, skipped: int, strict: bool) -> Iterator[tuple[int, list[str]]]:
    """The trimmed cells of each record that is not blank, with the line on which it starts."""
    reader = csv.reader(lines, delimiter=separator, strict=strict)
    width = 0
    while True:
        start = skipped + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableCsv(start, "quotes", f"quotes do not match ({error})") from None
        width = width or len(cells)
        least = max(width - 1, _SWALLOWED)
        if strict and any(_LINE_END.search(cell) and cell.count(separator) >= least for cell in cells):
            raise UnreadableCsv(start, "quotes", "quotes do not match (a cell holds a whole row)")
        cells = [cell.strip() for cell in cells]
        if any(cells):
            yield start, cells


def _record(line: int, cells: list[str], header: list[str]) -> Record:
    width = len(header)
    unnamed = (column for column, cell in enumerate(cells, 1) if cell and (column > width or not header[column - 1]))
    padded = [*cells, *[""] * (width - len(cells))]
    return Record(line, tuple(padded[:width]), len(cells), tuple(unnamed))
