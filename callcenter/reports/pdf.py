"""Draws a sheet as a PDF of one A4, with the fonts that every PDF reader has."""

import unicodedata
from collections.abc import Iterator
from io import BytesIO

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from callcenter.reports.sheet import Chart, Sheet

_PLAIN, _BOLD = "Helvetica", "Helvetica-Bold"
_INK, _MUTED, _BRAND, _RULE = (HexColor(code) for code in ("#17212b", "#52606d", "#154273", "#d9dfe5"))
_ANSWERED, _OFFERED = HexColor("#154273"), HexColor("#b87a10")
_WIDTH, _HEIGHT = (float(side) for side in A4)
_MARGIN = 48.0
_INSIDE = _WIDTH - 2 * _MARGIN
# The table: the share of its width for the measures, and the height of a line, in points.
_MEASURE = 0.40
_LINE = 12.0
_CHART = 118.0
_GAP = 18.0
# A name that needs more lines is cut.
_NAME_LINES = 2


def as_pdf(sheet: Sheet) -> bytes:
    """The sheet as a PDF. The same sheet gives the same bytes."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=1, lang=sheet.locale)
    canvas.setTitle(_known(f"{sheet.title} – {sheet.subject}"))
    canvas.setAuthor(_known(sheet.foot[-1].rpartition("· ")[2]))
    y = _table(canvas, sheet, _heading(canvas, sheet))
    _charts(canvas, sheet, y)
    canvas.setFillColor(_MUTED)
    canvas.setFont(_PLAIN, 8)
    for index, line in enumerate(reversed(sheet.foot)):
        canvas.drawString(_MARGIN, _MARGIN - 12 + index * 11, _cut(line, _INSIDE, _PLAIN, 8))
    canvas.save()
    return out.getvalue()


def _heading(canvas: Canvas, sheet: Sheet) -> float:
    """Title, subject and notes. Returns the height at which the table begins."""
    y = _HEIGHT - _MARGIN - 6
    canvas.setFillColor(_BRAND)
    canvas.setFont(_BOLD, 18)
    canvas.drawString(_MARGIN, y, _known(sheet.title))
    canvas.setFillColor(_INK)
    canvas.setFont(_BOLD, 12)
    y -= 22
    for line in _lines(sheet.subject, _INSIDE, _BOLD, 12, _NAME_LINES):
        canvas.drawString(_MARGIN, y, line)
        y -= 15
    canvas.setFillColor(_MUTED)
    canvas.setFont(_PLAIN, 9)
    for text in (sheet.subtitle, *sheet.notes):
        canvas.drawString(_MARGIN, y, _cut(text, _INSIDE, _PLAIN, 9))
        y -= _LINE
    return y - 10


def _table(canvas: Canvas, sheet: Sheet, y: float) -> float:
    """The table of measures. Returns the height below it."""
    measure = _INSIDE * _MEASURE
    column = (_INSIDE - measure) / (len(sheet.head) - 1)
    canvas.setStrokeColor(_RULE)
    for row in (sheet.head, *sheet.rows):
        is_head = row is sheet.head
        first = _lines(row[0], measure - 8, _PLAIN, 9, 3)
        for index, line in enumerate(first):
            canvas.setFillColor(_INK)
            canvas.setFont(_PLAIN, 9)
            canvas.drawString(_MARGIN, y - index * _LINE, line)
        for index, text in enumerate(row[1:]):
            font = _BOLD if is_head or index == 0 else _PLAIN
            canvas.setFillColor(_BRAND if is_head else _INK)
            canvas.setFont(font, 9)
            canvas.drawRightString(_MARGIN + measure + (index + 1) * column, y, _cut(text, column - 4, font, 9))
        y -= max(len(first), 1) * _LINE
        canvas.line(_MARGIN, y + 6, _MARGIN + _INSIDE, y + 6)
        y -= 6
    return y


def _charts(canvas: Canvas, sheet: Sheet, y: float) -> None:
    for index, text in enumerate(sheet.legend):
        x = _MARGIN + index * 90
        canvas.setFillColor((_ANSWERED, _OFFERED)[index])
        canvas.rect(x, y - 8, 8, 8, stroke=0, fill=1)
        canvas.setFillColor(_MUTED)
        canvas.setFont(_PLAIN, 9)
        canvas.drawString(x + 12, y - 7, _known(text))
    y -= 30
    half = (_INSIDE - _GAP) / 2
    x = _MARGIN
    for chart in sheet.charts:
        width = _INSIDE if chart.wide else half
        _chart(canvas, chart, x, y, width)
        if chart.wide or x > _MARGIN:
            x, y = _MARGIN, y - _CHART - 3 * _GAP
        else:
            x += half + _GAP


def _chart(canvas: Canvas, chart: Chart, x: float, y: float, width: float) -> None:
    canvas.setFillColor(_BRAND)
    canvas.setFont(_BOLD, 10)
    canvas.drawString(x, y, _known(chart.title))
    base, high = y - _CHART, _CHART - 22
    for bar in chart.bars:
        left, wide = x + bar.x * width, bar.width * width
        canvas.setFillColor(_OFFERED)
        canvas.rect(left, base, wide, bar.offered * high, stroke=0, fill=1)
        canvas.setFillColor(_ANSWERED)
        canvas.rect(left, base, wide, bar.answered * high, stroke=0, fill=1)
        canvas.setFont(_PLAIN, 7)
        canvas.setFillColor(_INK)
        canvas.drawCentredString(left + wide / 2, base + bar.offered * high + 2, bar.number)
        canvas.setFillColor(_MUTED)
        canvas.drawCentredString(left + wide / 2, base - 9, bar.label)
    canvas.setStrokeColor(_RULE)
    canvas.line(x, base, x + width, base)


def _lines(text: str, width: float, font: str, size: float, most: int) -> list[str]:
    """The text in lines that fit, at most so many; the last one is cut."""
    found: list[str] = simpleSplit(_known(text), font, size, width)
    rest = found[most - 1 :]
    return [_cut(line, width, font, size) for line in (*found[: most - 1], " ".join(rest)) if line]


def _cut(text: str, width: float, font: str, size: float) -> str:
    text = _known(text)
    if stringWidth(text, font, size) <= width:
        return text
    while text and stringWidth(f"{text}…", font, size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _known(text: str) -> str:
    """The text in the characters that a PDF's own fonts have (Windows-1252); others lose their accents, or become ?."""
    return "".join(_as_known(text))


def _as_known(text: str) -> Iterator[str]:
    for character in unicodedata.normalize("NFC", text):
        try:
            character.encode("cp1252")
            yield character
        except UnicodeEncodeError:
            yield unicodedata.normalize("NFD", character).encode("ascii", "ignore").decode() or "?"
