"""One-press calling: a press rings the consultant's mobile; when the consultant presses 1, the caller is dialled."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.callbacks import promised_times
from callcenter.callbacks.attempt_events import (
    GRACE_S,
    RING_CALLER_S,
    RING_CONSULTANT_S,
    TALK_LIMIT_S,
    end_attempt,
    extend_claim,
)
from callcenter.callbacks.locks import live_attempt, lock_attempt, lock_callback
from callcenter.callbacks.outgoing import HOUR, callers_rung_since
from callcenter.callbacks.owners import consultants_away
from callcenter.callbacks.records import QUEUED, RINGING_CALLER, RINGING_CONSULTANT, Callback, CallbackAttempt
from callcenter.callbacks.rules import is_live, why_not_disturbed
from callcenter.errors import CallcenterError
from callcenter.lines.records import BlockedNumber, Line
from callcenter.numbers import why_not_dialled
from callcenter.presence import claims
from callcenter.rota.minutes import start_of_day
from callcenter.rota.model import Rota
from callcenter.storage.base import JsonRows, instant, table_of
from callcenter.storage.rows import insert_unless_exists
from callcenter.storage.statements import Prepared
from callcenter.telephony.outbox import Order, enqueue

# An order to ring the consultant that Twilio has not accepted within this many seconds is dropped: nobody waits longer
# with the telephone in hand.
PLACE_WITHIN_S = 20
# A callback has three attempts. Twice that many on one day, over all callbacks to one number, would be a nuisance.
DAILY_PER_NUMBER = 6

_CALLBACKS, _ATTEMPTS, _BLOCKED = table_of(Callback), table_of(CallbackAttempt), table_of(BlockedNumber).c
# The number of the callback's line; of the first line in use, when that one is no longer ours.
_LINES = table_of(Line).c
_LINE_NUMBER = Prepared(
    select(_LINES.number)
    .where(or_(_LINES.id == bindparam("line"), _LINES.ended_at.is_(None)))
    .order_by(_LINES.ended_at.is_not(None), _LINES.id != bindparam("line"), _LINES.id)
    .limit(1)
)
_NUMBER = bindparam("number", type_=_BLOCKED.number.type)
# The lines' numbers, whether the number is blocked, and how often it was rung today. One statement, since a consultant
# waits with the telephone in hand.
_CHECKS = Prepared(
    select(
        select(JsonRows(table_of(Line).c.number)).scalar_subquery(),
        exists().where(_BLOCKED.number == _NUMBER, or_(_BLOCKED.until.is_(None), _BLOCKED.until > instant("now"))),
        select(func.count())
        .select_from(_ATTEMPTS)
        .join(_CALLBACKS, _CALLBACKS.c.id == _ATTEMPTS.c.callback_id)
        .where(
            _CALLBACKS.c.number == _NUMBER,
            _ATTEMPTS.c.leg_sid.is_not(None),
            _ATTEMPTS.c.dialled_at >= instant("midnight"),
        )
        .scalar_subquery(),
        callers_rung_since(instant("hour_ago")),
    )
)

_REFUSALS = {
    "withheld": "the caller left no number",
    "invalid": "this is not a number that can be dialled",
    "own": "this is a number of our own",
    "country": "numbers of this country are not dialled",
    "satellite": "satellite and international network numbers are not dialled",
    "premium": "paid and short numbers are not dialled",
    "own_telephone": "this number cannot be rung by one press: ring it from your own telephone and note the result",
    "blocked": "this number is blocked",
    "too_often": f"this number was rung {DAILY_PER_NUMBER} times today; try again tomorrow",
    "limit": "as many callers as the policy allows were rung within the hour; the team lead is told",
    "on_call": "you are on a call",
    "no_mobile": "the rota has no mobile number to ring you on",
    "closed": "this callback is closed",
    "off_duty": "the owner is off duty now: send `anyway` to ring all the same",
    "away": "the owner is away now: send `anyway` to ring all the same",
}
# The reasons for which the consultant's mobile is not rung, unless whoever presses says that it should.
DISTURBING = ("off_duty", "away")


class DiallingRefused(CallcenterError):
    """A caller cannot be rung by one press.

    reason: `withheld`, `invalid`, `own`, `country`, `satellite`, `premium`, `own_telephone` (a person can ring it),
    `blocked`, `too_often`, `limit` (of the policy, for all callers together), `on_call` (the consultant is),
    `no_mobile`, `closed` (the callback is), and one of DISTURBING, when somebody else pressed.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(_REFUSALS[reason])
        self.reason = reason


def why_refused(session: Session, rota: Rota, number: str | None, now: datetime) -> str | None:
    """None when the number may be rung now, else the reason, as in DiallingRefused."""
    midnight = start_of_day(rota.zone, now)
    values = {"number": number, "now": now, "midnight": midnight, "hour_ago": now - HOUR}
    ((own, is_blocked, rung_today, callers_rung),) = _CHECKS(session.connection(), values)
    reason = why_not_dialled(number, rota.policy.callbacks.countries, frozenset(own or ()))
    if reason is not None:
        return reason
    if is_blocked:
        return "blocked"
    if rung_today >= DAILY_PER_NUMBER:
        return "too_often"
    return "limit" if callers_rung >= rota.policy.limits.callers_rung else None


def press(
    session: Session,
    rota: Rota,
    callback_id: int,
    consultant: str,
    now: datetime,
    by: str,
    *,
    may_disturb: bool = True,
) -> CallbackAttempt:
    """Claim the callback for the consultant and ring the consultant's mobile for it.

    While an attempt is under way, whoever made it, a press does nothing and returns that attempt. may_disturb: whether
    the mobile rings also while the consultant is off duty or away, as the consultant's own press does.
    Raises NotFound and DiallingRefused.
    """
    callback = lock_callback(session, callback_id)
    under_way = live_attempt(session, callback_id)
    if under_way is not None:
        if under_way.expires_at > now:
            return under_way
        end_attempt(session, rota, callback, under_way, now)
        session.flush()  # a callback has one attempt at a time
    _check(session, rota, callback, consultant, now)
    if not may_disturb:
        disturbs = why_not_disturbed(rota, consultant, now, consultants_away(session, now))
        if disturbs is not None:
            raise DiallingRefused(disturbs)
    until = now + timedelta(seconds=PLACE_WITHIN_S + RING_CONSULTANT_S + GRACE_S)
    mobile_is_free = claims.lock_free_mobiles(session, rota, [consultant], now)
    if not mobile_is_free or not claims.reserve(session, consultant, claims.callback_key(callback_id), until, now):
        raise DiallingRefused("on_call")
    attempt = _insert(session, callback_id, consultant, until, now, by)
    if attempt is None:
        claims.release(session, consultant, claims.callback_key(callback_id))
        there = live_attempt(session, callback_id)
        assert there is not None
        return there
    callback.claim(consultant, now)
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
    return insert_unless_exists(session, CallbackAttempt, values)


def _line_number(session: Session, callback: Callback) -> str:
    ((number,),) = _LINE_NUMBER(session.connection(), {"line": callback.line_id})
    return str(number)


@dataclass(frozen=True, slots=True)
class Screening:
    """The words for the consultant before the choice. name and place: as the directory has them; None: unknown."""

    group: str
    name: str | None
    place: str | None
    reason: str


def screen(session: Session, attempt_id: int, sid: str, now: datetime) -> Screening | None:
    """The mobile was picked up, by the consultant or by a mailbox. None when the call is not needed any more."""
    callback, attempt = lock_attempt(session, attempt_id)
    if not _is_needed(callback, attempt, sid):
        return None
    attempt.advance(RINGING_CONSULTANT)
    attempt.extend(now + timedelta(seconds=3 * GRACE_S))
    extend_claim(session, callback, attempt, None)
    return Screening(callback.group, callback.caller_name, callback.caller_place, callback.reason)


@dataclass(frozen=True, slots=True)
class CallerDial:
    """The number to dial, the line's number to show, and the caller's name and place as the directory has them."""

    number: str
    line_number: str
    group: str
    name: str | None
    place: str | None


def accept(session: Session, rota: Rota, attempt_id: int, sid: str, now: datetime) -> CallerDial | None:
    """The consultant pressed 1. Returns what to dial; a repeated request gets the same answer.

    None when the call is not needed any more, or the number may not be rung now.
    """
    callback, attempt = lock_attempt(session, attempt_id)
    if not _is_needed(callback, attempt, sid) or callback.number is None:
        return None
    if attempt.state != RINGING_CALLER:
        if why_refused(session, rota, callback.number, now) is not None:
            return None
        until = now + timedelta(seconds=RING_CALLER_S + TALK_LIMIT_S + GRACE_S)
        if not attempt.dial_caller(now, until):
            return None
        promised_times.rung(session, callback, now)
        extend_claim(session, callback, attempt, now)
    line_number = _line_number(session, callback)
    return CallerDial(callback.number, line_number, callback.group, callback.caller_name, callback.caller_place)


def _is_needed(callback: Callback, attempt: CallbackAttempt, sid: str) -> bool:
    return attempt.ended_at is None and is_live(callback.state) and attempt.adopt_leg(sid)
