"""What happens to an attempt while it is made? Events of both legs move it on, in whatever order they come."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from callcenter.callbacks import claims
from callcenter.callbacks.attempts import settle
from callcenter.callbacks.life import is_live
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.callbacks.rules import suggest
from callcenter.errors import NotFound
from callcenter.rota.model import Rota
from callcenter.storage.base import table_of
from callcenter.storage.rows import Loader
from callcenter.telephony.outbox import Order, enqueue

# The consultant's mobile: shorter than carriers wait before their own mailbox takes over.
RING_CONSULTANT_S = 18
# The caller's telephone: long enough for a desk telephone across a school's hall.
RING_CALLER_S = 30
TALK_LIMIT_S = 3600
# A creation that was not accepted by then is dropped: nobody waits with the telephone in hand for longer.
PLACE_WITHIN_S = 20
# Twilio may end a ring 5 s late, and starts calls one by one; a lost last event frees the consultant after this.
GRACE_S = 25

QUEUED, RINGING_CONSULTANT, RINGING_CALLER, TALKING, ENDED = (
    "queued",
    "ringing_consultant",
    "ringing_caller",
    "talking",
    "ended",
)
_ORDER = (QUEUED, RINGING_CONSULTANT, RINGING_CALLER, TALKING, ENDED)
_FINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})

# Built once: every event of both legs asks it.
_CALLBACKS, _ATTEMPTS = table_of(Callback), table_of(CallbackAttempt)
_HELD = Loader(
    [Callback, CallbackAttempt],
    select(_CALLBACKS, _ATTEMPTS)
    .join_from(_CALLBACKS, _ATTEMPTS, _ATTEMPTS.c.callback_id == _CALLBACKS.c.id)
    .where(_ATTEMPTS.c.id == bindparam("attempt"))
    .with_for_update(of=(_CALLBACKS, _ATTEMPTS)),
    fresh=True,
)

_LIVE = Loader(
    [CallbackAttempt],
    select(_ATTEMPTS).where(_ATTEMPTS.c.callback_id == bindparam("callback"), _ATTEMPTS.c.ended_at.is_(None)),
    fresh=True,
)


def live_attempt(session: Session, callback_id: int) -> CallbackAttempt | None:
    """The attempt under way for a callback, or None."""
    return next((attempt for (attempt,) in _LIVE(session, {"callback": callback_id})), None)


def held(session: Session, attempt_id: int) -> tuple[Callback, CallbackAttempt]:
    """An attempt and its callback; the callback is locked first, so every step takes locks in one order.

    Raises NotFound.
    """
    for callback, attempt in _HELD(session, {"attempt": attempt_id}):
        return callback, attempt
    raise NotFound(f"there is no attempt {attempt_id}")


def forward(attempt: CallbackAttempt, state: str, expires_at: datetime | None = None) -> bool:
    """Move an attempt on; late and repeated events never move it back. Returns whether it moved."""
    if attempt.ended_at is not None or _ORDER.index(state) <= _ORDER.index(attempt.state):
        return False
    attempt.state = state
    if expires_at is not None:
        attempt.expires_at = expires_at
    return True


def placed(session: Session, attempt_id: int, sid: str, now: datetime) -> None:
    """Twilio took the order to ring the consultant; an event of the leg may have told its sid already."""
    callback, attempt = held(session, attempt_id)
    attempt.leg_sid = attempt.leg_sid or sid
    if attempt.ended_at is not None or not is_live(callback.state):
        enqueue(session, now, _stop(attempt.leg_sid))
    forward(attempt, RINGING_CONSULTANT)


def not_placed(session: Session, rota: Rota | None, attempt_id: int, now: datetime) -> None:
    """The consultant could not be rung: the attempt is over, and it is no attempt at the caller."""
    callback, attempt = held(session, attempt_id)
    end(session, rota, callback, attempt, now)


def still_wanted(callback: Callback, attempt: CallbackAttempt, sid: str) -> bool:
    if attempt.ended_at is not None or not is_live(callback.state):
        return False
    attempt.leg_sid = attempt.leg_sid or sid
    return attempt.leg_sid == sid


def hold(session: Session, callback: Callback, attempt: CallbackAttempt, talking_since: datetime | None) -> None:
    if attempt.consultant is not None:
        claims.hold(session, attempt.consultant, callback.id, attempt.expires_at, talking_since)


def caller_event(
    session: Session, rota: Rota, attempt_id: int, sid: str, status: str, talk_s: float | None, now: datetime
) -> None:
    """An event of the caller's leg. Its last one tells what came of the call, were the dial's own report lost."""
    callback, attempt = held(session, attempt_id)
    attempt.callee_sid = attempt.callee_sid or sid
    if status == "in-progress":
        attempt.answered_at = attempt.answered_at or now
        forward(attempt, TALKING)
    elif status in _FINAL:
        _suggested(attempt, status, talk_s, now)
        settle(session, rota, callback, attempt, now)


def dialled(
    session: Session, rota: Rota, attempt_id: int, status: str, talk_s: float | None, now: datetime
) -> CallbackAttempt:
    """The dial to the caller is over, as Twilio reports it."""
    callback, attempt = held(session, attempt_id)
    _suggested(attempt, status, talk_s, now)
    settle(session, rota, callback, attempt, now)
    return attempt


def _suggested(attempt: CallbackAttempt, status: str, talk_s: float | None, now: datetime) -> None:
    if attempt.suggested is not None or attempt.dialled_at is None:
        return
    if talk_s is None and attempt.answered_at is not None:
        talk_s = (now - attempt.answered_at).total_seconds()
    if talk_s is None and status in ("completed", "answered"):
        return  # the end of the caller's leg tells how long it was; a dial that ended tells not always
    attempt.suggested = suggest(status, talk_s, (now - attempt.dialled_at).total_seconds())
    attempt.talk_s = talk_s if attempt.suggested == "reached" else None


def consultant_event(
    session: Session, rota: Rota | None, attempt_id: int, sid: str, status: str, now: datetime
) -> None:
    """An event of the consultant's leg; its last one ends the attempt."""
    callback, attempt = held(session, attempt_id)
    if attempt.leg_sid is None:
        attempt.leg_sid = sid
    if attempt.leg_sid != sid:
        return
    if status in _FINAL:
        end(session, rota, callback, attempt, now)
    elif status in ("initiated", "ringing"):
        until = now + timedelta(seconds=RING_CONSULTANT_S + GRACE_S)
        if forward(attempt, RINGING_CONSULTANT, max(attempt.expires_at, until)):
            hold(session, callback, attempt, None)


def end(session: Session, rota: Rota | None, callback: Callback, attempt: CallbackAttempt, now: datetime) -> None:
    """The attempt is over, whatever came of it: the consultant is free, and a clear result is taken. Done once."""
    if attempt.ended_at is not None:
        return
    attempt.ended_at = now
    attempt.state = ENDED
    if attempt.dialled_at is None:
        attempt.suggested = attempt.suggested or "not_made"
    if attempt.consultant is not None:
        wrap_up_s = rota.policy.hunt.wrap_up_s if rota is not None and attempt.talk_s else 0
        claims.free(session, attempt.consultant, callback.id, now, wrap_up_s if attempt.dialled_at else None)
    if rota is not None:
        settle(session, rota, callback, attempt, now)


def stop(session: Session, callback_id: int, now: datetime) -> None:
    """The callback became needless while the consultant's mobile rings: end that call. A talk is never cut."""
    attempt = live_attempt(session, callback_id)
    if attempt is None or attempt.state not in (QUEUED, RINGING_CONSULTANT) or attempt.leg_sid is None:
        return  # one that is not placed yet is dropped by the order itself
    enqueue(session, now, _stop(attempt.leg_sid))


def _stop(sid: str) -> Order:
    return Order("callback_stop", {"sid": sid}, expires_in_s=60, dedupe_key=f"callback_stop:{sid}")
