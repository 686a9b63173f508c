"""The bearer tokens of the API. Only their hashes are stored."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.access.records import ApiToken
from callcenter.access.secret_hash import digest
from callcenter.access.users import checked_role
from callcenter.errors import InvalidInput, NotFound

PREFIX = "cc_"


@dataclass(frozen=True, slots=True)
class Identity:
    """The client behind a token. consultant: the code, for a consultant's own token; name: the token's name."""

    role: str
    consultant: str | None
    name: str


def create_token(
    session: Session, now: datetime, role: str, consultant: str | None = None, name: str | None = None
) -> str:
    """Create a token. It is returned once. Does not commit. Raises InvalidInput when role and code do not fit."""
    code = checked_role(role, consultant)
    label = (name or code or role).strip()
    if len(label) > 100:
        raise InvalidInput("name", "a token's name has at most 100 characters")
    secret = PREFIX + secrets.token_urlsafe(32)
    session.add(ApiToken(name=label, role=role, consultant=code, token_hash=digest(secret), created_at=now))
    session.flush()
    return secret


def authenticate(session: Session, bearer: str) -> Identity | None:
    """The client of this token, or None when it is unknown or revoked. One statement."""
    row = session.execute(
        select(ApiToken.role, ApiToken.consultant, ApiToken.name).where(
            ApiToken.token_hash == digest(bearer), ApiToken.revoked_at.is_(None)
        )
    ).first()
    return Identity(*row) if row else None


def all_tokens(session: Session) -> Sequence[ApiToken]:
    """Every token, also revoked ones, in the order of their creation."""
    return session.scalars(select(ApiToken).order_by(ApiToken.id)).all()


def revoke_token(session: Session, now: datetime, token_id: int) -> ApiToken:
    """Revoke a token. Raises NotFound."""
    token = session.get(ApiToken, token_id)
    if token is None:
        raise NotFound(f"there is no token {token_id}")
    token.revoked_at = token.revoked_at or now
    return token
