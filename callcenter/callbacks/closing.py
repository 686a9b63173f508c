"""Closes and reopens callbacks, with their counters. One with unheard messages stays live until they are heard."""

from datetime import datetime
from typing import cast

from sqlalchemy.orm import Session

from callcenter.callbacks import promised_times
from callcenter.callbacks.locks import lock_live, newest_dialled
from callcenter.callbacks.outstanding import outstanding_of
from callcenter.callbacks.records import Callback
from callcenter.callbacks.rules import WRONG_NUMBER, Verb
from callcenter.errors import IllegalTransition
from callcenter.storage.totals import add, count, observe


def close(
    session: Session,
    callback: Callback,
    verb: Verb,
    now: datetime,
    rung_at: datetime | None = None,
    cancel_reason: str | None = None,
    *,
    witnessed: bool = False,
) -> None:
    """Close a locked callback and count it.

    rung_at: when the caller was rung or helped; None: now; witnessed: whether Twilio's events say so, not a person.
    Raises IllegalTransition when it is closed.
    """
    question_at = callback.question_at
    callback.close(verb, now, cancel_reason)
    promised_times.closed(session, callback, now, rung_at, question_at, witnessed=witnessed)
    count_closed(session, callback)
    add(session, observe("callcenter_callback_age_seconds", max(0.0, (now - callback.created_at).total_seconds())))


def close_once_heard(
    session: Session, callback: Callback, verb: Verb, rung_at: datetime, now: datetime, *, witnessed: bool = False
) -> None:
    """Close a locked callback after an attempt: at once, or as soon as its last message is heard.

    One number may serve several people: a talk with one of them does not answer another one's message. Whether the
    call was in time is decided now. witnessed: as in `close`.
    """
    if outstanding_of(session, callback).unheard:
        callback.close_once_heard(verb)
        promised_times.closed(session, callback, now, rung_at, None, witnessed=witnessed)
        return
    reason = WRONG_NUMBER if verb == "cancel" else None
    close(session, callback, verb, now, rung_at, reason, witnessed=witnessed)


def close_if_heard(session: Session, callback: Callback, now: datetime) -> None:
    """Close a locked callback that waits for its messages, if the last one was heard."""
    if callback.closes_as is None:
        return
    newest = newest_dialled(session, callback.id)
    if newest is not None:
        close_once_heard(session, callback, cast(Verb, callback.closes_as), newest.rung_at, now)


def reopen(session: Session, callback: Callback, now: datetime) -> None:
    """Undo the closing of a locked callback, and count it. What was promised for a time that has passed stays as it is.

    Raises IllegalTransition when it is not closed, or when the caller has another live callback.
    """
    refuse_second_live(session, callback)
    count_reopened(session, callback)
    callback.reopen()
    promised_times.judge_anew(session, callback, now)


def refuse_second_live(session: Session, callback: Callback) -> None:
    """Raises IllegalTransition when the caller of a closed callback has a live one."""
    if callback.number is not None:
        other = lock_live(session, callback.line_id, callback.number)
        if other is not None and other.id != callback.id:
            raise IllegalTransition(f"callback {other.id} is open for the same caller")


def count_closed(session: Session, callback: Callback) -> None:
    """Count a callback that is closed and judged."""
    in_time = "true" if callback.closed_in_time else "false"
    add(session, count("callcenter_callbacks_closed_total", result=callback.state, in_time=in_time))


def count_reopened(session: Session, callback: Callback) -> None:
    """Count a closed callback that is about to be open again. The gauge of closed ones is closed minus reopened."""
    add(session, count("callcenter_callbacks_reopened_total", result=callback.state))
