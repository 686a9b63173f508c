"""The arrival of a call: identifies the caller and the line, inserts the call, and starts its hunt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, true
from sqlalchemy.orm import aliased

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.stages import Stage
from callcenter.directory.lookup import CONTACT_COLUMNS, CallerIdentity, KnownContact, identify
from callcenter.directory.records import Contact, ContactNumber
from callcenter.lines.records import BlockedNumber, Line
from callcenter.numbers import caller_number
from callcenter.presence import claims
from callcenter.rota import versions
from callcenter.rota.hours import is_open
from callcenter.rota.model import Rota
from callcenter.routing import hunting, outcome
from callcenter.routing.forwarding import WhoseCall, whose_call
from callcenter.routing.limits import PERIOD, Limit, Recent, limit_reached
from callcenter.routing.queries import being_rung
from callcenter.routing.transaction import CallTransaction, locked_call, record_decision
from callcenter.storage.base import JsonRow, NextId, table_of
from callcenter.storage.rows import insert_row, new_row
from callcenter.storage.statements import Prepared
from callcenter.storage.totals import add, count

# No switchboard makes more calls at once from one number. Further callers are only offered a message.
AT_ONCE_FROM_ONE_NUMBER = 8
# If only the end is reported, the start is the end minus the duration, or up to this much earlier: the duration leaves
# out the time before Twilio answers the call, which waits up to 15 s for an address.
BEGAN_WITHIN = timedelta(seconds=20)
# Twilio's call list has a resolution of one second.
LISTED_WITHIN = timedelta(seconds=1)

_FROM_LINE = aliased(Line)
_CALLER = bindparam("caller", type_=Call.from_number.type)
_NEWEST = versions.NEWEST.subquery("newest")
# One round trip: the line, whether the call is stored already, whether the caller is blocked, how many calls the number
# has now, whether it is one of our lines, the active rota, everybody's state, and the contacts with this number: a row
# for each, or one without a contact.
_BLOCKED = select(BlockedNumber.reason).where(
    BlockedNumber.number == _CALLER,
    or_(BlockedNumber.until.is_(None), BlockedNumber.until > bindparam("now", type_=BlockedNumber.until.type)),
)
# Put through, and not answered.
_UNANSWERED = and_(Call.deadline_at.is_not(None), Call.answered_by.is_(None))
_LIVE = Call.ended_at.is_(None)
_SINCE = bindparam("since", type_=Call.ended_at.type)
# The calls to mobiles within the hour, by the ids of the first and the last: counting them would take longer, the more
# there are. Ids that were reserved and not used count too.
_FIRST_LEG = select(Leg.id).where(Leg.offered_at > _SINCE).order_by(Leg.offered_at).limit(1).scalar_subquery()
_LEGS = func.coalesce(select(func.max(Leg.id)).scalar_subquery() - _FIRST_LEG + 1, 0)


def _incoming_statement(callers: ColumnElement[bool], at_once: ColumnElement[bool]) -> Prepared:
    """The statement for one kind of caller. callers: the condition on calls of the same number, or of withheld ones;
    at_once: on those of them that count at the same time.

    Few values, each a list: the driver describes each column of a result, each time.
    """
    return Prepared(
        select(
            JsonRow(
                Line.id,
                Line.number,
                select(Call.id).where(Call.call_sid == bindparam("sid")).scalar_subquery(),
                _BLOCKED.scalar_subquery(),
                select(func.count()).where(callers, at_once).scalar_subquery(),
                select(func.count()).where(callers, Call.ended_at > _SINCE, _UNANSWERED).scalar_subquery(),
                _LEGS,
                select(func.count()).where(_FROM_LINE.number == _CALLER).scalar_subquery(),
                select(NextId(table_of(Call))).scalar_subquery(),
                _NEWEST.c.id,
                _NEWEST.c.sha256,
            ),
            claims.STATES,
            JsonRow(*CONTACT_COLUMNS),
        )
        .select_from(Line)
        .outerjoin(_NEWEST, true())
        .outerjoin(ContactNumber, ContactNumber.number == _CALLER)
        .outerjoin(Contact, and_(Contact.id == ContactNumber.contact_id, Contact.gone_at.is_(None)))
        .where(Line.number == bindparam("number"), Line.ended_at.is_(None))
        .order_by(Contact.id)
    )


_OF_A_NUMBER = _incoming_statement(Call.from_number == _CALLER, _LIVE)
_WITHHELD = _incoming_statement(Call.from_number.is_(None), and_(_LIVE, Call.state == "ringing"))


@dataclass(frozen=True, slots=True)
class Arrived:
    """The result of an arrival.

    call: None when the number is not a line; too_many: the caller may only leave a message, because as many calls from
    this number as a switchboard makes are in progress; known: the call was stored before, because its end or a fallback
    was reported first.
    """

    call: Call | None
    too_many: bool = False
    known: bool = False


@dataclass(frozen=True, slots=True)
class _Incoming:
    """A call as Twilio reports it, with the stored data on its line and its caller.

    call_id: for the new row, None on SQLite; known_id: of the row, if the call is stored already; contacts: those with
    the caller's number.
    """

    line_id: int
    line_number: str
    call_id: int | None
    sid: str
    known_id: int | None
    caller: str | None
    from_a_line: bool
    forwarded_from: str | None
    contacts: Sequence[KnownContact]
    blocked: bool
    too_many: bool
    recent: Recent


def arrive(tx: CallTransaction, params: Mapping[str, str]) -> Arrived:
    """Insert an inbound call from Twilio's parameters, and begin its hunt or let the caller leave a message."""
    incoming = _incoming(tx, params)
    if incoming is None:
        return Arrived(None)
    if incoming.known_id is not None:
        return Arrived(locked_call(tx, incoming.known_id), known=True)
    whose = _classify(tx, incoming, tx.now, tx.now)
    call = _unstored_call(tx, incoming, whose)
    if incoming.blocked or whose.own_leg:
        outcome.reject(tx, call)
        insert_row(tx.session, tx.batch, call)
        record_decision(tx, call, "blocked" if incoming.blocked else "loop", [])
        return Arrived(call)
    if whose.staff is not None:
        _occupy(tx, call, whose.staff)
    if tx.rota is None or not call.in_hours or incoming.too_many:
        begin_message(tx, call)
        insert_row(tx.session, tx.batch, call)
        return Arrived(call, incoming.too_many)
    known = bool(incoming.contacts) or whose.staff is not None
    withheld = incoming.caller is None
    limit = limit_reached(incoming.recent, tx.rota.policy.limits, withheld=withheld, known=known)
    if limit is not None:
        _hold_back(tx, call, limit)
        return Arrived(call)
    call.begin_hunt(tx.rota.policy.hunt.cap_s, tx.now)
    first = hunting.take_move(tx, call, legs=[])
    insert_row(tx.session, tx.batch, call)
    hunting.carry_out(tx, call, first, incoming.line_number)
    return Arrived(call)


def adopt(
    tx: CallTransaction,
    params: Mapping[str, str],
    stage: Stage,
    *,
    at: datetime | None = None,
    ended_at: datetime | None = None,
) -> Call | None:
    """Insert a call whose first webhook never arrived, at the stage that it is known to be in.

    at: when it began (UTC), None when unknown; ended_at: when it ended (UTC), if before now. Returns None when it is
    not a call to a line. One of our own legs that a mobile forwarded back is stored as rejected.
    """
    incoming = _incoming(tx, params)
    if incoming is None:
        return None
    if incoming.known_id is not None:
        return locked_call(tx, incoming.known_id)
    until = at + LISTED_WITHIN if at else ended_at or tx.now
    since = at - LISTED_WITHIN if at else until - _lasted(params) - BEGAN_WITHIN
    whose = _classify(tx, incoming, since, until)
    call = _unstored_call(tx, incoming, whose, received_at=at)
    if whose.own_leg:
        outcome.reject(tx, call)
    else:
        call.go_to(stage, tx.now)
    insert_row(tx.session, tx.batch, call)
    return call


def _hold_back(tx: CallTransaction, call: Call, limit: Limit) -> None:
    """Insert a call that rings nobody, as if nobody could answer: its caller may leave a message or ask for a callback,
    and without a number key one in."""
    call.offer_message(tx.now, stage=Stage.OFFERING if call.from_number else Stage.KEYING)
    hunting.store_promised_time(tx, call, hunting.later_reason(tx))
    insert_row(tx.session, tx.batch, call)
    record_decision(tx, call, f"limit: {limit}", [])
    add(tx.session, count("callcenter_calls_limited_total", limit=limit))


def begin_message(tx: CallTransaction, call: Call) -> None:
    """Let the caller leave a message at once, without a hunt."""
    call.offer_message(tx.now)
    hunting.store_promised_time(tx, call, hunting.later_reason(tx))


def _incoming(tx: CallTransaction, params: Mapping[str, str]) -> _Incoming | None:
    caller = caller_number(params.get("From"))
    sid = params.get("CallSid", "")
    number = caller_number(params.get("To"))
    values = {"number": number, "caller": caller, "now": tx.now, "since": tx.now - PERIOD, "sid": sid}
    rows = (_WITHHELD if caller is None else _OF_A_NUMBER)(tx.session.connection(), values)
    if not rows or not sid:
        return None
    (
        (line_id, line_number, known_id, blocked, at_once, unanswered, legs, from_line, call_id, version, digest),
        states,
        _,
    ) = rows[0]
    tx.use_version(version, digest)
    tx.use_states(states)
    return _Incoming(
        line_id,
        line_number,
        call_id,
        sid,
        known_id,
        caller,
        from_line > 0,
        caller_number(params.get("ForwardedFrom")),
        [KnownContact(*contact) for _, _, contact in rows if contact[0] is not None],
        blocked is not None,
        caller is not None and at_once >= AT_ONCE_FROM_ONE_NUMBER,
        Recent(unanswered, at_once, legs),
    )


def _classify(tx: CallTransaction, incoming: _Incoming, since: datetime, until: datetime) -> WhoseCall:
    """Classify a call by the mobiles that rang when it arrived, between `since` and `until` (UTC)."""
    consultants = tx.rota.consultants.values() if tx.rota else ()
    numbers = {incoming.caller, incoming.forwarded_from} - {None}
    concerned = {person.code: person.mobile for person in consultants if person.mobile in numbers}
    ringing = being_rung(tx.session, concerned, since, until) if concerned else ()
    return whose_call(
        incoming.caller,
        incoming.forwarded_from,
        from_a_line=incoming.from_a_line,
        mobiles={mobile: code for code, mobile in concerned.items()},
        ringing={concerned[code] for code in ringing},
    )


def _lasted(params: Mapping[str, str]) -> timedelta:
    seconds = params.get("CallDuration", "")
    return timedelta(seconds=int(seconds) if seconds.isdecimal() else 0)


def _unstored_call(
    tx: CallTransaction, incoming: _Incoming, whose: WhoseCall, received_at: datetime | None = None
) -> Call:
    """A new `Call`, not stored and without a stage. received_at: when it arrived (UTC), if before now."""
    at = received_at or tx.now
    by_number = not whose.own_leg and whose.staff is None and whose.number is not None
    identity = identify(whose.number, incoming.contacts if by_number else [])
    contact = identity.contact
    named = contact or (identity.contacts[0] if identity.contacts else None)
    colleague = tx.rota.consultants[whose.staff] if whose.staff and tx.rota else None
    return new_row(
        Call,
        id=incoming.call_id,
        call_sid=incoming.sid,
        line_id=incoming.line_id,
        from_number=identity.number,
        group=identity.group,
        contact_id=contact.id if contact else None,
        caller_name=colleague.name if colleague else named.name if named else None,
        caller_place=identity.place,
        shared_by=len(identity.contacts) if identity.one_of else 0,
        forwarded_from=incoming.forwarded_from,
        rescued_for=whose.rescued_for,
        staff=whose.staff,
        language="nl",
        received_at=at,
        in_hours=tx.rota is not None and is_open(tx.rota, at),
        rota_version_id=tx.version_id,
        turn=1,
        preferred=_preferred(tx.rota, identity),
        areas=sorted(identity.areas),
        tier=-1,
        tier_list=[],
        offered_to=[],
        engaged={},
        rest_down=False,
        places=0,
        redirects=0,
        redirects_over=0,
        wants_callback=False,
        nothing_recorded=False,
        counted=False,
        reconciled=False,
        last_event_at=tx.now,
    )


def _preferred(rota: Rota | None, identity: CallerIdentity) -> str | None:
    """The caller's own consultant. A number shared by several schools has one only if all have the same."""
    if rota is None or not identity.contacts:
        return None
    found = {
        contact.preferred or rota.preferred_consultant(contact.duo_code, contact.brin, contact.municipality)
        for contact in identity.contacts
    }
    return found.pop() if len(found) == 1 else None


def _occupy(tx: CallTransaction, call: Call, code: str) -> None:
    """Claim the consultant who rings the line, so that no call rings that mobile meanwhile."""
    if claims.occupy(tx.session, code, call.call_sid, tx.now):
        tx.drop_states()  # the states were read before this change
