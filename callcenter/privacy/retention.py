"""The retention periods with their reasons, and the statements that erase older data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, case, delete, or_, select, update
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session

from callcenter.access.records import AuditEvent, UndoOffer
from callcenter.callbacks.records import Callback
from callcenter.callbacks.rules import LISTENED, LIVE, WRONG_NUMBER
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision, Voicemail
from callcenter.directory.records import Contact
from callcenter.lines.records import BlockedNumber
from callcenter.privacy import log_in_traces, rota_past
from callcenter.privacy.erase import NUMBER_ERASED
from callcenter.privacy.recordings import erase_leftovers, order_deletions
from callcenter.rota import versions
from callcenter.rota.records import RotaVersion
from callcenter.routing.records import SurveyQuestion
from callcenter.routing.survey import ONCE_IN
from callcenter.routing.voicemail import erase_sound
from callcenter.telephony.records import OutboxMessage, Receipt

# Rows per transaction: small, so that an incoming call never waits long for the database's write lock.
BATCH = 500
_PERSONAL_GROUPS = ("parent", "youth", "unknown")
# A reason that the product gave stays; a person typed every other one.
_OURS = (WRONG_NUMBER, LISTENED, NUMBER_ERASED)
_TYPED_REASON = and_(Callback.cancel_reason.is_not(None), Callback.cancel_reason.not_in(_OURS))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data, for how many days it is stored, and why.

    erase: erases a batch older than an instant; its arguments are the session, that instant and now; returns the number
    of rows.
    """

    name: str
    days: int
    why: str
    erase: Callable[[Session, datetime, datetime], int]


def _messages(session: Session, before: datetime, now: datetime) -> int:
    waiting = (
        select(Call.id)
        .join(Callback, Callback.id == Call.callback_id)
        .where(Call.id == Voicemail.call_id, Callback.state.in_(LIVE))
        .exists()
    )
    old = session.scalars(
        select(Voicemail)
        .where(Voicemail.received_at < before, Voicemail.state != "erased", ~waiting)
        .order_by(Voicemail.id)
        .limit(BATCH)
    ).all()
    for voicemail in old:
        erase_sound(session, voicemail, now)
    return len(old)


def _callers(session: Session, before: datetime, now: datetime) -> int:
    known = or_(
        Call.from_number.is_not(None),
        Call.keyed_number.is_not(None),
        Call.forwarded_from.is_not(None),
        and_(or_(Call.caller_name.is_not(None), Call.caller_place.is_not(None)), Call.group.in_(_PERSONAL_GROUPS)),
    )
    old = select(Call.id).where(Call.received_at < before, Call.ended_at.is_not(None), known).limit(BATCH)
    forgotten = _rows(
        session,
        update(Call).where(Call.id.in_(old)).values(from_number=None, keyed_number=None, forwarded_from=None),
    )
    named = or_(Call.caller_name.is_not(None), Call.caller_place.is_not(None))
    personal = and_(Call.received_at < before, Call.ended_at.is_not(None), named, Call.group.in_(_PERSONAL_GROUPS))
    names = select(Call.id).where(personal).limit(BATCH)
    _rows(session, update(Call).where(Call.id.in_(names)).values(caller_name=None, caller_place=None, contact_id=None))
    return forgotten


def _promises(session: Session, before: datetime, now: datetime) -> int:
    known = or_(
        *(column.is_not(None) for column in (Callback.number, Callback.note, Callback.caller_name)),
        *(Callback.caller_place.is_not(None), _TYPED_REASON),
    )
    old = select(Callback.id).where(Callback.closed_at < before, Callback.state.not_in(LIVE), known).limit(BATCH)
    nothing = {"number": None, "note": None, "caller_name": None, "caller_place": None}
    reason = case((_TYPED_REASON, None), else_=Callback.cancel_reason)
    return _rows(session, update(Callback).where(Callback.id.in_(old)).values(cancel_reason=reason, **nothing))


def _decisions(session: Session, before: datetime, now: datetime) -> int:
    return _delete(session, CallDecision, CallDecision.id, CallDecision.at < before)


def _legs(session: Session, before: datetime, now: datetime) -> int:
    return _delete(session, Leg, Leg.id, and_(Leg.offered_at < before, Leg.ended_at.is_not(None)))


def _calls(session: Session, before: datetime, now: datetime) -> int:
    return _delete(session, Call, Call.id, and_(Call.received_at < before, Call.ended_at.is_not(None)))


def _traces(session: Session, before: datetime, now: datetime) -> int:
    gone = and_(
        Voicemail.received_at < before, Voicemail.state == "erased", Voicemail.deleted_at_twilio_at.is_not(None)
    )
    return _delete(session, Voicemail, Voicemail.id, gone)


def _closed(session: Session, before: datetime, now: datetime) -> int:
    return _delete(session, Callback, Callback.id, and_(Callback.closed_at < before, Callback.state.not_in(LIVE)))


def _receipts(session: Session, before: datetime, now: datetime) -> int:
    return _delete(session, Receipt, Receipt.key, Receipt.received_at < before)


def _orders(session: Session, before: datetime, now: datetime) -> int:
    return _delete(session, OutboxMessage, OutboxMessage.id, OutboxMessage.done_at < before)


def _audit(session: Session, before: datetime, now: datetime) -> int:
    return _delete(session, AuditEvent, AuditEvent.id, AuditEvent.at < before)


def _blocks(session: Session, before: datetime, now: datetime) -> int:
    return _delete(session, BlockedNumber, BlockedNumber.number, BlockedNumber.until < before)


def _questions(session: Session, before: datetime, now: datetime) -> int:
    return _delete(session, SurveyQuestion, SurveyQuestion.id, SurveyQuestion.asked_at < before)


def _undo(session: Session, before: datetime, now: datetime) -> int:
    return _delete(session, UndoOffer, UndoOffer.id, UndoOffer.made_at < before)


def _contacts(session: Session, before: datetime, now: datetime) -> int:
    gone = and_(Contact.gone_at < before, Contact.kind != "school")
    return _delete(session, Contact, Contact.id, gone)


def _rota_past(session: Session, before: datetime, now: datetime) -> int:
    return rota_past.erase_past(session, before, now)


def _rota_remarks(session: Session, before: datetime, now: datetime) -> int:
    typed = and_(RotaVersion.note.is_not(None), RotaVersion.note.not_like(f"{versions.RESTORED}%"))
    old = select(RotaVersion.id).where(typed, rota_past.replaced_before(before)).limit(BATCH)
    return _rows(session, update(RotaVersion).where(RotaVersion.id.in_(old)).values(note=None))


def _rotas(session: Session, before: datetime, now: datetime) -> int:
    asked = select(Call.id).where(Call.rota_version_id == RotaVersion.id).exists()
    return _delete(session, RotaVersion, RotaVersion.id, and_(rota_past.replaced_before(before), ~asked))


def _at_twilio(session: Session, before: datetime, now: datetime) -> int:
    return order_deletions(session, before, now, BATCH)


def _leftovers(session: Session, before: datetime, now: datetime) -> int:
    return erase_leftovers(session, before, BATCH)


KINDS: tuple[Kind, ...] = (
    Kind(
        "recordings at Twilio",
        1,
        "needed only until our copy is stored; the deletion is ordered again daily until Twilio confirms it",
        _at_twilio,
    ),
    Kind(
        "messages",
        28,
        "four weeks: a message is heard within days, and a misunderstanding shows within weeks; one whose callback "
        "is live stays until that is closed",
        _messages,
    ),
    Kind(
        "sound of withdrawn messages",
        1,
        "a caller who records a message again replaces the first one; its sound is erased at once, and what is left "
        "within a day",
        _leftovers,
    ),
    Kind(
        "callers' numbers and names",
        90,
        "a quarter: somebody who rings again is recognised, and a complaint about a call can be answered",
        _callers,
    ),
    Kind(
        "callbacks' numbers, names and notes",
        90,
        "a quarter after closing, for the same reason; notes and reasons of cancelling are for the work itself, the "
        "official file is elsewhere",
        _promises,
    ),
    Kind(
        "reasons of decisions", 90, "why somebody was not rung is asked within weeks; they are about staff", _decisions
    ),
    Kind("receipts", 7, "Twilio repeats a request within minutes; a week covers a long outage", _receipts),
    Kind("sent orders", 30, "to find the cause when a message or a call failed", _orders),
    Kind(
        "contacts who left the list",
        90,
        "as for callers; schools stay, since their data are public and past figures name them",
        _contacts,
    ),
    Kind(
        "illness and remarks in rota versions",
        30,
        "a month after the absence, shift or version ended: an illness is health data, and is needed only while it "
        "keeps somebody off duty and a question about that day may come",
        _rota_past,
    ),
    Kind(
        "remarks on rota versions",
        90,
        "a quarter after the version was replaced: by then nobody looks for the reason of a change",
        _rota_remarks,
    ),
    Kind(
        "whom the survey was asked",
        ONCE_IN.days,
        "a quarter, so that nobody is asked twice in it; the answers stay, without a number",
        _questions,
    ),
    Kind("ended blocks", 30, "after their end; a number is listed as long as it is blocked", _blocks),
    Kind("counts of log-ins", 1, "a limit lasts for hours at most, a count for one", log_in_traces.erase_counts),
    Kind("undone deeds", 1, "a deed can be taken back for half a minute; what it replaced then goes", _undo),
    Kind("sessions", 30, "without use; that is when they end", log_in_traces.erase_sessions),
    Kind("known browsers", 365, "after the last log-in in them", log_in_traces.erase_browsers),
    Kind("legs", 400, "a year and a month, to compare seasons; they are about staff", _legs),
    Kind(
        "audit log",
        730,
        "two years: the office must be able to say who saw or heard what (AVG, accountability)",
        _audit,
    ),
    Kind("calls without their caller", 1095, "three years of history behind the figures", _calls),
    Kind(
        "replaced rota versions",
        1095,
        "three years after another one replaced it, as for the calls that it explains; it names former colleagues",
        _rotas,
    ),
    Kind("traces of erased messages", 1095, "as for calls: that there was a message, and how long it was", _traces),
    Kind("callbacks without their caller", 1095, "three years of history behind the figures", _closed),
)


def erase_batch(session: Session, kind: Kind, now: datetime) -> int:
    """Erase one batch of data older than its period. Returns how many rows, 0 when nothing is left."""
    return kind.erase(session, now - timedelta(days=kind.days), now)


def periods() -> Mapping[str, int]:
    """The retention period in days, by kind."""
    return {kind.name: kind.days for kind in KINDS}


def _delete(
    session: Session, table: type[DeclarativeBase], key: InstrumentedAttribute[Any], old: ColumnElement[bool]
) -> int:
    return _rows(session, delete(table).where(key.in_(select(key).where(old).limit(BATCH))))


def _rows(session: Session, statement: Any) -> int:
    result = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    return result.rowcount
