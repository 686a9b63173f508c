"""Who has typed a right password and must still take the second step, kept in the browser's signed cookie."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import session as cookie
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.access.records import User

_KEY = "half_way"
LASTS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class HalfWay:
    """Somebody between the password and the second step. It opens no page but that step's.

    set_up: a second factor must be set up first; stay, target: as the log-in form said; password_hash: what the
    password was right for.
    """

    user_id: int
    email: str
    set_up: bool
    stay: bool
    target: str
    password_hash: str | None = field(repr=False)


def remember(now: datetime, user_id: int, password_hash: str | None, *, set_up: bool, stay: bool, target: str) -> None:
    """Note in the cookie of this response that the password was right for this hash."""
    cookie[_KEY] = [user_id, _seal(password_hash), set_up, stay, target, int(now.timestamp())]


def half_way(session: Session, now: datetime) -> HalfWay | None:
    """Who is half way in this browser; None after five minutes, a new password, or when the login was taken away."""
    stored = cookie.get(_KEY)
    if stored is None:
        return None
    user_id, seal, set_up, stay, target, at = stored
    found = session.execute(
        select(User.email, User.password_hash).where(User.id == user_id, User.disabled_at.is_(None))
    ).first()
    in_time = 0 <= int(now.timestamp()) - at <= LASTS.total_seconds()
    if found is None or not in_time or _seal(found.password_hash) != seal:
        return None
    return HalfWay(user_id, found.email, set_up, stay, target, found.password_hash)


def _seal(password_hash: str | None) -> str:
    """Changes with the password. It says nothing of it: the hash that it is made of has a salt."""
    return hashlib.sha256((password_hash or "").encode()).hexdigest()[:16]
