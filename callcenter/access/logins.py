"""Checks a password against a login, and locks the login after repeated failures."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.audit import note
from callcenter.access.lockout import is_locked, locked_until
from callcenter.access.passwords import matches
from callcenter.access.records import User
from callcenter.storage.engine import reading


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of a login attempt.

    user_id: None when refused; locked_until: while the login is locked, until when (UTC).
    """

    user_id: int | None
    locked_until: datetime | None = None


def log_in(sessions: sessionmaker[Session], now: datetime, email: str, password: str) -> Attempt:
    """Check a password. While a login is locked, the right password is refused too.

    Hashing takes tens of milliseconds, so no transaction is open meanwhile.
    """
    with reading(sessions) as session:
        user = session.execute(
            select(User.id, User.email, User.password_hash, User.locked_until, User.failed_logins).where(
                User.email == email.strip().lower(), User.disabled_at.is_(None)
            )
        ).first()
    if user is not None and is_locked(user.locked_until, user.failed_logins, now):
        return Attempt(None, user.locked_until)
    right = matches(password, user.password_hash if user else None)
    if user is None:
        return Attempt(None)
    with sessions.begin() as session:
        if right:
            session.execute(update(User).where(User.id == user.id).values(failed_logins=0, locked_until=None))
            note(session, now, user.email, "login", f"user:{user.id}")
            return Attempt(user.id)
        return Attempt(None, _count_failure(session, now, user.id, user.email))


def _count_failure(session: Session, now: datetime, user_id: int, email: str) -> datetime | None:
    failures = session.scalars(
        update(User)
        .where(User.id == user_id)
        .values(failed_logins=User.failed_logins + 1)
        .returning(User.failed_logins)
    ).one()
    until = locked_until(failures, now)
    if until is not None:
        session.execute(update(User).where(User.id == user_id).values(locked_until=until))
        note(session, now, email, "login_locked", f"user:{user_id}", failures=failures)
    return until
