"""Filters and functions for templates: times, shares and words in the visitor's language."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from functools import partial, wraps
from urllib.parse import urlencode

from flask import Flask, current_app, g, request
from jinja2 import pass_context
from jinja2.filters import FILTERS
from jinja2.runtime import Context
from markupsafe import Markup, escape

from callcenter.access import undo_rules
from callcenter.callbacks.changes import note_tag, promise_tag
from callcenter.callbacks.records import Callback
from callcenter.callbacks.under_way import being_made
from callcenter.first_steps import FirstSteps, first_steps
from callcenter.lines.register import own_numbers
from callcenter.numbers import display, keys_of, why_not_dialled
from callcenter.web import audit_words, behind, comparison, formats, header, menu, refused, words
from callcenter.web.active_rota import name_of, policy
from callcenter.web.live import answer as live
from callcenter.web.locale import current
from callcenter.web.page import LEADS, now, read, visitor

_STEPS_DONE = "first_steps_done"


def _note_tag(callback: Callback, one_line: bool = False) -> str:
    return note_tag(callback.id, callback.note, one_line=one_line)


def _clock(at: datetime) -> str:
    return formats.clock(at, current())


def _clock_s(at: datetime) -> str:
    return formats.clock_s(at, current())


def _moment(at: datetime) -> str:
    return formats.moment(at, now(), current())


def _at_moment(at: datetime) -> str:
    return formats.at_moment(at, now(), current())


def _relative(at: datetime) -> str:
    return formats.relative(at, now(), current())


def _span(seconds: float | None) -> str:
    return "–" if seconds is None else formats.span(seconds, current())


def _is_late(callback: Callback) -> bool:
    """Whether a callback's due time has passed, and nobody is making it now."""
    if callback.due_at >= now():
        return False
    if "being_made" not in g:
        g.being_made = being_made(read(), now())
    return callback.id not in g.being_made


def _day(on: date | datetime) -> str:
    return formats.day(formats.local(on).date() if isinstance(on, datetime) else on, current())


def _near_day(at: datetime) -> str:
    return formats.near_day(formats.local(at).date(), formats.local(now()).date(), current())


def _date(at: datetime) -> str:
    """The day of an instant with its year: `07-06-2028`."""
    return formats.local(at).strftime("%d-%m-%Y")


def _step(step: str | None) -> str:
    """A decision's step in words: a tier's name, or `kind: detail`."""
    return ": ".join(words.word(words.STEPS, part) for part in (step or "").split(": "))


def _stamp(at: datetime) -> str:
    """An instant in the machine-readable form of `<time>`."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _share(part: int, whole: int) -> str:
    return formats.share(part, whole, current())


def _count_of(part: int, whole: int) -> str:
    return formats.count_of(part, whole, current())


def _breakable(key: str) -> Markup:
    """A key that may be broken over lines after its underscores only."""
    return escape(key).replace("_", Markup("_<wbr>"))


def _number(number: str | None) -> str:
    return display(number) if number else ""


def _why_by_hand(number: str | None) -> str | None:
    """Why one press cannot call this number, as in `numbers.why_not_dialled`; None when it can, or without a number."""
    if not number:
        return None
    if "page_own_numbers" not in g:
        g.page_own_numbers = own_numbers(read())
    return why_not_dialled(number, policy().callbacks.countries, g.page_own_numbers)


def _by_hand(number: str | None) -> str:
    """The same in a few words; empty when one press can call the number."""
    reason = _why_by_hand(number)
    return words.word(words.BY_HAND, reason) if reason else ""


def _since(at: datetime) -> str:
    """A stopwatch that was started at this instant: `3:12`."""
    return formats.running((now() - at).total_seconds())


def _time_left(at: datetime) -> str:
    """A stopwatch that runs down to this instant: `12:00`."""
    return formats.running((at - now()).total_seconds())


def _stamp_local(at: datetime) -> str:
    """An instant in the form of a `datetime-local` field."""
    return formats.local(at).strftime("%Y-%m-%dT%H:%M")


def _with_query(**changes: object) -> str:
    """This page's address with part of its query changed; None removes a key."""
    query = {key: value for key, value in request.args.items() if key not in changes}
    query |= {key: str(value) for key, value in changes.items() if value is not None}
    return f"{request.path}?{urlencode(query)}"


def _first_steps() -> FirstSteps | None:
    """What stands of the first steps of a new installation; None once all of them do, which is then asked no more."""
    if current_app.extensions.get(_STEPS_DONE):
        return None
    steps = first_steps(read())
    current_app.extensions[_STEPS_DONE] = steps.done
    return None if steps.done else steps


def _way_back() -> str:
    """The address of this page, for a form that leads back to it; empty when it is none to come back to."""
    if request.method != "GET" or not request.query_string.isascii():  # bytes that cannot be read
        return ""
    return request.full_path.rstrip("?")


def _without_query(names: Collection[str]) -> str:
    """This list's address without these filters, at its first page."""
    return _with_query(**dict.fromkeys((*names, "cursor", "page")))


_FILTERS = {
    "clock": _clock,
    "clock_s": _clock_s,
    "moment": _moment,
    "at_moment": _at_moment,
    "relative": _relative,
    "span": _span,
    "day": _day,
    "near_day": _near_day,
    "date": _date,
    "step_word": _step,
    "stamp": _stamp,
    "stamp_local": _stamp_local,
    "number": _number,
    "keys": keys_of,
    "breakable": _breakable,
    "by_hand": _by_hand,
    "why_by_hand": _why_by_hand,
    "promise_tag": promise_tag,
    "note_tag": _note_tag,
    "since": _since,
    "time_left": _time_left,
    "stopwatch": formats.running,
    "percent": formats.percent,
    "audit_actor": audit_words.actor,
    "audit_details": audit_words.details,
    "audit_subject": audit_words.subject,
}
_WORDS = {
    "outcome": words.OUTCOMES,
    "cause": words.CAUSES,
    "call_state": words.CALL_STATES,
    "leg_result": words.LEG_RESULTS,
    "group": words.GROUPS,
    "callback_state": words.CALLBACK_STATES,
    "callback_reason": words.CALLBACK_REASONS,
    "attempt_result": words.ATTEMPT_RESULTS,
    "attempt_state": words.ATTEMPT_STATES,
    "presence_word": words.PRESENCE,
    "role": words.ROLES,
    "decision": words.DECISIONS,
    "notice": words.NOTICES,
    "notice_way": words.NOTICE_WAYS,
    "closing": words.CLOSINGS,
    "closing_reason": words.CLOSING_REASONS,
    "action_word": words.ACTIONS,
    "exception": words.EXCEPTIONS,
}


def asked_each_time(answer: Callable[..., object]) -> Callable[..., object]:
    """The same filter, which Jinja does not evaluate while it compiles a template.

    Jinja replaces a filter of a constant, such as `"backup"|role`, by its result in the language of the first visitor,
    and shows that to everybody. A filter that takes the context cannot be replaced.
    """

    @pass_context
    @wraps(answer)
    def answered(_context: Context, *args: object, **options: object) -> object:
        return answer(*args, **options)

    return answered


def set_up(app: Flask) -> None:
    """Add the filters and functions to the app's templates."""
    filters = app.jinja_env.filters
    filters.update(_FILTERS)
    filters.update((name, partial(words.word, table)) for name, table in _WORDS.items())
    # Ours, and Flask-Babel's: what they answer depends on the visitor and on the time.
    filters.update((name, asked_each_time(filters[name])) for name in filters.keys() - FILTERS.keys())
    app.jinja_env.globals.update(
        share=_share,
        count_of=_count_of,
        page_locale=current,
        page_now=now,
        is_late=_is_late,
        page_header=header.header,
        first_steps=_first_steps,
        page_menu=menu.menu,
        name_of=name_of,
        visitor=visitor,
        with_query=_with_query,
        without_query=_without_query,
        way_back=_way_back,
        comparison=comparison.levels,
        behind=behind.behind,
        rescued_behind=behind.rescued_behind,
        promises_behind=behind.promises_behind,
        share_behind=behind.share_behind,
        promises_kept_behind=behind.promises_kept_behind,
        half_hour_of=behind.half_hour_of,
        days_of_week=behind.days_of_week,
        leads=LEADS,
        form_state=refused.form_state,
        refusal=refused.refusal,
        undo_shown_s=int(undo_rules.SHOWN_FOR.total_seconds()),
        page_stamp=live.stamp,
        page_build=live.build,
        glance=live.seen,
        is_asked_again=live.is_asked,
    )
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
