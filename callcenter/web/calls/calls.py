"""The list of calls, and the page of one call."""

from flask import render_template, request

from callcenter.callbacks.queries import attempts_of
from callcenter.web import formats, words
from callcenter.web.active_rota import people, rota_of
from callcenter.web.calls.erased import erased_calls
from callcenter.web.calls.filters import chips, filter_of, hour_in_words, kept
from callcenter.web.calls.queries import call_count, call_list, stored_call
from callcenter.web.calls.timeline import moments
from callcenter.web.chips import days_of
from callcenter.web.locale import current
from callcenter.web.page import LEADS, Page, now, pages, read

blueprint = pages("calls", LEADS)


@blueprint.get("/oproepen")
def calls() -> Page:
    """The calls that match the query, newest first, and how many they are."""
    query, wanted = request.args, filter_of(request.args, now())
    return render_template(
        "calls.html",
        page=call_list(read(), wanted, query.get("cursor")),
        count=call_count(read(), wanted),
        erased=erased_calls(read(), wanted),
        chips=chips(query, wanted),
        kept=kept(query),
        outcomes=[(key, words.word(words.OUTCOMES, key)) for key in words.OUTCOMES],
        groups=[(key, words.word(words.GROUPS, key)) for key in words.GROUPS],
        consultants=people(now()),
        days=days_of(query),
        weekdays=[(str(index), formats.weekday(index, current())) for index in range(7)],
        hours=[(str(hour), hour_in_words(hour)) for hour in range(24)],
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
