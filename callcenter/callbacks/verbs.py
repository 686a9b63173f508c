"""The changes that a person makes to a callback. Each locks the row, changes it and writes the audit log."""

from datetime import datetime

from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.callbacks import closing, promised_times
from callcenter.callbacks.attempt_events import stop_ringing
from callcenter.callbacks.attempt_results import confirm, to_confirm
from callcenter.callbacks.closing import close
from callcenter.callbacks.hearing import count_as_heard
from callcenter.callbacks.locks import lock_callback
from callcenter.callbacks.outstanding import outstanding_of, refuse_unheard
from callcenter.callbacks.records import ENDED, Callback, CallbackAttempt
from callcenter.callbacks.rules import NOTE_MAX, RESULTS, Verb, check_appointment, check_due, due_at, is_live
from callcenter.errors import IllegalTransition, InvalidInput, NotFound
from callcenter.plaintext import plain
from callcenter.rota.model import Rota

CANCEL_REASON_MAX = 200


def claim(session: Session, callback_id: int, consultant: str, by: str, now: datetime) -> Callback:
    """The consultant takes it and starts work. Raises IllegalTransition when it is closed or a colleague claimed it."""
    callback = lock_callback(session, callback_id)
    if callback.state == "claimed" and callback.owner != consultant:
        raise IllegalTransition("a colleague has claimed this callback")
    callback.claim(consultant, now)
    audit(session, now, by, "callback_claimed", _subject(callback), owner=consultant)
    return callback


def hand_over(session: Session, callback_id: int, to: str | None, by: str, now: datetime) -> Callback:
    """Give it to another consultant, who gets a message. None: give it back, so that it is assigned anew.

    Raises IllegalTransition when it is closed.
    """
    callback = lock_callback(session, callback_id)
    before = callback.owner
    if callback.hand_over(to, now):
        audit(session, now, by, "callback_handed_over", _subject(callback), owner=to, before=before)
    return callback


def set_due(
    session: Session,
    rota: Rota,
    callback_id: int,
    due_by: datetime,
    by: str,
    now: datetime,
    consultant: str | None = None,
) -> Callback:
    """Set another due time, in opening hours, of which the owner gets a message. The caller is not told of it: the time
    that the caller was told stays promised.

    consultant: who changes it; an owner who does so gets no message. Raises InvalidInput on `due_at`, and
    IllegalTransition when it is closed.
    """
    callback = _lock_live(session, callback_id)
    check_due(rota, due_by, now)
    callback.change_due(due_by, now, consultant)
    promised_times.judge(session, callback, now)
    audit(session, now, by, "callback_due_set", _subject(callback), due_at=due_by.isoformat())
    return callback


def appoint(
    session: Session,
    rota: Rota,
    callback_id: int,
    at: datetime,
    by: str,
    now: datetime,
    consultant: str | None = None,
) -> Callback:
    """Agree on a moment, within opening hours and the owner's shift. consultant: as in set_due. Raises InvalidInput on
    `due_at`, and IllegalTransition when it is closed."""
    callback = _lock_live(session, callback_id)
    check_appointment(rota, callback.owner, at, now)
    callback.appoint(at, now, consultant)
    promised_times.appointed(session, callback, now)
    audit(session, now, by, "callback_appointed", _subject(callback), at=at.isoformat())
    return callback


def record_attempt(
    session: Session, rota: Rota, callback_id: int, result: str, by: str, now: datetime, consultant: str | None = None
) -> Callback:
    """Report an attempt's result: confirm or correct the last call that we made, else add an attempt.

    consultant: who made an added attempt; None: the owner. Raises InvalidInput on `result`, IllegalTransition when the
    callback is closed and no such call can be confirmed, and MessageUnheard when the result is `reached` while nobody
    has heard one of its messages.
    """
    if result not in RESULTS:
        raise InvalidInput("result", f"must be one of {', '.join(RESULTS)}")
    callback = lock_callback(session, callback_id)
    if result == "reached" and is_live(callback.state):
        refuse_unheard(session, callback)
    attempt = to_confirm(session, rota, callback_id, now)
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
            state=ENDED,
            by=by,
        )
        session.add(attempt)
        promised_times.rung(session, callback, now)
    confirm(session, rota, callback, attempt, result, by, now)
    session.flush()
    return callback


def answer_question(
    session: Session, callback_id: int, consultant: str, by: str, now: datetime, *, resolved: bool
) -> Callback:
    """The consultant answers whether the talk resolved this callback too. If so, it is closed, and its messages need
    not be heard; if not, nothing changes but the question.

    Raises IllegalTransition when the owner is not asked any more, because the number rang again after the talk, and
    NotFound when the callback is somebody else's.
    """
    callback = lock_callback(session, callback_id)
    if callback.question_to != consultant or callback.question_at is None:
        # One answer for a colleague's callback and for none, so that nobody can count what there is.
        if callback.question_to is None and callback.owner == consultant:
            raise IllegalTransition(f"nothing is asked about callback {callback_id} any more")
        raise NotFound(f"there is no callback {callback_id}")
    if not resolved:
        callback.stop_waiting()
        audit(session, now, by, "callback_not_settled", _subject(callback))
        return callback
    talked_until = callback.question_at
    messages = count_as_heard(session, outstanding_of(session, callback).unheard, consultant, now)
    close(session, callback, "resolve", now, talked_until)
    stop_ringing(session, callback_id, now)
    audit(session, now, by, "callback_settled", _subject(callback), messages=messages)
    return callback


def cancel(session: Session, callback_id: int, reason: str, by: str, now: datetime) -> Callback:
    """Close it without a call. Raises InvalidInput on an empty `reason`, and IllegalTransition when it is closed."""
    if not plain("reason", reason, lines=True).strip():
        raise InvalidInput("reason", "say why it is cancelled")
    callback = lock_callback(session, callback_id)
    close(session, callback, "cancel", now, cancel_reason=reason.strip()[:CANCEL_REASON_MAX])
    stop_ringing(session, callback_id, now)
    audit(session, now, by, "callback_cancelled", _subject(callback))
    return callback


def close_reached(session: Session, callback_id: int, by: str, now: datetime) -> Callback:
    """The caller was spoken to, in whatever way. Raises MessageUnheard while nobody has heard one of its messages, and
    IllegalTransition when it is closed."""
    return _close_heard(session, callback_id, "reach", "callback_reached", by, now)


def close_unreachable(session: Session, callback_id: int, by: str, now: datetime) -> Callback:
    """Give up before the policy's number of attempts. Raises MessageUnheard while nobody has heard one of its messages,
    and IllegalTransition when it is closed."""
    return _close_heard(session, callback_id, "give_up", "callback_given_up", by, now)


def _close_heard(session: Session, callback_id: int, verb: Verb, event: str, by: str, now: datetime) -> Callback:
    callback = lock_callback(session, callback_id)
    if is_live(callback.state):
        refuse_unheard(session, callback)
    close(session, callback, verb, now)
    stop_ringing(session, callback_id, now)
    audit(session, now, by, event, _subject(callback))
    return callback


def reopen(session: Session, rota: Rota, callback_id: int, by: str, now: datetime) -> Callback:
    """Undo a closing that was a mistake: it is due again, with new attempts. The caller is told no other time.

    Raises IllegalTransition when it is not closed, or when the caller has another live callback.
    """
    callback = lock_callback(session, callback_id)
    closing.reopen(session, callback, now)
    callback.promise_again(now, due_at(rota, "manual", now))
    audit(session, now, by, "callback_reopened", _subject(callback))
    return callback


def note(session: Session, callback_id: int, text: str, by: str, now: datetime) -> Callback:
    """Replace the note; an empty text removes it. Raises InvalidInput on `note` when it is too long."""
    if len(plain("note", text, lines=True)) > NOTE_MAX:
        raise InvalidInput("note", "at most %(most)s characters", most=NOTE_MAX)
    callback = lock_callback(session, callback_id)
    callback.note = text.strip() or None
    audit(session, now, by, "callback_note", _subject(callback))
    return callback


def _lock_live(session: Session, callback_id: int) -> Callback:
    callback = lock_callback(session, callback_id)
    if not is_live(callback.state):
        raise IllegalTransition(f"a callback that is {callback.state} has no due time any more")
    return callback


def _subject(callback: Callback) -> str:
    return f"callback:{callback.id}"
