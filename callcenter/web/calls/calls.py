"""The list of calls, and the page of one call."""

from datetime import date, datetime, time, timedelta

from flask import render_template, request

from callcenter.callbacks.queries import attempts_of
from callcenter.numbers import parse
from callcenter.web import formats, words
from callcenter.web.active_rota import people, rota_of
from callcenter.web.calls.queries import CallFilter, call_list, stored_call
from callcenter.web.calls.timeline import moments
from callcenter.web.page import LEADS, Page, now, pages, read
from callcenter.web.typed import day_of

blueprint = pages("calls", LEADS)


@blueprint.get("/oproepen")
def calls() -> Page:
    """The calls that match the query, newest first."""
    wanted = _wanted()
    return render_template(
        "calls.html",
        page=call_list(read(), wanted, request.args.get("cursor")),
        outcomes=[(key, words.word(words.OUTCOMES, key)) for key in words.OUTCOMES],
        groups=[(key, words.word(words.GROUPS, key)) for key in words.GROUPS],
        consultants=people(now()),
        first=_date("day"),
        last=_date("last") or _date("day"),
    )


@blueprint.get("/oproepen/<id:call_id>")
def call(call_id: int) -> Page:
    """One call with its time line, its callback, and the attempts to call back."""
    stored = stored_call(read(), call_id)
    attempts = attempts_of(read(), [stored.callback.id])[stored.callback.id] if stored.callback else []
    return render_template(
        "call.html",
        stored=stored,
        call=stored.call,
        moments=moments(stored, rota_of),
        callback=stored.callback,
        attempts=attempts,
    )


def _wanted() -> CallFilter:
    first = _date("day")
    last = _date("last") or first
    since = until = None
    if first is not None and last is not None:
        since, until = formats.midnight(first), formats.midnight(last + timedelta(days=1))
        if first == last:
            since = _at(first, request.args.get("from")) or since
            until = _at(first, request.args.get("to")) or until
    return CallFilter(
        since=since,
        until=until,
        outcome=request.args.get("outcome") or None,
        group=request.args.get("group") or None,
        consultant=request.args.get("consultant") or None,
        number=_number(),
        school=request.args.get("school") or None,
        counted=True if request.args.get("counted") else None,
    )


def _number() -> str | None:
    text = request.args.get("number", "").strip()
    # Text that is no number must match no call, rather than every call.
    return (parse(text) or text) if text else None


def _date(name: str) -> date | None:
    return day_of(request.args.get(name, ""))


def _at(day: date, text: str | None) -> datetime | None:
    try:
        return datetime.combine(day, time.fromisoformat((text or "").replace(".", ":").zfill(5)), formats.ZONE)
    except ValueError:
        return None
