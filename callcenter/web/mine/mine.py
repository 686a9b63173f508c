"""The consultant's own pages, made for a telephone in one hand: callbacks to make, presence and shifts."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from flask import abort, render_template, request

from callcenter.access.calendar_addresses import address_created_at
from callcenter.callbacks.outstanding import outstanding_of_each
from callcenter.callbacks.queries import attempts_of, for_owner, to_confirm
from callcenter.callbacks.queries import one as stored_callback
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.callbacks.rules import CONFIRM_FOR, RESULTS, confirmable_since
from callcenter.directory.queries import search
from callcenter.errors import NotFound
from callcenter.lines.register import lines_in_use
from callcenter.notify.channels import wanted
from callcenter.notify.text_stops import stopped_line
from callcenter.rota.duty import duty, timeline
from callcenter.rota.model import DutyInterval
from callcenter.web import formats
from callcenter.web.active_rota import policy, rota
from callcenter.web.callbacks.queries import calls_behind, school_of, voicemails_of
from callcenter.web.duty_now import doing_now
from callcenter.web.locale import _
from callcenter.web.mine.queries import callbacks_by_id, state_of, with_question_to
from callcenter.web.page import Page, now, pages, read, visitor

SHIFT_DAYS = 7

blueprint = pages("mine")


@blueprint.get("/mijn")
def mine() -> Page:
    """The own callbacks, presence, shifts and settings."""
    code, instant, active = own_code(), now(), rota()
    own = for_owner(read(), code)
    questions = with_question_to(read(), code)
    ids = [callback.id for callback in (*own, *questions)]
    ended, named = _to_confirm(code)
    shifts = _shifts(code)
    doing, _since, until = doing_now(state_of(read(), code), instant)
    duties = [person for person in duty(active, instant) if person.consultant == code] if active else []
    return render_template(
        "mine.html",
        code=code,
        own=own,
        questions=questions,
        held=outstanding_of_each(read(), ids),
        voicemails=voicemails_of(read(), ids),
        attempts=attempts_of(read(), ids),
        to_confirm=[attempt for attempt in ended if _asks_now(attempt)],
        earlier=[attempt for attempt in ended if not _asks_now(attempt)],
        named=named,
        doing=doing,
        doing_until=until,
        duty_until=max((person.until for person in duties), default=None),
        shifts=shifts,
        results=RESULTS,
        lines=lines_in_use(read()),
        notices=wanted(read(), code),
        text_stopped_by=_text_stopped_by(code),
        calendar_at=address_created_at(read(), code),
        presence=policy().presence,
    )


@blueprint.get("/mijn/terugbellen/<id:callback_id>")
def one(callback_id: int) -> Page:
    """One own callback. The links in text messages lead here."""
    return one_page(callback_id)


def one_page(callback_id: int, typed: Mapping[str, str] = MappingProxyType({})) -> str:
    """The page of one own callback. typed: the fields of a form that was not applied, which are shown again."""
    found = own_callback(callback_id)
    query = request.args.get("zoek", "").strip()
    attempts = attempts_of(read(), [callback_id])
    return render_template(
        "mine_one.html",
        callback=found,
        voicemails=voicemails_of(read(), [callback_id]),
        held=outstanding_of_each(read(), [callback_id]),
        attempts=attempts,
        unconfirmed=_unconfirmed(attempts[callback_id]),
        typed=typed,
        calls=calls_behind(read(), callback_id),
        school=school_of(read(), found.contact_id),
        found=search(read(), query, limit=8).items if query else (),
        query=query,
        results=RESULTS,
    )


def _to_confirm(code: str) -> tuple[list[CallbackAttempt], Mapping[int, Callback]]:
    """The consultant's attempts whose result can still be confirmed, newest first and one of each callback, and those
    callbacks by id. A callback that only waits for a message asks for that instead."""
    ended = to_confirm(read(), code, confirmable_since(formats.ZONE, now()))
    named = callbacks_by_id(read(), [attempt.callback_id for attempt in ended])
    newest: dict[int, CallbackAttempt] = {}
    for attempt in ended:
        callback = named.get(attempt.callback_id)
        if callback is not None and callback.owner == code and not callback.closes_as:
            newest.setdefault(attempt.callback_id, attempt)
    return list(newest.values()), named


def _asks_now(attempt: CallbackAttempt) -> bool:
    """Whether the page asks for the result at its top: the call cannot tell it, or was not long ago."""
    return attempt.suggested == "unclear" or attempt.started_at >= now() - CONFIRM_FOR


def _unconfirmed(attempts: Sequence[CallbackAttempt]) -> CallbackAttempt | None:
    """The newest attempt that rang the caller, if its result can still be confirmed."""
    dialled = [attempt for attempt in attempts if attempt.dialled_at is not None]
    if not dialled or dialled[-1].ended_at is None or dialled[-1].confirmed_at is not None:
        return None
    return dialled[-1] if dialled[-1].started_at >= confirmable_since(formats.ZONE, now()) else None


def _text_stopped_by(code: str) -> str | None:
    """The number of the line whose text messages the consultant stopped, None when there is none."""
    active = rota()
    person = active.consultants.get(code) if active is not None else None
    return stopped_line(read(), code, person.mobile) if person is not None else None


def _shifts(code: str) -> list[DutyInterval]:
    """The consultant's duty from now on, for SHIFT_DAYS days."""
    active = rota()
    if active is None:
        return []
    end = formats.midnight(formats.local(now()).date() + timedelta(days=SHIFT_DAYS))
    return [interval for interval in timeline(active, now(), end) if interval.consultant == code]


def own_code() -> str:
    """The visitor's consultant code. Aborts with 403 for a login without one."""
    code = visitor().consultant
    if code is None:
        abort(403)
    return code


def own_callback(callback_id: int) -> Callback:
    """A callback that the visitor owns. Raises NotFound when somebody else owns it by now."""
    found = stored_callback(read(), callback_id)
    if found.owner != own_code():
        raise NotFound(_("This callback is not yours. Perhaps it was handed over."))
    return found
