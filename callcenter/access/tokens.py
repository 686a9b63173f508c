"""Whose bearer token is this? Tokens of the API; only their hashes are stored."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.access.records import ApiToken
from callcenter.access.users import checked_role
from callcenter.errors import InvalidInput, NotFound

PREFIX = "cc_"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who speaks to the API: a role, the consultant's code when it is one's own token, and the token's name."""

    role: str
    consultant: str | None
    name: str


def digest(secret: str) -> str:
    """What is stored of a secret of 256 random bits: one SHA-256 is enough, there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_token(
    session: Session, now: datetime, role: str, consultant: str | None = None, name: str | None = None
) -> str:
    """A new token, told once. The session is not committed. Raises InvalidInput when role and code do not fit."""
    code = checked_role(role, consultant)
    label = (name or code or role).strip()
    if len(label) > 100:
        raise InvalidInput("name", "a token's name has at most 100 characters")
    secret = PREFIX + secrets.token_urlsafe(32)
    session.add(ApiToken(name=label, role=role, consultant=code, token_hash=digest(secret), created_at=now))
    session.flush()
    return secret


def authenticate(session: Session, bearer: str) -> Identity | None:
    """Who this token belongs to, or None when it is unknown or revoked. One SQL statement."""
    row = session.execute(
        select(ApiToken.role, ApiToken.consultant, ApiToken.name).where(
            ApiToken.token_hash == digest(bearer), ApiToken.revoked_at.is_(None)
        )
    ).first()
    return Identity(*row) if row else None


def all_tokens(session: Session) -> Sequence[ApiToken]:
    """Every token, revoked ones too, in the order they were made."""
    return session.scalars(select(ApiToken).order_by(ApiToken.id)).all()


def revoke_token(session: Session, now: datetime, token_id: int) -> ApiToken:
    """Take a token back. Raises NotFound."""
    token = session.get(ApiToken, token_id)
    if token is None:
        raise NotFound(f"there is no token {token_id}")
    token.revoked_at = token.revoked_at or now
    return token
