"""Loads callbacks and attempts with row locks. A callback is always locked before its attempt."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import UNCLOSED, Callback, CallbackAttempt
from callcenter.errors import NotFound
from callcenter.storage.base import table_of
from callcenter.storage.loading import Loader

# Built once: every change of a callback begins with one of them.
_CALLBACKS, _ATTEMPTS = table_of(Callback), table_of(CallbackAttempt)
_BY_ID = Loader(
    [Callback], select(_CALLBACKS).where(_CALLBACKS.c.id == bindparam("callback")).with_for_update(), fresh=True
)
_LIVE = Loader(
    [Callback],
    select(_CALLBACKS)
    .where(_CALLBACKS.c.line_id == bindparam("line"), _CALLBACKS.c.number == bindparam("number"), UNCLOSED)
    .with_for_update(),
    fresh=True,
)
_ALL_LIVE = Loader(
    [Callback],
    # In the order of their ids, so that two calls that end at the same time cannot deadlock.
    select(_CALLBACKS)
    .where(_CALLBACKS.c.number == bindparam("number"), UNCLOSED)
    .order_by(_CALLBACKS.c.id)
    .with_for_update(),
    fresh=True,
)
_WITH_ATTEMPT = Loader(
    [Callback, CallbackAttempt],
    select(_CALLBACKS, _ATTEMPTS)
    .join_from(_CALLBACKS, _ATTEMPTS, _ATTEMPTS.c.callback_id == _CALLBACKS.c.id)
    .where(_ATTEMPTS.c.id == bindparam("attempt"))
    .with_for_update(of=(_CALLBACKS, _ATTEMPTS)),
    fresh=True,
)
_LIVE_ATTEMPT = Loader(
    [CallbackAttempt],
    select(_ATTEMPTS).where(_ATTEMPTS.c.callback_id == bindparam("callback"), _ATTEMPTS.c.ended_at.is_(None)),
    fresh=True,
)
_NEWEST_DIALLED = Loader(
    [CallbackAttempt],
    select(_ATTEMPTS)
    .where(_ATTEMPTS.c.callback_id == bindparam("callback"), _ATTEMPTS.c.dialled_at.is_not(None))
    .order_by(_ATTEMPTS.c.id.desc())
    .limit(1),
    fresh=True,
)


def lock_callback(session: Session, callback_id: int) -> Callback:
    """The callback, locked. Raises NotFound."""
    for (found,) in _BY_ID(session, {"callback": callback_id}):
        assert isinstance(found, Callback)
        return found
    raise NotFound(f"there is no callback {callback_id}")


def lock_live(session: Session, line_id: int, number: str) -> Callback | None:
    """The one live callback of a line and number, locked, or None."""
    return next((found for (found,) in _LIVE(session, {"line": line_id, "number": number})), None)


def lock_all_live(session: Session, number: str) -> list[Callback]:
    """The live callbacks of a number on all lines of the office, locked."""
    return [found for (found,) in _ALL_LIVE(session, {"number": number})]


def lock_attempt(session: Session, attempt_id: int) -> tuple[Callback, CallbackAttempt]:
    """An attempt and its callback, both locked. Raises NotFound."""
    for callback, attempt in _WITH_ATTEMPT(session, {"attempt": attempt_id}):
        return callback, attempt
    raise NotFound(f"there is no attempt {attempt_id}")


def live_attempt(session: Session, callback_id: int) -> CallbackAttempt | None:
    """The attempt under way for a callback, or None. The caller has locked the callback."""
    return next((attempt for (attempt,) in _LIVE_ATTEMPT(session, {"callback": callback_id})), None)


def newest_dialled(session: Session, callback_id: int) -> CallbackAttempt | None:
    """The newest attempt that rang the caller, or None. The caller has locked the callback."""
    return next((attempt for (attempt,) in _NEWEST_DIALLED(session, {"callback": callback_id})), None)
