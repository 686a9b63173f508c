"""Writes rows as CSV in the form that a Dutch Excel opens without questions: `;`, a byte order mark, no formulas."""

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from itertools import islice

from flask import Response

from callcenter.web import formats
from callcenter.web.locale import _

# Spreadsheets read a cell that begins with one of these as a formula, some also behind spaces or in the wide forms of
# these characters (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A file is made in memory. So many rows take about ten megabytes.
MOST_ROWS = 50_000


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
    """The rows as a file of this name; the heading and at most MOST_ROWS more. A last row says so when there are more.

    name: without its ending.
    """
    found = iter(rows)
    text = csv_text(islice(found, MOST_ROWS + 1))
    if next(found, None) is not None:
        text += csv_text([[_("There are more than %(num)s: choose fewer days.", num=MOST_ROWS)]])
    return csv_file(name, text)


def csv_file(name: str, text: str) -> Response:
    """CSV text as a file of this name, which is given without its ending."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text.encode("utf-8-sig"), headers=headers, content_type="text/csv; charset=utf-8")
