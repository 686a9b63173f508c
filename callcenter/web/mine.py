"""Whom do I call now, and am I on duty? The consultant's own page, made for a telephone in one hand."""

from datetime import timedelta

from flask import render_template, request

from callcenter.access.calendar_addresses import address_created_at
from callcenter.callbacks.attempt_results import CONFIRM_WITHIN
from callcenter.callbacks.outstanding import outstanding_of_each
from callcenter.callbacks.queries import attempts_of, for_owner, to_confirm
from callcenter.callbacks.rules import RESULTS
from callcenter.directory.queries import search
from callcenter.notify.channels import wanted
from callcenter.notify.text_stops import stopped_line
from callcenter.rota.duty import duty, timeline
from callcenter.rota.model import DutyInterval
from callcenter.web import formats, mine_actions
from callcenter.web.duty_now import doing_now
from callcenter.web.mine_actions import own_callback, own_code
from callcenter.web.page import Page, now, pages, read
from callcenter.web.queries.behind import calls_behind, school_of, voicemails_of
from callcenter.web.queries.lines import all_lines
from callcenter.web.queries.mine import asked_of, named, state_of
from callcenter.web.roster import policy, rota

SHIFT_DAYS = 7

blueprint = pages("mine")
for address, action in (
    ("/mijn/terugbellen/<int:callback_id>/bel", mine_actions.call),
    ("/mijn/terugbellen/<int:callback_id>/resultaat", mine_actions.result),
    ("/mijn/terugbellen/<int:callback_id>/afgehandeld", mine_actions.settled),
    ("/mijn/terugbellen/<int:callback_id>/notitie", mine_actions.note),
    ("/mijn/terugbellen/<int:callback_id>/afspraak", mine_actions.appoint),
    ("/mijn/terugbellen/<int:callback_id>/school", mine_actions.school),
    ("/mijn/aanwezigheid", mine_actions.presence),
    ("/mijn/berichten", mine_actions.notices),
    ("/mijn/agenda", mine_actions.calendar),
):
    blueprint.post(address, endpoint=action.__name__)(action)


@blueprint.get("/mijn")
def mine() -> Page:
    """The own callbacks, presence, shifts and settings."""
    code, instant, active = own_code(), now(), rota()
    own = for_owner(read(), code)
    asked = asked_of(read(), code)
    ids = [callback.id for callback in (*own, *asked)]
    ended = to_confirm(read(), code, instant - CONFIRM_WITHIN)
    shifts = _shifts(code)
    doing, _since, until = doing_now(state_of(read(), code), instant)
    duties = [person for person in duty(active, instant) if person.consultant == code] if active else []
    return render_template(
        "mine.html",
        code=code,
        own=own,
        asked=asked,
        held=outstanding_of_each(read(), ids),
        voicemails=voicemails_of(read(), ids),
        attempts=attempts_of(read(), ids),
        to_confirm=ended,
        named=named(read(), [attempt.callback_id for attempt in ended]),
        doing=doing,
        doing_until=until,
        duty_until=max((person.until for person in duties), default=None),
        shifts=shifts,
        results=RESULTS,
        lines=all_lines(read()),
        notices=wanted(read(), code),
        text_stopped_by=_text_stopped_by(code),
        calendar_at=address_created_at(read(), code),
        presence=policy().presence,
    )


@blueprint.get("/mijn/terugbellen/<int:callback_id>")
def one(callback_id: int) -> Page:
    """One callback: where the link in a text message leads."""
    found = own_callback(callback_id)
    query = request.args.get("zoek", "").strip()
    attempts = attempts_of(read(), [callback_id])
    return render_template(
        "mine_one.html",
        callback=found,
        voicemails=voicemails_of(read(), [callback_id]),
        held=outstanding_of_each(read(), [callback_id]),
        attempts=attempts,
        unconfirmed=[a for a in attempts[callback_id] if a.dialled_at and a.ended_at and not a.confirmed_at],
        calls=calls_behind(read(), callback_id),
        school=school_of(read(), found.contact_id),
        found=search(read(), query, limit=8).items if query else (),
        query=query,
        results=RESULTS,
    )


def _text_stopped_by(code: str) -> str | None:
    """The line of which the own mobile takes no messages."""
    active = rota()
    person = active.consultants.get(code) if active is not None else None
    return stopped_line(read(), code, person.mobile) if person is not None else None


def _shifts(code: str) -> list[DutyInterval]:
    """The person's duty from now on, for a week."""
    active = rota()
    if active is None:
        return []
    end = formats.midnight(formats.local(now()).date() + timedelta(days=SHIFT_DAYS))
    return [interval for interval in timeline(active, now(), end) if interval.consultant == code]
