"""Adds to a callback that its caller was rung, when only Twilio's call list tells so: after an older backup."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.callbacks import promised_times
from callcenter.callbacks.attempt_results import apply_suggested
from callcenter.callbacks.locks import lock_live
from callcenter.callbacks.records import QUEUED, CallbackAttempt
from callcenter.callbacks.rules import suggest
from callcenter.rota.model import Rota
from callcenter.telephony.listed_calls import CallerRung

# In the place of the person's name, on the pages that show who made an attempt.
BY = "Twilio"


def add_ring(session: Session, rota: Rota, line_id: int, ring: CallerRung, now: datetime) -> bool:
    """Add an attempt for a ring of a caller, with the result that it suggests, as if its last event came only now.

    The result that a consultant said after it is not known, so a talk too short to tell stays to be confirmed. Returns
    False when no callback of this line and number waits, or when it was asked for after that ring.
    """
    leg, to_caller = ring.leg, ring.to_caller
    if to_caller.to is None or to_caller.started_at is None:
        return False
    if session.scalar(select(CallbackAttempt.id).where(CallbackAttempt.leg_sid == leg.sid)) is not None:
        return False
    callback = lock_live(session, line_id, to_caller.to)
    if callback is None:
        return False
    ended_at, talk_s = to_caller.over_at or to_caller.started_at, float(to_caller.duration_s or 0)
    dialled_at = to_caller.started_at
    if dialled_at < (callback.asked_at or callback.created_at):
        return False
    attempt = CallbackAttempt(
        callback_id=callback.id,
        consultant=ring.consultant,
        started_at=leg.started_at or dialled_at,
        state=QUEUED,
        leg_sid=leg.sid,
        callee_sid=to_caller.sid,
        expires_at=ended_at,
        by=BY,
    )
    attempt.dial_caller(dialled_at, ended_at)
    if to_caller.picked_up_at is not None:
        attempt.caller_answered(to_caller.picked_up_at)
    rang_s = (ended_at - dialled_at).total_seconds()
    attempt.suggest(suggest(to_caller.status, talk_s, rang_s, ended_by_caller=False), talk_s)
    attempt.end(ended_at)
    session.add(attempt)
    callback.claim(ring.consultant, now)
    session.flush()
    promised_times.rung(session, callback, dialled_at)
    apply_suggested(session, rota, callback, attempt, now)
    return True
