"""Who is looking at the pages? The login behind a session, asked for anew at every request."""

import hashlib
from dataclasses import dataclass

from flask_login import LoginManager
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.access.records import User

manager = LoginManager()


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who is logged in, as flask-login wants to know it."""

    id: int
    email: str
    role: str
    consultant: str | None
    locale: str | None
    seal: str
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """What the session keeps. With a new password the seal changes, and every older session ends."""
        return f"{self.id}:{self.seal}"

    @property
    def leads(self) -> bool:
        """Whether this person sees everything."""
        return self.role in ("lead", "admin")


def visitor_of(session: Session, user_id: int) -> Visitor | None:
    """The visitor with this login, or None when it is gone or disabled."""
    row = session.execute(
        select(User.id, User.email, User.role, User.consultant, User.locale, User.password_hash).where(
            User.id == user_id, User.disabled_at.is_(None)
        )
    ).first()
    if row is None:
        return None
    seal = hashlib.sha256((row.password_hash or "").encode()).hexdigest()[:16]
    return Visitor(row.id, row.email, row.role, row.consultant, row.locale, seal)


def visitor_of_session(session: Session, kept: str) -> Visitor | None:
    """The visitor a session's text stands for, or None when it no longer holds."""
    user_id, _, seal = kept.partition(":")
    found = visitor_of(session, int(user_id)) if user_id.isdecimal() else None
    return found if found is not None and found.seal == seal else None
