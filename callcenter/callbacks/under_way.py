"""Whether somebody is making a callback now: its attempt rings, talks, or has just ended without a result."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.storage.base import instant

# An ended attempt without a result is being asked about for this long.
ASKING_FOR = timedelta(minutes=15)


def is_under_way(asking_since: ColumnElement[datetime] | datetime | None = None) -> ColumnElement[bool]:
    """The condition on `callback`. asking_since: `now` minus ASKING_FOR; None: the bind parameter of that name."""
    since = instant("asking_since") if asking_since is None else asking_since
    attempt = select(CallbackAttempt.id).where(CallbackAttempt.callback_id == Callback.id, _without_a_result(since))
    return attempt.exists()


def _without_a_result(asking_since: ColumnElement[datetime] | datetime) -> ColumnElement[bool]:
    ended = CallbackAttempt.ended_at
    return and_(
        CallbackAttempt.result.is_(None),
        or_(ended.is_(None), and_(CallbackAttempt.suggested.is_not(None), ended > asking_since)),
    )


def being_made(session: Session, now: datetime) -> frozenset[int]:
    """The ids of the callbacks that somebody is making at `now`."""
    return frozenset(session.scalars(select(CallbackAttempt.callback_id).where(_without_a_result(now - ASKING_FOR))))


def attempt_is_under_way(attempt: CallbackAttempt, now: datetime) -> bool:
    """The same for one attempt that is loaded."""
    if attempt.result is not None:
        return False
    return attempt.ended_at is None or (attempt.suggested is not None and attempt.ended_at > now - ASKING_FOR)
