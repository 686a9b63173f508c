"""What came of an attempt, and what follows for the callback? Results are applied once, and corrected when wrong."""

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.callbacks.holding import held_by, refuse_unheard
from callcenter.callbacks.life import Verb, is_live
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.callbacks.rows import close, live_for, locked, open_again, promise_until, step
from callcenter.callbacks.rules import RESULTS, after_attempt, taken_unconfirmed
from callcenter.errors import IllegalTransition, InvalidInput
from callcenter.rota.model import Rota
from callcenter.storage.base import table_of
from callcenter.storage.rows import Loader

# Why a callback with a wrong number is cancelled; pages translate it.
WRONG_NUMBER = "wrong_number"
# A call's own result may be confirmed or corrected for this long; a result told later is a new attempt.
CONFIRM_WITHIN = timedelta(hours=4)
# A talk too short to tell waits this long for somebody's word before it is taken as not reached.
ASK_FOR = timedelta(minutes=10)

_ATTEMPTS = table_of(CallbackAttempt)
_NEWEST = Loader(
    [CallbackAttempt],
    select(_ATTEMPTS)
    .where(_ATTEMPTS.c.callback_id == bindparam("callback"), _ATTEMPTS.c.dialled_at.is_not(None))
    .order_by(_ATTEMPTS.c.id.desc())
    .limit(1),
    fresh=True,
)


def record_attempt(
    session: Session, rota: Rota, callback_id: int, result: str, by: str, now: datetime, consultant: str | None = None
) -> Callback:
    """A person says what came of an attempt: confirms or corrects the last call we made, else adds an attempt.

    Raises InvalidInput on `result`, IllegalTransition when the callback is closed and had no such call, and
    MessageUnheard when it is said to be reached while nobody has heard a message of it.
    """
    if result not in RESULTS:
        raise InvalidInput("result", f"must be one of {', '.join(RESULTS)}")
    callback = locked(session, callback_id)
    if result == "reached" and is_live(callback.state):
        refuse_unheard(session, callback)
    attempt = _to_confirm(session, callback_id, now)
    if attempt is None:
        if not is_live(callback.state):
            raise IllegalTransition(f"a callback that is {callback.state} takes no further attempts")
        attempt = CallbackAttempt(
            callback_id=callback_id,
            consultant=consultant or callback.owner,
            started_at=now,
            dialled_at=now,
            expires_at=now,
            ended_at=now,
            state="ended",
            by=by,
        )
        session.add(attempt)
    confirm(session, rota, callback, attempt, result, by, now)
    session.flush()
    return callback


def confirm(
    session: Session, rota: Rota, callback: Callback, attempt: CallbackAttempt, result: str, by: str, now: datetime
) -> None:
    """Somebody's word on an attempt counts, over what the call itself suggested. Both rows are held by the caller."""
    attempt.confirmed_at = now
    apply(session, rota, callback, attempt, result, now)
    audit(session, now, by, "callback_attempt", f"callback:{callback.id}", result=result)


def close_once_heard(session: Session, callback: Callback, verb: Verb, kept_at: datetime, now: datetime) -> None:
    """Close it as an attempt says, or, while it holds a message that nobody heard, as soon as that was heard.

    A promise to several people at one number is not kept by the talk with one of them.
    """
    if held_by(session, callback).unheard:
        if callback.state == "open" and callback.owner is not None:
            step(callback, "claim")
        callback.closes_as = verb
        callback.next_attempt_at = None
        return
    close(session, callback, verb, now, kept_at)
    callback.cancel_reason = WRONG_NUMBER if verb == "cancel" else None


def close_if_heard(session: Session, callback: Callback, now: datetime) -> None:
    """A message of it was heard: close it if that was the last thing it waited for. Its row is held by the caller."""
    if callback.closes_as is None:
        return
    for (newest,) in _NEWEST(session, {"callback": callback.id}):
        kept_at = newest.dialled_at or newest.started_at
        close_once_heard(session, callback, cast(Verb, callback.closes_as), kept_at, now)


def _to_confirm(session: Session, callback_id: int, now: datetime) -> CallbackAttempt | None:
    """The newest call made to the caller for this callback, when nobody has said yet what came of it."""
    for (newest,) in _NEWEST(session, {"callback": callback_id}):
        assert isinstance(newest, CallbackAttempt)
        if newest.confirmed_at is None and newest.started_at >= now - CONFIRM_WITHIN:
            return newest
    return None


def apply(
    session: Session, rota: Rota, callback: Callback, attempt: CallbackAttempt, result: str, now: datetime
) -> None:
    """Store an attempt's result and what follows from it. A result that stood before is taken back first.

    Both rows are held by the caller.
    """
    if attempt.result == result:
        return
    if attempt.result not in (None, "not_made"):
        _take_back(session, callback)
    attempt.result = result
    if not is_live(callback.state):
        return
    kept_at = attempt.dialled_at or attempt.started_at
    what = after_attempt(rota, result, callback.attempts, now)
    callback.attempts = what.attempts
    callback.closes_as = None
    if what.verb is not None:
        close_once_heard(session, callback, what.verb, kept_at, now)
    elif what.due_at is not None:
        callback.late = callback.late or kept_at > callback.due_at
        callback.next_attempt_at = what.next_attempt_at
        callback.appointment_at = None
        promise_until(callback, what.due_at)


def _take_back(session: Session, callback: Callback) -> None:
    """Undo what the attempt's former result did, unless the caller has another callback or it was closed otherwise."""
    by_attempt = callback.state in ("reached", "unreachable") or callback.cancel_reason == WRONG_NUMBER
    if not is_live(callback.state):
        other = live_for(session, callback.line_id, callback.number) if callback.number else None
        if not by_attempt or other is not None:
            return
        open_again(session, callback)
        step(callback, "claim")
    callback.attempts = max(0, callback.attempts - 1)


def settle(session: Session, rota: Rota, callback: Callback, attempt: CallbackAttempt, now: datetime) -> None:
    """Take the result that an ended call itself suggests, where it is clear and nobody said anything yet."""
    if attempt.ended_at is None or attempt.result is not None or attempt.suggested is None:
        return
    result = taken_unconfirmed(attempt.suggested, attempt.talk_s)
    if result is None and now - attempt.ended_at >= ASK_FOR:
        result = "no_answer"
    if result is not None:
        apply(session, rota, callback, attempt, result, now)
