"""Writes rows as CSV in the form that a Dutch Excel opens without questions: `;`, a byte order mark, no formulas."""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import StringIO

from flask import Response, stream_with_context

from callcenter.web import formats

BOM = "\ufeff"
# Spreadsheets read a cell that begins with one of these as a formula, some also behind spaces or in the wide forms of
# these characters (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Rows that are sent together.
_TOGETHER = 200


def safe(cell: str) -> str:
    """The text, with an apostrophe in front when a spreadsheet would read it as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) or cell.lstrip(" ").startswith(_FORMULA) else cell


def stamp(at: datetime) -> str:
    """`08-06-2027 10:00`, local time."""
    return formats.local(at).strftime("%d-%m-%Y %H:%M")


def number(value: float | None, digits: int = 1) -> str:
    """A number with a decimal comma, as a Dutch Excel reads it; empty for None."""
    return "" if value is None else f"{value:.{digits}f}".replace(".", ",")


def csv_text(rows: Iterable[Iterable[str]]) -> str:
    """The rows as CSV text, without the byte order mark."""
    out = StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def csv_answer(name: str, rows: Iterable[Iterable[str]]) -> Response:
    """An answer that sends the rows while they are read, as a file `name`-DATE.csv. name: with its day."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(stream_with_context(_encoded(rows)), headers=headers, content_type="text/csv; charset=utf-8")


def _encoded(rows: Iterable[Iterable[str]]) -> Iterator[bytes]:
    yield BOM.encode()
    waiting: list[Iterable[str]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == _TOGETHER:
            yield csv_text(waiting).encode()
            waiting = []
    yield csv_text(waiting).encode()
