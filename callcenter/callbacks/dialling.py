"""What does one press on "call" set going? The consultant's mobile first, then, after a key, the caller."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.callbacks import claims
from callcenter.callbacks.attempt_calls import (
    GRACE_S,
    PLACE_WITHIN_S,
    QUEUED,
    RING_CALLER_S,
    RING_CONSULTANT_S,
    RINGING_CALLER,
    RINGING_CONSULTANT,
    TALK_LIMIT_S,
    end,
    forward,
    held,
    hold,
    live_attempt,
    still_wanted,
)
from callcenter.callbacks.guard import DiallingRefused, why_refused
from callcenter.callbacks.life import is_live
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.callbacks.rows import give, locked, step
from callcenter.lines.records import Line
from callcenter.presence.claims import one_per_mobile
from callcenter.rota.model import Rota
from callcenter.storage.base import table_of
from callcenter.storage.rows import Adder
from callcenter.storage.statements import Prepared
from callcenter.telephony.outbox import Order, enqueue

_ADD = Adder(CallbackAttempt)
_LINE_NUMBER = Prepared(select(table_of(Line).c.number).where(table_of(Line).c.id == bindparam("line")))


def press(session: Session, rota: Rota, callback_id: int, consultant: str, now: datetime, by: str) -> CallbackAttempt:
    """Ring the consultant for this callback, which claims it. A press while an attempt is under way does nothing and
    returns that attempt, whoever made it. Raises NotFound and DiallingRefused."""
    callback = locked(session, callback_id)
    under_way = live_attempt(session, callback_id)
    if under_way is not None:
        if under_way.expires_at > now:
            return under_way
        end(session, rota, callback, under_way, now)
        session.flush()  # a callback has one attempt at a time
    _check(session, rota, callback, consultant, now)
    until = now + timedelta(seconds=PLACE_WITHIN_S + RING_CONSULTANT_S + GRACE_S)
    mobile_is_free = one_per_mobile(session, rota, [consultant], now)
    if not mobile_is_free or not claims.take(session, consultant, callback_id, until, now):
        raise DiallingRefused("on_call")
    attempt = _insert(session, callback_id, consultant, until, now, by)
    if attempt is None:
        claims.free(session, consultant, callback_id, now, None)
        there = live_attempt(session, callback_id)
        assert there is not None
        return there
    step(callback, "claim")
    if callback.owner != consultant:
        give(callback, consultant, now)
    callback.notified_at = callback.notified_at or now
    mobile = rota.consultants[consultant].mobile
    enqueue(
        session,
        now,
        Order(
            "callback_leg",
            {"attempt_id": attempt.id, "to": mobile, "from": _line_number(session, callback)},
            expires_in_s=PLACE_WITHIN_S,
        ),
    )
    audit(session, now, by, "callback_called", f"callback:{callback_id}")
    return attempt


def _check(session: Session, rota: Rota, callback: Callback, consultant: str, now: datetime) -> None:
    if not is_live(callback.state):
        raise DiallingRefused("closed")
    refused = why_refused(session, rota, callback.number, now)
    if refused is not None:
        raise DiallingRefused(refused)
    if consultant not in rota.consultants or not rota.consultants[consultant].mobile:
        raise DiallingRefused("no_mobile")


def _insert(
    session: Session, callback_id: int, consultant: str, until: datetime, now: datetime, by: str
) -> CallbackAttempt | None:
    values = {
        "callback_id": callback_id,
        "consultant": consultant,
        "started_at": now,
        "state": QUEUED,
        "expires_at": until,
        "by": by,
    }
    return _ADD(session, values)


def _line_number(session: Session, callback: Callback) -> str:
    ((number,),) = _LINE_NUMBER(session.connection(), {"line": callback.line_id})
    return str(number)


@dataclass(frozen=True, slots=True)
class Screening:
    """What the consultant is told before choosing. Names are the directory's; place may be unknown."""

    group: str
    name: str | None
    place: str | None
    reason: str


def screen(session: Session, attempt_id: int, sid: str, now: datetime) -> Screening | None:
    """The consultant picked up, or a mailbox did. None when the callback needs no call any more."""
    callback, attempt = held(session, attempt_id)
    if not still_wanted(callback, attempt, sid):
        return None
    forward(attempt, RINGING_CONSULTANT)
    attempt.expires_at = max(attempt.expires_at, now + timedelta(seconds=3 * GRACE_S))
    hold(session, callback, attempt, None)
    return Screening(callback.group, callback.caller_name, callback.caller_place, callback.reason)


@dataclass(frozen=True, slots=True)
class Dialled:
    """Whom to dial now, and the number to show."""

    number: str
    line_number: str
    group: str
    name: str | None
    place: str | None


def accept(session: Session, rota: Rota, attempt_id: int, sid: str, now: datetime) -> Dialled | None:
    """The consultant pressed 1: the caller is dialled, once. None when it is needless or not allowed by now."""
    callback, attempt = held(session, attempt_id)
    if not still_wanted(callback, attempt, sid) or callback.number is None:
        return None
    again = attempt.state == RINGING_CALLER  # the same answer to a request that came once more
    if not again:
        if why_refused(session, rota, callback.number, now) is not None:
            return None
        until = now + timedelta(seconds=RING_CALLER_S + TALK_LIMIT_S + GRACE_S)
        if not forward(attempt, RINGING_CALLER, until):
            return None
        attempt.dialled_at = now
        hold(session, callback, attempt, now)
    line_number = _line_number(session, callback)
    return Dialled(callback.number, line_number, callback.group, callback.caller_name, callback.caller_place)
