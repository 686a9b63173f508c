"""What the pages show as CSV files: figures, calls, schools and answers to the survey, with the pages' own filters.

Each row names its period and group, so that a row that was copied out still says what it is. Every export is noted in
the audit log.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from flask import Response, request

from callcenter.access.audit import note as audit
from callcenter.directory.queries import search
from callcenter.numbers import display
from callcenter.web import formats, words
from callcenter.web.active_rota import name_of, required_rota
from callcenter.web.board.asked import Asked, asked
from callcenter.web.calls.filters import filter_of
from callcenter.web.calls.queries import call_list
from callcenter.web.csv_text import csv_answer, stamp
from callcenter.web.locale import _
from callcenter.web.page import LEADS, Page, now, pages, read, visitor, writing
from callcenter.web.reports.figure_rows import figure_rows
from callcenter.web.reports.queries import calls_of_schools, survey_by_day
from callcenter.web.schools import LOOK_BACK_DAYS

_AT_ONCE = 500
# Each page is a statement that reads its filter anew; so many rows take little memory.
_CALLS_AT_ONCE = 5_000

blueprint = pages("exports", LEADS)


@blueprint.get("/cijfers.csv")
def figures() -> Page:
    """Every figure of the page of the figures, by day (or by week from two months on), and their total."""
    wanted = asked()
    return _export("figures", figure_rows(wanted.report(required_rota()), wanted), **_days(wanted))


@blueprint.get("/oproepen.csv")
def calls() -> Page:
    """The calls that match the query, all pages of the list in one."""
    return _export("calls", _call_rows())


def _call_rows() -> Iterator[list[str]]:
    yield [
        _("number of the call"),
        _("Received"),
        _("Caller"),
        _("Place"),
        _("Number"),
        _("keyed in by the caller"),
        _("Group"),
        _("Outcome"),
        _("Answered by"),
        _("wait in seconds"),
        _("talk in seconds"),
        _("number of the callback"),
        _("rang the mobile of"),
    ]
    wanted, cursor, more = filter_of(request.args, now()), None, True
    while more:
        page = call_list(read(), wanted, cursor, _CALLS_AT_ONCE)
        for call in page.items:
            yield [
                str(call.id),
                stamp(call.received_at),
                call.caller_name or "",
                call.caller_place or "",
                display(call.from_number) if call.from_number else "",
                display(call.keyed_number) if call.keyed_number else "",
                words.word(words.GROUPS, call.group),
                words.word(words.OUTCOMES, call.outcome) if call.outcome else words.word(words.CALL_STATES, call.state),
                name_of(call.answered_by) if call.answered_by else "",
                _seconds(call.wait_s),
                _seconds(call.talk_s),
                str(call.callback_id or ""),
                name_of(call.rescued_for) if call.rescued_for else "",
            ]
        cursor, more = page.next, page.next is not None


@blueprint.get("/scholen.csv")
def schools() -> Page:
    """The schools that match the search, with their calls of the last year, as on the page of a school."""
    return _export("schools", _school_rows())


def _school_rows() -> Iterator[list[str]]:
    last = formats.local(now()).date()
    first = last - timedelta(days=LOOK_BACK_DAYS)
    yield [
        _("School"),
        _("Code"),
        _("Place"),
        _("Municipality"),
        _("Region"),
        _("Numbers"),
        _("from day"),
        _("up to and including day"),
        _("calls offered"),
        _("calls answered"),
        _("calls answered in time"),
    ]
    query, after, more = request.args.get("q", "").strip(), None, True
    start, end = formats.midnight(first), formats.midnight(last + timedelta(days=1))
    counts = calls_of_schools(read(), start, end)
    while more:
        page = search(read(), query, limit=_AT_ONCE, after=after)
        for one in page.items:
            yield [
                one.name,
                one.id,
                one.place,
                one.municipality,
                one.rmc_region,
                ", ".join(display(number) for number in one.numbers),
                str(first),
                str(last),
                *(str(count) for count in counts.get(one.contact_id, (0, 0, 0))),
            ]
        after, more = page.next, page.next is not None


@blueprint.get("/belpeiling.csv")
def survey() -> Page:
    """The answers to the survey by day and group, in the period of the page of the figures. No number is in it."""
    wanted = asked()
    start, end = formats.midnight(wanted.first), formats.midnight(wanted.after)
    rows = [
        [str(day), words.word(words.GROUPS, of), str(yes), str(no), str(yes + no)]
        for day, of, yes, no in survey_by_day(read(), start, end, wanted.group)
    ]
    head = [_("Day"), _("Group"), _("answered yes"), _("answered no"), _("answers")]
    return _export("survey", [head, *rows], **_days(wanted))


def _export(what: str, rows: Iterable[Iterable[str]], **detail: str) -> Response:
    with writing() as session:
        audit(session, now(), visitor().email, "list_exported", what, **detail)
    return csv_answer(f"{what}-{formats.local(now()).date()}", rows)


def _days(wanted: Asked) -> dict[str, str]:
    return {"first": str(wanted.first), "last": str(wanted.last)}


def _seconds(value: float | None) -> str:
    return "" if value is None else str(round(value))
