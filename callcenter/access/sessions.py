"""The sessions of the pages as they are stored, so that each can be ended here and not only in its browser."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from callcenter.access.records import LoginSession, User
from callcenter.access.secret_hash import digest
from callcenter.access.session_rules import is_over, is_to_be_noted


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that lasts, with the login behind it. is_to_be_noted: whether `note_use` is due."""

    id: int
    user_id: int
    email: str
    role: str
    consultant: str | None
    locale: str | None
    stay: bool
    how: str
    created_at: datetime
    seen_at: datetime
    is_to_be_noted: bool


def begin_session(session: Session, now: datetime, user_id: int, *, stay: bool, how: str) -> str:
    """Store a new session of this login, and return its secret for the cookie. Does not commit.

    how: what proved the identity, such as "password", in at most 16 characters.
    """
    secret = secrets.token_urlsafe(32)
    session.add(
        LoginSession(token_hash=digest(secret), user_id=user_id, stay=stay, how=how, created_at=now, seen_at=now)
    )
    return secret


def may_begin(session: Session, user_id: int, password_hash: str | None) -> bool:
    """Whether a session may begin, after a password that was right for this hash, or (None) after another proof.

    Somebody may have set another password since. The login's row stays locked until the transaction ends, so whoever
    sets one now waits, and then ends the session that begins.
    """
    stored = session.scalar(select(User.password_hash).where(User.id == user_id).with_for_update())
    return password_hash in (None, stored)


def find_session(session: Session, now: datetime, secret: str) -> OpenSession | None:
    """The session with this secret; None when it has ended, or its login was taken away. One statement."""
    row = session.execute(
        select(LoginSession, User.email, User.role, User.consultant, User.locale)
        .join(User, User.id == LoginSession.user_id)
        .where(LoginSession.token_hash == digest(secret), User.disabled_at.is_(None))
    ).first()
    if row is None:
        return None
    found, email, role, consultant, locale = row
    if is_over(found.stay, found.created_at, found.seen_at, now):
        return None
    return OpenSession(
        id=found.id,
        user_id=found.user_id,
        email=email,
        role=role,
        consultant=consultant,
        locale=locale,
        stay=found.stay,
        how=found.how,
        created_at=found.created_at,
        seen_at=found.seen_at,
        is_to_be_noted=is_to_be_noted(found.seen_at, now),
    )


def note_use(session: Session, now: datetime, session_id: int) -> None:
    """Store that the session was used now. Does not commit."""
    session.execute(
        update(LoginSession).where(LoginSession.id == session_id, LoginSession.seen_at < now).values(seen_at=now)
    )


def renew_session(session: Session, session_id: int) -> str:
    """Give a session another secret, and return it: a copy of its cookie is refused from now on. Does not commit."""
    secret = secrets.token_urlsafe(32)
    session.execute(update(LoginSession).where(LoginSession.id == session_id).values(token_hash=digest(secret)))
    return secret


def end_session(session: Session, session_id: int) -> None:
    """End one session: its cookie is refused from now on. Does not commit."""
    session.execute(delete(LoginSession).where(LoginSession.id == session_id))


def end_sessions(session: Session, user_id: int, but: int | None = None) -> int:
    """End every session of this login, except the one with the id `but`. Returns how many. Does not commit."""
    result = session.execute(delete(LoginSession).where(LoginSession.user_id == user_id, LoginSession.id != (but or 0)))
    assert isinstance(result, CursorResult)
    return result.rowcount


def open_sessions_of(session: Session, now: datetime, user_id: int) -> list[LoginSession]:
    """The sessions of this login that last, the one used last first."""
    found = session.scalars(
        select(LoginSession)
        .where(LoginSession.user_id == user_id)
        .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
    ).all()
    return [one for one in found if not is_over(one.stay, one.created_at, one.seen_at, now)]
