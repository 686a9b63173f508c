"""The visitor: the login behind a session, read again at every request."""

import hashlib
from dataclasses import dataclass

from flask_login import LoginManager
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.access.records import User

manager = LoginManager()


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who is logged in, with the attributes that flask-login requires. seal: changes with the password."""

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
        """The text that the session cookie stores. A new password changes the seal, which ends every older session."""
        return f"{self.id}:{self.seal}"

    @property
    def leads(self) -> bool:
        """Whether this person may see everything."""
        return self.role in ("lead", "admin")


def visitor_of(session: Session, user_id: int) -> Visitor | None:
    """The visitor with this login, or None when it was removed or disabled."""
    row = session.execute(
        select(User.id, User.email, User.role, User.consultant, User.locale, User.password_hash).where(
            User.id == user_id, User.disabled_at.is_(None)
        )
    ).first()
    if row is None:
        return None
    seal = hashlib.sha256((row.password_hash or "").encode()).hexdigest()[:16]
    return Visitor(row.id, row.email, row.role, row.consultant, row.locale, seal)


def visitor_of_session(session: Session, stored: str) -> Visitor | None:
    """The visitor for the text of a session cookie, or None when it is no longer valid."""
    user_id, _, seal = stored.partition(":")
    found = visitor_of(session, int(user_id)) if user_id.isdecimal() else None
    return found if found is not None and found.seal == seal else None
