"""The CSV export of callbacks, in the form that a Dutch Excel opens without questions."""

from collections.abc import Iterable, Iterator

from callcenter.callbacks.records import Callback
from callcenter.numbers import display
from callcenter.web import words
from callcenter.web.active_rota import name_of
from callcenter.web.csv_text import csv_text, stamp
from callcenter.web.locale import _


def as_csv(callbacks: Iterable[Callback]) -> str:
    """The callbacks as CSV text, separated by `;`: a row of headings, then one row per callback."""
    return csv_text(_rows(callbacks))


def _rows(callbacks: Iterable[Callback]) -> Iterator[list[str]]:
    yield [
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
    for one in callbacks:
        yield [
            str(one.id),
            stamp(one.due_at),
            one.caller_name or "",
            one.caller_place or "",
            display(one.number) if one.number else "",
            words.word(words.CALLBACK_REASONS, one.reason),
            words.word(words.CALLBACK_STATES, one.state),
            name_of(one.owner) if one.owner else "",
            str(one.attempts),
            str(one.moved),
            stamp(one.created_at),
            stamp(one.closed_at) if one.closed_at else "",
            one.note or "",
            _("keyed in by the caller") if one.number_keyed else "",
        ]
