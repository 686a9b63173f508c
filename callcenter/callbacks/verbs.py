"""What can a person do with a callback? Each verb holds the row, moves it along its life, and is audited."""

from datetime import datetime

from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.callbacks.attempt_calls import stop
from callcenter.callbacks.holding import refuse_unheard
from callcenter.callbacks.life import is_live
from callcenter.callbacks.records import Callback
from callcenter.callbacks.rows import APPOINTMENT_SLACK, close, give, locked, open_again, promise_until, step
from callcenter.callbacks.rules import check_appointment, due_at
from callcenter.errors import IllegalTransition, InvalidInput
from callcenter.rota.model import Rota

NOTE_MAX = 2000
CANCEL_REASON_MAX = 200


def claim(session: Session, callback_id: int, consultant: str, by: str, now: datetime) -> Callback:
    """The consultant takes it upon himself or herself. Raises IllegalTransition, also when a colleague claimed it."""
    callback = locked(session, callback_id)
    if callback.state == "claimed" and callback.owner != consultant:
        raise IllegalTransition("a colleague has claimed this callback")
    step(callback, "claim")
    if callback.owner != consultant:
        give(callback, consultant, now)
    callback.notified_at = callback.notified_at or now  # who claims it knows of it
    audit(session, now, by, "callback_claimed", _subject(callback), owner=consultant)
    return callback


def hand_over(session: Session, callback_id: int, to: str | None, by: str, now: datetime) -> Callback:
    """Give it to another consultant, who is told of it; None gives it back to be given out."""
    callback = locked(session, callback_id)
    step(callback, "give")
    if callback.owner != to:
        before = callback.owner
        give(callback, to, now)
        audit(session, now, by, "callback_handed_over", _subject(callback), owner=to, before=before)
    return callback


def set_due(session: Session, callback_id: int, due_by: datetime, by: str, now: datetime) -> Callback:
    """Promise another time. One that was broken already stays counted as broken. Raises InvalidInput on `due_at`."""
    callback = _live(session, callback_id)
    if due_by <= now:
        raise InvalidInput("due_at", "must lie in the future")
    _mark_late(callback, now)
    promise_until(callback, due_by)
    callback.appointment_at = None
    audit(session, now, by, "callback_due_set", _subject(callback), due_at=due_by.isoformat())
    return callback


def appoint(session: Session, rota: Rota, callback_id: int, at: datetime, by: str, now: datetime) -> Callback:
    """Agree on a moment, within opening hours and the owner's shift. Raises InvalidInput on `due_at`."""
    callback = _live(session, callback_id)
    check_appointment(rota, callback.owner, at, now)
    _mark_late(callback, now)
    promise_until(callback, at + APPOINTMENT_SLACK)
    callback.appointment_at = at
    callback.next_attempt_at = at
    audit(session, now, by, "callback_appointed", _subject(callback), at=at.isoformat())
    return callback


def cancel(session: Session, callback_id: int, reason: str, by: str, now: datetime) -> Callback:
    """Drop it, saying why. Raises InvalidInput on `reason` when it says nothing."""
    if not reason.strip():
        raise InvalidInput("reason", "say why it is cancelled")
    callback = locked(session, callback_id)
    close(session, callback, "cancel", now)
    stop(session, callback_id, now)
    callback.cancel_reason = reason.strip()[:CANCEL_REASON_MAX]
    audit(session, now, by, "callback_cancelled", _subject(callback))
    return callback


def close_reached(session: Session, callback_id: int, by: str, now: datetime) -> Callback:
    """The caller was spoken to, in whatever way. Raises MessageUnheard while nobody has heard a message of it."""
    callback = locked(session, callback_id)
    if is_live(callback.state):
        refuse_unheard(session, callback)
    close(session, callback, "reach", now)
    stop(session, callback_id, now)
    audit(session, now, by, "callback_reached", _subject(callback))
    return callback


def close_unreachable(session: Session, callback_id: int, by: str, now: datetime) -> Callback:
    """Give up before the policy's number of attempts. Raises MessageUnheard while nobody has heard a message of it."""
    callback = locked(session, callback_id)
    if is_live(callback.state):
        refuse_unheard(session, callback)
    close(session, callback, "give_up", now)
    stop(session, callback_id, now)
    audit(session, now, by, "callback_given_up", _subject(callback))
    return callback


def reopen(session: Session, rota: Rota, callback_id: int, by: str, now: datetime) -> Callback:
    """It was closed by mistake: promise it anew, with new attempts. Raises IllegalTransition when there is another."""
    callback = locked(session, callback_id)
    open_again(session, callback)
    callback.attempts = 0
    callback.appointment_at = None
    callback.asked_at = now  # a talk under way does not settle what is promised during it
    promise_until(callback, due_at(rota, "manual", now))
    audit(session, now, by, "callback_reopened", _subject(callback))
    return callback


def note(session: Session, callback_id: int, text: str, by: str, now: datetime) -> Callback:
    """Write the note anew; an empty text takes it away. Raises InvalidInput on `note` when it is too long."""
    if len(text) > NOTE_MAX:
        raise InvalidInput("note", f"at most {NOTE_MAX} characters")
    callback = locked(session, callback_id)
    callback.note = text.strip() or None
    audit(session, now, by, "callback_note", _subject(callback))
    return callback


def _live(session: Session, callback_id: int) -> Callback:
    callback = locked(session, callback_id)
    if not is_live(callback.state):
        raise IllegalTransition(f"a callback that is {callback.state} has no due time any more")
    return callback


def _mark_late(callback: Callback, now: datetime) -> None:
    if callback.due_at < now:
        callback.late = True


def _subject(callback: Callback) -> str:
    return f"callback:{callback.id}"
