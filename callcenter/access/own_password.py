"""A person changes the own password, or proves by it who it is; changing it ends every other session."""

from datetime import datetime

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access import allowances
from callcenter.access.audit import note
from callcenter.access.hash_slots import slots
from callcenter.access.known_browsers import forget_browsers
from callcenter.access.lockout import OWN_PASSWORD
from callcenter.access.password_rules import check_password
from callcenter.access.passwords import hash_password, matches
from callcenter.access.records import LoginSession, User
from callcenter.access.sessions import OpenSession, end_sessions
from callcenter.errors import CallcenterError, InvalidInput


class WrongPassword(CallcenterError):
    """The present password was not the one that was typed. Or no attempt was left: again_at says until when (UTC)."""

    def __init__(self, again_at: datetime | None = None) -> None:
        super().__init__("this is not your present password")
        self.again_at = again_at


def change_password(
    sessions: sessionmaker[Session], now: datetime, own: OpenSession, present: str, new: str, browser: str | None
) -> None:
    """Set the new password. own: the session that goes on; browser: the secret of the browser that stays known.

    Raises InvalidInput on `password` when the new one is not to be used, WrongPassword, and TooBusy. Hashing takes tens
    of milliseconds, so no transaction is open meanwhile.
    """
    if new == present:
        raise InvalidInput("password", "this is the password that you have")
    with slots.turn():
        check_password(new, own.email)
        stored = _proven(sessions, now, own, present)
        hashed = hash_password(new)
    with sessions.begin() as session:
        allowances.forget(session, _key(own))
        # Since the present one was read, an administrator may have set another one, or the session may have ended.
        goes_on = select(LoginSession.id).where(LoginSession.id == own.id).exists()
        changed = session.execute(
            update(User)
            .where(User.id == own.user_id, User.password_hash == stored, goes_on)
            .values(password_hash=hashed)
        )
        assert isinstance(changed, CursorResult)
        if not changed.rowcount:
            raise WrongPassword
        ended = end_sessions(session, own.user_id, but=own.id)
        forget_browsers(session, own.user_id, but=browser)
        note(session, now, own.email, "password_changed", f"user:{own.user_id}", sessions_ended=ended)


def prove_password(sessions: sessionmaker[Session], now: datetime, own: OpenSession, typed: str) -> None:
    """Let somebody go on who knows the own password, and not whoever found the page open.

    Raises WrongPassword and TooBusy.
    """
    with slots.turn():
        _proven(sessions, now, own, typed)
    with sessions.begin() as session:
        allowances.forget(session, _key(own))


def _proven(sessions: sessionmaker[Session], now: datetime, own: OpenSession, typed: str) -> str | None:
    """The stored hash of the password that was typed. Takes an attempt. Raises WrongPassword."""
    with sessions.begin() as session:
        again_at = allowances.take(session, _key(own), OWN_PASSWORD, now)
        stored = session.scalar(select(User.password_hash).where(User.id == own.user_id))
    if again_at is not None:
        raise WrongPassword(again_at)
    if not matches(typed, stored):
        raise WrongPassword
    return stored


def _key(own: OpenSession) -> str:
    return f"own:{own.user_id}"
