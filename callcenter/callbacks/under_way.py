"""Whether somebody is making a callback now: its attempt rings, talks, or has just ended without a result.

A talk on a call that somebody made from the callback's number counts too: the caller is being helped.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import UNCLOSED, Callback, CallbackAttempt
from callcenter.calls.call import Call
from callcenter.storage.base import instant

_TALKS = and_(Call.ended_at.is_(None), Call.connected_at.is_not(None))
# An ended attempt without a result is being asked about for this long.
ASKING_FOR = timedelta(minutes=15)


def is_under_way(at: datetime | None = None) -> ColumnElement[bool]:
    """The condition on `callback`. at: the instant (UTC); None: the bind parameter of `asking_since`."""
    attempt = select(CallbackAttempt.id).where(CallbackAttempt.callback_id == Callback.id, is_without_result(at))
    talk = select(Call.id).where(Call.from_number == Callback.number, _TALKS)
    return or_(attempt.exists(), talk.exists())


def is_without_result(at: datetime | None) -> ColumnElement[bool]:
    """The condition on `callback_attempt`: it is under way, or has just ended and is asked about. at: as above."""
    ended, since = CallbackAttempt.ended_at, instant("asking_since") if at is None else at - ASKING_FOR
    return and_(
        CallbackAttempt.result.is_(None),
        or_(ended.is_(None), and_(CallbackAttempt.suggested.is_not(None), ended > since)),
    )


def asking_since(at: datetime) -> dict[str, datetime]:
    """The value of the bind parameter of the conditions above."""
    return {"asking_since": at - ASKING_FOR}


def being_made(session: Session, now: datetime) -> frozenset[int]:
    """The ids of the callbacks that somebody is making at `now`."""
    attempts = select(CallbackAttempt.callback_id).where(is_without_result(now))
    callers = select(Callback.id).where(UNCLOSED, Callback.number.in_(select(Call.from_number).where(_TALKS)))
    return frozenset(session.scalars(attempts.union(callers)))
