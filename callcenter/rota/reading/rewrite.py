"""Changes single rows of a rota's CSV file, and leaves every other line, and the number of each, as it is."""

import csv
import io
from collections.abc import Callable, Mapping
from itertools import islice

from callcenter.officecsv import decode, encode_like, read_csv
from callcenter.rota.model import Source
from callcenter.rota.reading.columns import Columns, Row

# Gets a row; returns the cells that change by English column name, or None to remove the row.
Change = Callable[[Row], Mapping[str, str] | None]


def rewrite(file: str, data: bytes, columns: Columns, change: Change) -> bytes:
    """The bytes of a file with `change` applied to each row. Raises UnreadableCsv.

    A removed row leaves empty lines, which the reader skips, so that faults and explanations name the same lines.
    """
    table = read_csv(data, strict=False)
    names = [columns.names.get(cell.lower(), "") for cell in table.header]
    lines = list(io.StringIO(decode(data), newline=""))
    for record in table.records:
        cells = {name: cell for name, cell in zip(names, record.cells, strict=True) if name}
        row = Row(cells, Source(file, record.line))
        changed = change(row)
        if changed is None or any(row[name] != value for name, value in changed.items()):
            _replace(lines, record.line - 1, table.separator, names, changed)
    return encode_like("".join(lines), data)


def _replace(lines: list[str], first: int, separator: str, names: list[str], changed: Mapping[str, str] | None) -> None:
    reader = csv.reader(islice(lines, first, None), delimiter=separator)
    cells = next(reader)
    last = first + reader.line_num
    ends = [line[len(line.rstrip("\r\n")) :] for line in lines[first:last]]
    lines[first:last] = ends
    if changed is not None:
        written = io.StringIO(newline="")
        new = [changed.get(name, cell) for name, cell in zip(_padded(names, cells), cells, strict=True)]
        csv.writer(written, delimiter=separator, lineterminator=ends[-1]).writerow(new)
        # A cell of several lines that stays takes the place of as many of the empty lines.
        pieces = list(io.StringIO(written.getvalue(), newline=""))
        lines[first : first + len(pieces)] = pieces


def _padded(names: list[str], cells: list[str]) -> list[str]:
    return [*names, *[""] * (len(cells) - len(names))][: len(cells)]
