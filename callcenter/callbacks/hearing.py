"""Records which messages somebody in the office has heard, and closes callbacks that only waited for that."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.callbacks.closing import close_if_heard
from callcenter.callbacks.locks import lock_callback
from callcenter.callbacks.records import Callback
from callcenter.callbacks.rules import is_live
from callcenter.calls.call import Call
from callcenter.calls.records import Voicemail


def may_hear(session: Session, voicemail_id: int, consultant: str | None) -> bool:
    """Whether a consultant may hear a message: one of a callback that this consultant owns or is asked about.

    consultant: None for somebody who may hear every message.
    """
    return consultant is None or _is_theirs(session, voicemail_id, consultant)


def listened(session: Session, voicemail_id: int, who: str, by: str, now: datetime) -> None:
    """Somebody listened to the message. who: a consultant's code, or `by`: the name of the login or token."""
    audit(session, now, by, "voicemail_heard", f"voicemail:{voicemail_id}")
    _mark(session, voicemail_id, who, now)


def mark_heard(session: Session, voicemail_id: int, who: str, by: str, now: datetime) -> None:
    """Mark the message as heard without playing it, for example because its sound is lost. who, by: as `listened`."""
    if _mark(session, voicemail_id, who, now):
        audit(session, now, by, "voicemail_ticked", f"voicemail:{voicemail_id}")


def callbacks_of(session: Session, voicemail_ids: Sequence[int]) -> list[int]:
    """The callbacks for which these messages were left, by id."""
    if not voicemail_ids:
        return []
    of_calls = select(Call.callback_id).where(Call.voicemail_id.in_(voicemail_ids), Call.callback_id.is_not(None))
    return [this for this in session.scalars(of_calls.distinct().order_by(Call.callback_id)) if this is not None]


def count_as_heard(session: Session, voicemail_ids: Sequence[int], who: str, now: datetime) -> int:
    """Store that these messages are heard, without closing their callbacks. Returns how many were not before."""
    if not voicemail_ids:
        return 0
    marked = session.execute(
        update(Voicemail)
        .where(Voicemail.id.in_(voicemail_ids), Voicemail.heard_at.is_(None))
        .values(heard_at=now, heard_by=who[:100])
        .returning(Voicemail.id)
        .execution_options(synchronize_session="fetch")
    )
    return len(marked.all())


def _mark(session: Session, voicemail_id: int, who: str, now: datetime) -> bool:
    if not count_as_heard(session, [voicemail_id], who, now):
        return False
    # The message is marked before its callback is locked: when two people hear its last two messages at once, the one
    # who locks the callback second sees both as heard.
    of_call = select(Call.callback_id).where(Call.voicemail_id == voicemail_id, Call.callback_id.is_not(None))
    for callback_id in session.scalars(of_call).all():
        callback = lock_callback(session, callback_id or 0)
        if is_live(callback.state):
            close_if_heard(session, callback, now)
    return True


def _is_theirs(session: Session, voicemail_id: int, consultant: str) -> bool:
    theirs = (
        select(Callback.id)
        .join(Call, Call.callback_id == Callback.id)
        .join(Voicemail, Voicemail.call_id == Call.id)
        .where(Voicemail.id == voicemail_id, or_(Callback.owner == consultant, Callback.question_to == consultant))
    )
    return session.scalar(theirs.limit(1)) is not None
