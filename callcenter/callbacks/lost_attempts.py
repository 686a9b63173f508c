"""Asks Twilio about attempts whose last event is late, ends those for which it never came, and applies suggested
results that nobody confirmed in time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from callcenter.callbacks.attempt_events import end_attempt
from callcenter.callbacks.attempt_results import ASK_FOR, apply_suggested
from callcenter.callbacks.locks import lock_attempt
from callcenter.callbacks.records import CallbackAttempt
from callcenter.rota.model import Rota
from callcenter.storage.base import instant
from callcenter.storage.statements import Prepared
from callcenter.telephony.outbox import Order

# Long enough that an attempt just before a long weekend gets its result when the server was down meanwhile.
_LOOK_BACK = timedelta(days=7)

# Built once: the clock runs it every few seconds.
_LOST = Prepared(
    select(CallbackAttempt.id)
    .where(
        or_(
            and_(CallbackAttempt.ended_at.is_(None), CallbackAttempt.expires_at <= instant("now")),
            and_(
                CallbackAttempt.result.is_(None),
                CallbackAttempt.suggested.is_not(None),
                CallbackAttempt.started_at > instant("begun_after"),
                CallbackAttempt.ended_at <= instant("ended_by"),
            ),
        )
    )
    .order_by(CallbackAttempt.id)
)


# Whether the two still talk is asked this often. Otherwise a consultant whose last event was lost could not be rung for
# the rest of the longest talk, and nobody could ring the caller back.
CHECKED_EVERY_S = 120
_LATE = Prepared(
    select(CallbackAttempt.id, CallbackAttempt.leg_sid, CallbackAttempt.callee_sid).where(
        CallbackAttempt.ended_at.is_(None),
        CallbackAttempt.leg_sid.is_not(None),
        CallbackAttempt.dialled_at < instant("dialled_before"),
    )
)


def late(session: Session, now: datetime) -> Sequence[Order]:
    """A check of each attempt that has been under way for CHECKED_EVERY_S. It is the same order until the next turn."""
    turn = int(now.timestamp()) // CHECKED_EVERY_S
    found = _LATE(session.connection(), {"dialled_before": now - timedelta(seconds=CHECKED_EVERY_S)})
    return [
        Order(
            "check_attempt",
            {"attempt_id": attempt_id, "sid": sid, "callee_sid": caller},
            expires_in_s=60,
            dedupe_key=f"check_attempt:{attempt_id}:{turn}",
        )
        for attempt_id, sid, caller in found
    ]


def lost(session: Session, now: datetime) -> Sequence[int]:
    """The ids of attempts whose last event never came, and of those whose suggested result nobody confirmed."""
    values = {"now": now, "begun_after": now - _LOOK_BACK, "ended_by": now - ASK_FOR}
    return [attempt_id for (attempt_id,) in _LOST(session.connection(), values)]


def end_lost(session: Session, rota: Rota, now: datetime) -> int:
    """End the lost attempts and apply their suggested results. Returns how many attempts."""
    found = lost(session, now)
    for attempt_id in found:
        callback, attempt = lock_attempt(session, attempt_id)
        end_attempt(session, rota, callback, attempt, now)
        apply_suggested(session, rota, callback, attempt, now)
        session.flush()
    return len(found)
