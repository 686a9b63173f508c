"""Who rings, on which line, and what happens first? The first step of every inbound call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, func, or_, select, true
from sqlalchemy.orm import aliased

from callcenter.calls.call import Call
from callcenter.calls.stages import STATE, Stage
from callcenter.directory.lookup import CONTACT_COLUMNS, CallerIdentity, KnownContact, identify
from callcenter.directory.records import Contact, ContactNumber
from callcenter.lines.records import BlockedNumber, Line
from callcenter.numbers import caller_number
from callcenter.presence import claims
from callcenter.rota import versions
from callcenter.rota.duty import is_open, preferred_consultant
from callcenter.rota.model import Rota
from callcenter.routing import hunting, outcome
from callcenter.routing.forwarding import WhoseCall, whose_call
from callcenter.routing.ringing import being_rung
from callcenter.routing.work import Work, decide, locked_call, new_call, store_new
from callcenter.storage.base import table_of
from callcenter.storage.expressions import NextId
from callcenter.storage.prepared import Prepared

# More calls at once from one number are no school's switchboard: they are not put through, but may leave word.
AT_ONCE_FROM_ONE_NUMBER = 8
# A call of which we hear late began at most so much earlier than we can tell: Twilio waits 15 s for an address of ours
# before it gives a call up, and counts no second of a call that was not answered.
BEGAN_WITHIN = timedelta(seconds=20)
# Twilio's list tells whole seconds.
LISTED_WITHIN = timedelta(seconds=1)

_FROM_LINE = aliased(Line)
_CALLER = bindparam("caller", type_=Call.from_number.type)
_NEWEST = versions.NEWEST.subquery("newest")
# One round trip: the line, whether we know this call already, whether the caller is blocked, how many calls this number
# has now, whether it is a line of ours, the rota that decides, and everybody who may be behind the number: a row each,
# or one without a contact.
_ARRIVAL = Prepared(
    select(
        Line.id.label("line_id"),
        Line.number.label("line_number"),
        select(Call.id).where(Call.call_sid == bindparam("sid")).scalar_subquery().label("known"),
        select(BlockedNumber.reason)
        .where(
            BlockedNumber.number == _CALLER,
            or_(BlockedNumber.until.is_(None), BlockedNumber.until > bindparam("now", type_=BlockedNumber.until.type)),
        )
        .scalar_subquery()
        .label("blocked"),
        select(func.count())
        .where(Call.from_number == _CALLER, Call.ended_at.is_(None))
        .scalar_subquery()
        .label("at_once"),
        select(func.count()).where(_FROM_LINE.number == _CALLER).scalar_subquery().label("from_line"),
        select(NextId(table_of(Call))).scalar_subquery().label("call_id"),
        _NEWEST.c.id.label("version"),
        _NEWEST.c.sha256.label("digest"),
        claims.STATES.label("states"),
        *CONTACT_COLUMNS,
    )
    .select_from(Line)
    .outerjoin(_NEWEST, true())
    .outerjoin(ContactNumber, ContactNumber.number == _CALLER)
    .outerjoin(Contact, and_(Contact.id == ContactNumber.contact_id, Contact.gone_at.is_(None)))
    .where(Line.number == bindparam("number"))
    .order_by(Contact.id)
)
_BEFORE_CONTACT = 10


@dataclass(frozen=True, slots=True)
class Received:
    """What the first webhook of a call came to.

    call None: the number is no line of ours; known: its end or a fallback came before its beginning.
    """

    call: Call | None
    too_many: bool = False
    known: bool = False


@dataclass(frozen=True, slots=True)
class _Arrival:
    line_id: int
    line_number: str
    call_id: int | None
    sid: str
    known: int | None
    caller: str | None
    from_a_line: bool
    forwarded_from: str | None
    behind: Sequence[KnownContact]
    blocked: bool
    too_many: bool


def receive(work: Work, params: Mapping[str, str]) -> Received:
    """Record an inbound call from Twilio's parameters and start its hunt, or let it leave word at once."""
    arrival = _arrive(work, params)
    if arrival is None:
        return Received(None)
    if arrival.known is not None:
        return Received(locked_call(work, arrival.known), known=True)
    whose = _judge(work, arrival, work.now, work.now)
    call = _new_call(work, arrival, whose)
    if arrival.blocked or whose.own_leg:
        outcome.reject(work, call)
        store_new(work, call)
        decide(work, call, "blocked" if arrival.blocked else "loop", [])
        return Received(call)
    if whose.staff is not None:
        _is_on_the_telephone(work, call, whose.staff)
    if work.rota is None or not call.in_hours or arrival.too_many:
        begin_message(work, call)
        store_new(work, call)
        return Received(call, arrival.too_many)
    call.step, call.state = Stage.HUNTING, STATE[Stage.HUNTING]
    call.deadline_at = work.now + timedelta(seconds=work.rota.policy.hunt.cap_s)
    hunting.advance(work, call, arrival.line_number, legs=[])
    return Received(call)


def adopt(
    work: Work,
    params: Mapping[str, str],
    stage: Stage,
    *,
    at: datetime | None = None,
    ended_at: datetime | None = None,
) -> Call | None:
    """A call whose beginning never reached us: give it a record at the stage it is known to be in.

    at: when it began, where that is known; ended_at: when it ended, if that was some time ago. None when it is not a
    call to a line of ours. One of our own legs that came back is rejected at once: nobody waits for it.
    """
    arrival = _arrive(work, params)
    if arrival is None:
        return None
    if arrival.known is not None:
        return locked_call(work, arrival.known)
    until = at + LISTED_WITHIN if at else ended_at or work.now
    since = at - LISTED_WITHIN if at else until - _lasted(params) - BEGAN_WITHIN
    whose = _judge(work, arrival, since, until)
    call = _new_call(work, arrival, whose)
    if at is not None:
        call.received_at = at
        call.in_hours = work.rota is not None and is_open(work.rota, at)
    call.step, call.state = stage, STATE[stage]
    if whose.own_leg:
        outcome.reject(work, call)
    store_new(work, call)
    return call


def begin_message(work: Work, call: Call) -> None:
    """The caller cannot be put through and may leave word at once."""
    call.step, call.state = Stage.OFFERING, STATE[Stage.OFFERING]
    call.message_at = work.now
    hunting.note_promise(work, call, hunting.later_reason(work))


def _arrive(work: Work, params: Mapping[str, str]) -> _Arrival | None:
    caller = caller_number(params.get("From"))
    sid = params.get("CallSid", "")
    number = caller_number(params.get("To"))
    values = {"number": number, "caller": caller, "now": work.now, "sid": sid}
    rows = _ARRIVAL(work.session.connection(), values)
    if not rows or not sid:
        return None
    line_id, line_number, known, blocked, at_once, from_line, call_id, version, digest, states, *_ = rows[0]
    work.know_active(version, digest)
    work.know_states(states)
    return _Arrival(
        line_id,
        line_number,
        call_id,
        sid,
        known,
        caller,
        from_line > 0,
        caller_number(params.get("ForwardedFrom")),
        [KnownContact(*row[_BEFORE_CONTACT:]) for row in rows if row[_BEFORE_CONTACT] is not None],
        blocked is not None,
        at_once >= AT_ONCE_FROM_ONE_NUMBER,
    )


def _judge(work: Work, arrival: _Arrival, since: datetime, until: datetime) -> WhoseCall:
    """Whose call it is. since, until: between which moments it came in; the mobiles that rang then decide."""
    consultants = work.rota.consultants.values() if work.rota else ()
    told = {arrival.caller, arrival.forwarded_from} - {None}
    concerned = {person.code: person.mobile for person in consultants if person.mobile in told}
    ringing = being_rung(work.session, concerned, since, until)
    return whose_call(
        arrival.caller,
        arrival.forwarded_from,
        from_a_line=arrival.from_a_line,
        mobiles={mobile: code for code, mobile in concerned.items()},
        ringing={concerned[code] for code in ringing},
    )


def _lasted(params: Mapping[str, str]) -> timedelta:
    seconds = params.get("CallDuration", "")
    return timedelta(seconds=int(seconds) if seconds.isdecimal() else 0)


def _new_call(work: Work, arrival: _Arrival, whose: WhoseCall) -> Call:
    by_number = not whose.own_leg and whose.staff is None and whose.number is not None
    identity = identify(whose.number, arrival.behind if by_number else [])
    contact = identity.contact
    named = contact or (identity.contacts[0] if identity.contacts else None)
    colleague = work.rota.consultants[whose.staff] if whose.staff and work.rota else None
    return new_call(
        id=arrival.call_id,
        call_sid=arrival.sid,
        line_id=arrival.line_id,
        from_number=identity.number,
        group=identity.group,
        contact_id=contact.id if contact else None,
        caller_name=colleague.name if colleague else named.name if named else None,
        caller_place=identity.place,
        shared_by=len(identity.contacts) if identity.one_of else 0,
        forwarded_from=arrival.forwarded_from,
        rescued_for=whose.rescued_for,
        staff=whose.staff,
        language="nl",
        received_at=work.now,
        in_hours=work.rota is not None and is_open(work.rota, work.now),
        rota_version_id=work.version_id,
        turn=1,
        preferred=_preferred(work.rota, identity),
        areas=sorted(identity.areas),
        tier=-1,
        tier_list=[],
        offered_to=[],
        engaged={},
        rest_down=False,
        places=0,
        fetches=0,
        fetches_over=0,
        wants_callback=False,
        nothing_recorded=False,
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


def _is_on_the_telephone(work: Work, call: Call, code: str) -> None:
    """A colleague who rings the line is not rung meanwhile, for this call or another one."""
    if claims.occupy(work.session, code, call.call_sid, work.now):
        work.forget_states()  # what was told along with the call is older than this
