"""Stores an attempt's result once, applies what follows for the callback, and corrects a result that was wrong."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.callbacks import promised_times
from callcenter.callbacks.closing import close_once_heard, reopen
from callcenter.callbacks.keeping import counts_as_ring
from callcenter.callbacks.locks import lock_live, newest_dialled
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.callbacks.rules import WRONG_NUMBER, after_attempt, confirmable_since, is_live, unconfirmed_result
from callcenter.rota.model import Rota

# A talk too short to tell waits this long for a confirmation, then counts as not reached, so that the next attempt is
# planned. Somebody can still say until the end of the day that the caller was reached.
ASK_FOR = timedelta(minutes=10)


def confirm(
    session: Session, rota: Rota, callback: Callback, attempt: CallbackAttempt, result: str, by: str, now: datetime
) -> None:
    """Store the result that a person reports; it overrides the suggested one. The caller has locked both rows."""
    attempt.confirm(now)
    apply_result(session, rota, callback, attempt, result, now)
    audit(session, now, by, "callback_attempt", f"callback:{callback.id}", result=result)


def to_confirm(session: Session, rota: Rota, callback_id: int, now: datetime) -> CallbackAttempt | None:
    """The newest attempt that rang the caller, while its result may still be confirmed, else None."""
    newest = newest_dialled(session, callback_id)
    if newest is not None and newest.confirmed_at is None and newest.started_at >= confirmable_since(rota.zone, now):
        return newest
    return None


def apply_suggested(session: Session, rota: Rota, callback: Callback, attempt: CallbackAttempt, now: datetime) -> None:
    """Apply the result that an ended call suggests, if it is clear and there is no result yet.

    The caller has locked both rows.
    """
    if attempt.ended_at is None or attempt.result is not None or attempt.suggested is None:
        return
    result = unconfirmed_result(attempt.suggested, attempt.talk_s)
    if result is None and now - attempt.ended_at >= ASK_FOR:
        result = "no_answer"
    if result is not None:
        apply_result(session, rota, callback, attempt, result, now)


def apply_result(
    session: Session, rota: Rota, callback: Callback, attempt: CallbackAttempt, result: str, now: datetime
) -> None:
    """Store an attempt's result and apply what follows from it, after undoing what a former result did.

    The caller has locked both rows.
    """
    if attempt.result == result:
        return
    if attempt.result not in (None, "not_made"):
        _undo_result(session, callback, now)
    corrected = attempt.result is not None
    attempt.result = result
    if corrected or result == "not_made":
        promised_times.judge_anew(session, callback, now)
    if not is_live(callback.state):
        return
    early = not counts_as_ring(attempt.rung_at, callback.appointment_at)
    then = after_attempt(rota, result, callback.attempts, now, callback.appointment_at if early else None)
    callback.set_attempts(then.attempts)
    if then.verb is not None:
        witnessed = attempt.leg_sid is not None and not corrected
        close_once_heard(session, callback, then.verb, attempt.rung_at, now, witnessed=witnessed)
    elif then.due_at is not None:
        callback.try_again(then.next_attempt_at, then.due_at)


def _undo_result(session: Session, callback: Callback, now: datetime) -> None:
    """Undo what the former result did, unless the caller has another callback or a person closed this one."""
    by_attempt = callback.state in ("reached", "unreachable") or callback.cancel_reason == WRONG_NUMBER
    if not is_live(callback.state):
        other = lock_live(session, callback.line_id, callback.number) if callback.number else None
        if not by_attempt or other is not None:
            return
        reopen(session, callback, now)
        callback.start_work()
    callback.take_back_attempt()
