"""Creates, changes and disables the logins of the pages."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.access.allowances import forget
from callcenter.access.known_browsers import forget_browsers
from callcenter.access.passkeys.stored import forget_passkeys
from callcenter.access.password_rules import check_password
from callcenter.access.passwords import hash_password
from callcenter.access.records import User
from callcenter.access.sessions import end_sessions
from callcenter.access.sources import code_key, user_key
from callcenter.errors import InvalidInput, NotFound
from callcenter.plaintext import plain

# As long as the columns that say who did something.
_LONGEST_ADDRESS = 100
# From the least to the most that somebody may do.
ROLES = ("consultant", "lead", "admin")
# Of a login whose office account has no group of ours any more. It opens no page.
NO_ROLE = "none"


def add_user(
    session: Session, now: datetime, email: str, role: str, password: str, consultant: str | None = None
) -> User:
    """Create a login. Does not commit.

    consultant: the person's code in the rota; a consultant's login needs one, a lead may have one.
    Raises InvalidInput on `email`, `role`, `consultant` or `password`.
    """
    address = normal_email(email)
    code = checked_role(role, consultant)
    if session.scalar(select(User.id).where(User.email == address)) is not None:
        raise InvalidInput("email", "there is a login of %(address)s already", address=address)
    hashed = _hashed(password, address)
    user = User(email=address, role=role, consultant=code, password_hash=hashed, created_at=now, failed_logins=0)
    session.add(user)
    session.flush()
    return user


def all_users(session: Session) -> Sequence[User]:
    """Every login, by address."""
    return session.scalars(select(User).order_by(User.email)).all()


def find_user(session: Session, email: str) -> User:
    """The login of this address. Raises NotFound, and InvalidInput on `email` when it
    holds a control character."""
    address = plain("email", email.strip()).lower()
    user = session.scalar(select(User).where(User.email == address))
    if user is None:
        raise NotFound(f"nobody logs in as {address}")
    return user


def disable_user(session: Session, now: datetime, email: str) -> User:
    """Disable a login. Its sessions and passkeys end, and no browser is known to it any more. Raises NotFound.

    `taking_away.take_away` also revokes the person's API tokens and calendar address.
    """
    user = find_user(session, email)
    user.disabled_at = user.disabled_at or now
    _shut(session, user)
    return user


def enable_user(session: Session, email: str) -> User:
    """Enable a disabled login. Raises NotFound."""
    user = find_user(session, email)
    user.disabled_at = None
    return user


def set_password(session: Session, email: str, password: str) -> User:
    """Set a new password, unlock the login, end its sessions and passkeys, and let no browser count as known to it.

    Raises NotFound, and InvalidInput on `password`.
    """
    user = find_user(session, email)
    user.password_hash = _hashed(password, user.email)
    _shut(session, user)
    for key in (user_key(user.id), code_key(user.id)):
        forget(session, key)
    return user


def unlock_user(session: Session, email: str) -> User:
    """Give a login back all its attempts. Raises NotFound."""
    user = find_user(session, email)
    for key in (user_key(user.id), code_key(user.id)):
        forget(session, key)
    return user


def checked_role(role: str, consultant: str | None) -> str | None:
    """The consultant's code in upper case, or None. Raises InvalidInput when role and code do not fit."""
    if role not in ROLES:
        raise InvalidInput("role", "choose one of the roles")
    code = plain("consultant", (consultant or "").strip()).upper() or None
    if role == "consultant" and code is None:
        raise InvalidInput("consultant", "a consultant needs the code that the rota uses, such as AIS")
    if code is not None and len(code) > 16:
        raise InvalidInput("consultant", "a consultant's code has at most 16 characters")
    return code


def normal_email(email: str) -> str:
    """The address in lower case. Raises InvalidInput on `email` when it is not an address."""
    address = plain("email", email.strip()).lower()
    if len(address) > _LONGEST_ADDRESS or not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise InvalidInput("email", "this is not an e-mail address")
    return address


def _shut(session: Session, user: User) -> None:
    end_sessions(session, user.id)
    forget_browsers(session, user.id)
    forget_passkeys(session, user.id)


def _hashed(password: str, email: str) -> str:
    check_password(password, email)
    return hash_password(password)
