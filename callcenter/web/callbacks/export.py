"""The CSV export of callbacks, in the form that a Dutch Excel opens without questions."""

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO

from callcenter.callbacks.records import Callback
from callcenter.numbers import display
from callcenter.web import formats, words
from callcenter.web.active_rota import name_of
from callcenter.web.locale import _

# Spreadsheets read a cell that begins with one of these as a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(callbacks: Iterable[Callback]) -> str:
    """The callbacks as CSV text, separated by `;`: a row of headings, then one row per callback."""
    out = StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        [
            _("number of the callback"),
            _("due"),
            _("Caller"),
            _("Place"),
            _("Number"),
            _("Reason"),
            _("State"),
            _("Owner"),
            _("attempts"),
            _("times moved"),
            _("made"),
            _("closed"),
            _("Note"),
            _("keyed in by the caller"),
        ]
    )
    for one in callbacks:
        writer.writerow(
            _safe(cell)
            for cell in (
                str(one.id),
                _stamp(one.due_at),
                one.caller_name or "",
                one.caller_place or "",
                display(one.number) if one.number else "",
                words.word(words.CALLBACK_REASONS, one.reason),
                words.word(words.CALLBACK_STATES, one.state),
                name_of(one.owner) if one.owner else "",
                str(one.attempts),
                str(one.moved),
                _stamp(one.created_at),
                _stamp(one.closed_at) if one.closed_at else "",
                one.note or "",
                _("keyed in by the caller") if one.number_keyed else "",
            )
        )
    return out.getvalue()


def _stamp(at: datetime) -> str:
    return formats.local(at).strftime("%d-%m-%Y %H:%M")


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
