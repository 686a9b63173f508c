"""Loads callbacks and attempts with row locks. A callback is always locked before its attempt."""

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import UNCLOSED, Callback, CallbackAttempt
from callcenter.errors import NotFound

_BY_ID = select(Callback).where(Callback.id == bindparam("callback")).with_for_update()
_LIVE = (
    select(Callback)
    .where(Callback.line_id == bindparam("line"), Callback.number == bindparam("number"), UNCLOSED)
    .with_for_update()
)
# In the order of their ids, so that two calls that end at the same time cannot deadlock.
_ALL_LIVE = (
    select(Callback).where(Callback.number == bindparam("number"), UNCLOSED).order_by(Callback.id).with_for_update()
)
_WITH_ATTEMPT = (
    select(Callback, CallbackAttempt)
    .join(CallbackAttempt, CallbackAttempt.callback_id == Callback.id)
    .where(CallbackAttempt.id == bindparam("attempt"))
    .with_for_update(of=(Callback, CallbackAttempt))
)
_LIVE_ATTEMPT = select(CallbackAttempt).where(
    CallbackAttempt.callback_id == bindparam("callback"), CallbackAttempt.ended_at.is_(None)
)
_NEWEST_DIALLED = (
    select(CallbackAttempt)
    .where(CallbackAttempt.callback_id == bindparam("callback"), CallbackAttempt.dialled_at.is_not(None))
    .order_by(CallbackAttempt.id.desc())
    .limit(1)
)
# A locked row must be as it is stored now, also when the session loaded it before.
_FRESH: dict[str, Any] = {"populate_existing": True}


def lock_callback(session: Session, callback_id: int) -> Callback:
    """The callback, locked. Raises NotFound."""
    found = session.scalars(_BY_ID, {"callback": callback_id}, execution_options=_FRESH).one_or_none()
    if found is None:
        raise NotFound(f"there is no callback {callback_id}")
    return found


def lock_live(session: Session, line_id: int, number: str) -> Callback | None:
    """The one live callback of a line and number, locked, or None."""
    return session.scalars(_LIVE, {"line": line_id, "number": number}, execution_options=_FRESH).one_or_none()


def lock_all_live(session: Session, number: str) -> list[Callback]:
    """The live callbacks of a number on all lines of the office, locked."""
    return list(session.scalars(_ALL_LIVE, {"number": number}, execution_options=_FRESH))


def lock_attempt(session: Session, attempt_id: int) -> tuple[Callback, CallbackAttempt]:
    """An attempt and its callback, both locked. Raises NotFound."""
    found = session.execute(_WITH_ATTEMPT, {"attempt": attempt_id}, execution_options=_FRESH).one_or_none()
    if found is None:
        raise NotFound(f"there is no attempt {attempt_id}")
    callback, attempt = found
    return callback, attempt


def live_attempt(session: Session, callback_id: int) -> CallbackAttempt | None:
    """The attempt under way for a callback, or None. The caller has locked the callback."""
    return session.scalars(_LIVE_ATTEMPT, {"callback": callback_id}, execution_options=_FRESH).one_or_none()


def newest_dialled(session: Session, callback_id: int) -> CallbackAttempt | None:
    """The newest attempt that rang the caller, or None. The caller has locked the callback."""
    return session.scalars(_NEWEST_DIALLED, {"callback": callback_id}, execution_options=_FRESH).one_or_none()
