"""Applies the events of an attempt's two calls, to the consultant and to the caller, in whatever order they come."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from callcenter.callbacks.attempt_results import apply_suggested
from callcenter.callbacks.locks import live_attempt, lock_attempt
from callcenter.callbacks.records import QUEUED, RINGING_CONSULTANT, Callback, CallbackAttempt
from callcenter.callbacks.rules import is_live, suggest
from callcenter.calls.leg import FINAL
from callcenter.presence import claims
from callcenter.rota.model import Rota
from callcenter.telephony.outbox import Order, enqueue

# The consultant's mobile rings shorter than carriers wait before their mailbox answers.
RING_CONSULTANT_S = 18
# The caller's telephone rings long enough for a desk telephone across a school's hall.
RING_CALLER_S = 30
TALK_LIMIT_S = 3600
# Twilio may end a ring 5 s late, and starts calls one by one. When the last event is lost, the consultant is free again
# this many seconds after the ring time.
GRACE_S = 25


def leg_created(session: Session, attempt_id: int, sid: str, now: datetime) -> None:
    """Twilio accepted the call to the consultant. An event of that call may have come before."""
    callback, attempt = lock_attempt(session, attempt_id)
    attempt.adopt_leg(sid)
    if attempt.ended_at is not None or not is_live(callback.state):
        enqueue(session, now, _stop_order(attempt.leg_sid or sid))
    attempt.advance(RINGING_CONSULTANT)


def leg_not_created(session: Session, rota: Rota | None, attempt_id: int, now: datetime) -> None:
    """The consultant could not be rung. The attempt ends, and does not count as an attempt at the caller."""
    callback, attempt = lock_attempt(session, attempt_id)
    end_attempt(session, rota, callback, attempt, now)


def consultant_event(
    session: Session, rota: Rota | None, attempt_id: int, sid: str, status: str, now: datetime
) -> None:
    """An event of the consultant's leg. Its last event ends the attempt."""
    callback, attempt = lock_attempt(session, attempt_id)
    if not attempt.adopt_leg(sid):
        return
    if status in FINAL:
        end_attempt(session, rota, callback, attempt, now)
    elif status in ("initiated", "ringing"):
        until = now + timedelta(seconds=RING_CONSULTANT_S + GRACE_S)
        if attempt.advance(RINGING_CONSULTANT, max(attempt.expires_at, until)):
            extend_claim(session, callback, attempt, None)


def caller_event(
    session: Session, rota: Rota, attempt_id: int, sid: str, status: str, talk_s: float | None, now: datetime
) -> None:
    """An event of the caller's leg. Its last event gives the result when the event of the <Dial> is lost.

    It does not tell who ended the talk.
    """
    callback, attempt = lock_attempt(session, attempt_id)
    attempt.adopt_caller_leg(sid)
    if status == "in-progress":
        attempt.caller_answered(now)
    elif status in FINAL:
        _suggest(attempt, status, talk_s, now, ended_by_caller=False)
        apply_suggested(session, rota, callback, attempt, now)


def dial_ended(
    session: Session,
    rota: Rota,
    attempt_id: int,
    status: str,
    talk_s: float | None,
    now: datetime,
    *,
    ended_by_caller: bool = False,
) -> CallbackAttempt:
    """The <Dial> to the caller ended. status: DialCallStatus; talk_s: DialCallDuration.

    ended_by_caller: whether the consultant's leg goes on, so that the caller's side ended the talk.
    """
    callback, attempt = lock_attempt(session, attempt_id)
    _suggest(attempt, status, talk_s, now, ended_by_caller=ended_by_caller and attempt.ended_at is None)
    apply_suggested(session, rota, callback, attempt, now)
    return attempt


def _suggest(
    attempt: CallbackAttempt, status: str, talk_s: float | None, now: datetime, *, ended_by_caller: bool
) -> None:
    if attempt.dialled_at is None:
        return
    if attempt.suggested == "unclear" and ended_by_caller:
        # The last event of the caller's leg came first, and did not tell who ended the talk.
        talk_s = attempt.talk_s
    elif attempt.suggested is not None:
        return
    if talk_s is None and attempt.answered_at is not None:
        talk_s = (now - attempt.answered_at).total_seconds()
    if talk_s is None and status in ("completed", "answered"):
        return  # the last event of the caller's leg has the duration; the end of the <Dial> does not always have it
    rang_s = (now - attempt.dialled_at).total_seconds()
    attempt.suggest(suggest(status, talk_s, rang_s, ended_by_caller=ended_by_caller), talk_s)


def end_attempt(
    session: Session, rota: Rota | None, callback: Callback, attempt: CallbackAttempt, now: datetime
) -> None:
    """End a locked attempt, once: release the consultant's claim, and apply a clear result."""
    if not attempt.end(now):
        return
    if attempt.consultant is not None:
        key = claims.callback_key(callback.id)
        if attempt.dialled_at:
            wrap_up_s = rota.policy.hunt.wrap_up_s if rota is not None and attempt.talk_s else 0
            claims.end_talk(session, attempt.consultant, key, now, wrap_up_s)
        else:
            claims.release(session, attempt.consultant, key)
    if rota is not None:
        apply_suggested(session, rota, callback, attempt, now)


def extend_claim(
    session: Session, callback: Callback, attempt: CallbackAttempt, talking_since: datetime | None
) -> None:
    """Extend the consultant's claim until the attempt expires."""
    if attempt.consultant is not None:
        claims.hold(session, attempt.consultant, claims.callback_key(callback.id), attempt.expires_at, talking_since)


def stop_ringing(session: Session, callback_id: int, now: datetime) -> None:
    """Stop ringing the consultant, since the callback is closed. A talk is never cut off."""
    attempt = live_attempt(session, callback_id)
    if attempt is None or attempt.state not in (QUEUED, RINGING_CONSULTANT) or attempt.leg_sid is None:
        return  # the outbox drops an order that Twilio does not have yet
    enqueue(session, now, _stop_order(attempt.leg_sid))


def _stop_order(sid: str) -> Order:
    return Order("callback_stop", {"sid": sid}, expires_in_s=60, dedupe_key=f"callback_stop:{sid}")
