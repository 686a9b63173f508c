"""Whoever asks to log in, as the log-in page describes them, and logins whose password is checked in no time."""

from datetime import datetime

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from callcenter.access.logins import Asker
from callcenter.access.records import User
from callcenter.access.sources import source_key

KEY = "a-key-for-tests-only-0123456789"


def an_asker(address: str = "192.0.2.7", browser: str | None = None) -> Asker:
    """Somebody at this address, in a browser with this secret."""
    return Asker(source_key(KEY, address), KEY, browser)


def a_cheap_login(
    session: Session, now: datetime, email: str, role: str, password: str, consultant: str | None = None
) -> User:
    """A login as `users.add_user` makes one, but its hash takes no 64 MiB. A hash says itself how it is checked."""
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)
    user = User(email=email, role=role, consultant=consultant, password_hash=hashed, created_at=now, failed_logins=0)
    session.add(user)
    session.flush()
    return user
