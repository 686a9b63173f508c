"""Closes a callback that nobody can make, because its caller left a message and no number, once it was listened to."""

from datetime import datetime

from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.callbacks.closing import close
from callcenter.callbacks.hearing import count_as_heard
from callcenter.callbacks.locks import lock_callback
from callcenter.callbacks.outstanding import outstanding_of
from callcenter.callbacks.records import Callback
from callcenter.callbacks.rules import LISTENED
from callcenter.errors import IllegalTransition


def listened_and_done(session: Session, callback_id: int, who: str, by: str, now: datetime) -> Callback:
    """Count its messages as heard by `who` (a consultant's code or a login), and close it.

    It counts as cancelled, not as reached: nobody spoke with the caller. Raises IllegalTransition when it is closed, or
    when it has a number and somebody can be rung.
    """
    callback = lock_callback(session, callback_id)
    if callback.number is not None:
        raise IllegalTransition("a callback with a number is closed by ringing it, or is cancelled with a reason")
    messages = count_as_heard(session, outstanding_of(session, callback).unheard, who, now)
    close(session, callback, "cancel", now, cancel_reason=LISTENED)
    audit(session, now, by, "callback_listened", f"callback:{callback_id}", messages=messages)
    return callback
