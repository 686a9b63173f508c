"""A code from the command line that lets an administrator in once, when neither provider nor password does."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from callcenter.access.records import User
from callcenter.access.second_factor.printed import code_hash, new_code
from callcenter.access.second_factor.records import EmergencyCode
from callcenter.access.users import find_user
from callcenter.errors import InvalidInput

VALID_FOR = timedelta(minutes=15)


def make_emergency_code(session: Session, now: datetime, email: str) -> str:
    """A code for this administrator, in place of earlier ones. It is returned once. Does not commit.

    Raises NotFound, and InvalidInput when the login is disabled or no administrator's.
    """
    user = find_user(session, email)
    if user.disabled_at is not None or user.role != "admin":
        raise InvalidInput("email", f"{user.email} is not an administrator who may log in")
    session.execute(delete(EmergencyCode).where(EmergencyCode.user_id == user.id))
    code = new_code()
    session.add(EmergencyCode(user_id=user.id, code_hash=code_hash(code), expires_at=now + VALID_FOR))
    return code


def use_emergency_code(session: Session, now: datetime, typed: str) -> int | None:
    """The administrator whose code this is, or None. The code is used up. Does not commit."""
    user_id = session.scalar(
        delete(EmergencyCode)
        .where(
            EmergencyCode.code_hash == code_hash(typed),
            EmergencyCode.expires_at > now,
            EmergencyCode.expires_at <= now + VALID_FOR,  # else a clock that ran ahead stored it
        )
        .returning(EmergencyCode.user_id)
    )
    if user_id is None:
        return None
    allowed = select(User.id).where(User.id == user_id, User.role == "admin", User.disabled_at.is_(None))
    return session.scalar(allowed)
