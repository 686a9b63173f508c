"""Who rings, on which line, and what happens first? The first step of every inbound call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from callcenter.directory.lookup import CallerIdentity, who_calls
from callcenter.numbers import caller_number, parse
from callcenter.rota.duty import is_open, preferred_consultant
from callcenter.rota.model import Rota
from callcenter.routing import outcome, search
from callcenter.routing.records import BlockedNumber, Call, CallDecision, Leg, Line
from callcenter.routing.states import STATE, Stage
from callcenter.routing.work import Work, begin_work

# More calls at once from one number are no school's switchboard: they are not put through, but may leave word.
AT_ONCE_FROM_ONE_NUMBER = 8

# One round trip: the line, whether the caller is blocked, and how many calls this number has now.
_LINE = select(
    Line.id,
    Line.number,
    select(BlockedNumber.reason)
    .where(
        BlockedNumber.number == bindparam("caller"),
        or_(BlockedNumber.until.is_(None), BlockedNumber.until > bindparam("now", type_=BlockedNumber.until.type)),
    )
    .scalar_subquery()
    .label("blocked"),
    select(func.count())
    .where(Call.from_number == bindparam("caller"), Call.ended_at.is_(None))
    .scalar_subquery()
    .label("at_once"),
).where(Line.number == bindparam("number"))


@dataclass(frozen=True, slots=True)
class Received:
    """What the first webhook of a call came to. call None: the number is no line of ours."""

    call: Call | None
    too_many: bool = False


@dataclass(frozen=True, slots=True)
class _Arrival:
    line_id: int
    line_number: str
    sid: str
    caller: str | None
    forwarded_from: str | None
    blocked: bool
    too_many: bool


def receive(session: Session, now: datetime, params: Mapping[str, str]) -> Received:
    """Record an inbound call from Twilio's parameters and start its hunt, or let it leave word at once."""
    caller = caller_number(params.get("From"))
    line = session.execute(_LINE, {"number": parse(params.get("To", "")), "caller": caller, "now": now}).first()
    if line is None:
        return Received(None)
    arrival = _Arrival(
        line.id,
        line.number,
        params["CallSid"],
        caller,
        parse(params["ForwardedFrom"]) if params.get("ForwardedFrom") else None,
        line.blocked is not None,
        line.at_once >= AT_ONCE_FROM_ONE_NUMBER,
    )
    work = begin_work(session, now)
    dialled = _dialled_directly(work.rota, arrival.forwarded_from)
    identity = who_calls(session, None if caller == arrival.line_number else caller)
    call = _new_call(work, arrival, identity, dialled)
    if arrival.blocked or _is_our_own_leg(work, arrival, dialled):
        call.step, call.state = Stage.ENDED, STATE[Stage.ENDED]
        outcome.reject(work, call)
        session.add(call)
        session.flush()
        session.add(CallDecision(call_id=call.id, at=now, step="blocked" if arrival.blocked else "loop", reasons=[]))
        return Received(call)
    if work.rota is None or not call.in_hours or arrival.too_many:
        _leave_word(work, call)
        session.add(call)
        session.flush()
        return Received(call, arrival.too_many)
    call.step, call.state = Stage.HUNTING, STATE[Stage.HUNTING]
    call.deadline_at = now + timedelta(seconds=work.rota.policy.hunt.cap_s)
    search.advance(work, call, arrival.line_number, legs=[])
    return Received(call)


def _new_call(work: Work, arrival: _Arrival, identity: CallerIdentity, dialled: str | None) -> Call:
    contact = identity.contact
    named = contact or (identity.contacts[0] if identity.contacts else None)
    return Call(
        call_sid=arrival.sid,
        line_id=arrival.line_id,
        from_number=arrival.caller,
        group=identity.group,
        contact_id=contact.id if contact else None,
        caller_name=named.name if named else None,
        caller_place=identity.place,
        shared_by=len(identity.contacts) if identity.one_of else 0,
        forwarded_from=arrival.forwarded_from,
        rescued_for=dialled,
        language="nl",
        received_at=work.now,
        in_hours=work.rota is not None and is_open(work.rota, work.now),
        rota_version_id=work.version_id,
        turn=0,
        preferred=dialled or _preferred(work.rota, identity),
        areas=sorted(identity.areas),
        tier=-1,
        tier_list=[],
        offered_to=[],
        rest_down=False,
        wants_callback=False,
        counted=False,
        reconciled=False,
        last_event_at=work.now,
    )


def _preferred(rota: Rota | None, identity: CallerIdentity) -> str | None:
    """The consultant this caller is used to; one number of several schools has one only when they all agree."""
    if rota is None or not identity.contacts:
        return None
    found = {
        contact.preferred or preferred_consultant(rota, contact.duo_code, contact.brin, contact.municipality)
        for contact in identity.contacts
    }
    return found.pop() if len(found) == 1 else None


def _dialled_directly(rota: Rota | None, forwarded_from: str | None) -> str | None:
    """The consultant whose mobile sent this call on to us, if any."""
    if rota is None or forwarded_from is None:
        return None
    return next((c.code for c in rota.consultants.values() if c.mobile == forwarded_from), None)


def _is_our_own_leg(work: Work, arrival: _Arrival, dialled: str | None) -> bool:
    """Whether this is our own unanswered leg coming back: consultants send their mobile on, on no answer, to the line.

    A forwarded leg of ours bears the line's number as its caller; where the carrier shows another one, it comes from
    a consultant whose mobile we are ringing.
    """
    if arrival.caller == arrival.line_number:
        return True
    if dialled is None:
        return False
    ringing = select(Leg.id).where(
        Leg.consultant == dialled, Leg.ended_at.is_(None), Leg.picked_up_at.is_(None), Leg.expires_at > work.now
    )
    return work.session.scalar(ringing.limit(1)) is not None


def _leave_word(work: Work, call: Call) -> None:
    call.step = Stage.OFFERING if call.from_number or not call.in_hours else Stage.KEYING
    call.state = STATE[Stage(call.step)]
    call.message_at = work.now
    search.note_promise(work, call, "missed" if call.in_hours else "closed")


