"""Did a call that was answered settle what was promised to its number? The call itself, or the consultant, says so."""

from datetime import datetime

from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.callbacks.attempt_calls import stop
from callcenter.callbacks.hearing import count_as_heard
from callcenter.callbacks.holding import held_by
from callcenter.callbacks.records import Callback
from callcenter.callbacks.rows import all_live_for, close, locked, wait_for_nothing
from callcenter.callbacks.rules import is_settled_by_talk
from callcenter.errors import IllegalTransition, NotFound


def resolve_by_call(
    session: Session, number: str, now: datetime, *, came_in_at: datetime, answered_by: str | None
) -> list[Callback]:
    """A caller was helped: drop what was promised to this number before, on any line. Returns what this closed.

    What was promised to others at the number stays, and who took the call is asked whether the talk settled that too.
    """
    closed = []
    for callback in all_live_for(session, number):
        if is_settled_by_talk(callback.asked_at or callback.created_at, held_by(session, callback), came_in_at):
            close(session, callback, "resolve", now)
            stop(session, callback.id, now)
            closed.append(callback)
        elif answered_by is not None:
            callback.question_to, callback.question_at = answered_by, now
    return closed


def settled(session: Session, callback_id: int, consultant: str, by: str, now: datetime, *, yes: bool) -> Callback:
    """The consultant who is asked says whether the talk settled this callback too. If so it is over, and its messages
    need no hearing; if not it stays as it is.

    Raises NotFound when somebody else or nobody is asked, as when the number rang again after the talk.
    """
    callback = locked(session, callback_id)
    if callback.question_to != consultant or callback.question_at is None:
        if callback.question_to is None:
            raise IllegalTransition(f"nothing is asked about callback {callback_id} any more")
        raise NotFound(f"somebody else is asked about callback {callback_id}")
    subject = f"callback:{callback_id}"
    if not yes:
        wait_for_nothing(callback)
        audit(session, now, by, "callback_not_settled", subject)
        return callback
    talked_until = callback.question_at
    messages = count_as_heard(session, held_by(session, callback).unheard, consultant, now)
    close(session, callback, "resolve", now, talked_until)
    stop(session, callback_id, now)
    audit(session, now, by, "callback_settled", subject, messages=messages)
    return callback
