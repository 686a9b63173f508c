"""The secret addresses of consultants' calendar feeds. Only their hashes are stored."""

import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from callcenter.access.records import CalendarAddress
from callcenter.access.secret_hash import digest


def create_address(session: Session, now: datetime, consultant: str) -> str:
    """Create a secret for this consultant's feed and revoke the former one. It is returned once. Does not commit."""
    revoke_addresses(session, now, consultant)
    secret = secrets.token_urlsafe(32)
    session.add(CalendarAddress(consultant=consultant, token_hash=digest(secret), created_at=now))
    return secret


def revoke_addresses(session: Session, now: datetime, consultant: str) -> None:
    """Revoke every calendar address of this consultant. Does not commit."""
    session.execute(
        update(CalendarAddress)
        .where(CalendarAddress.consultant == consultant, CalendarAddress.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def address_created_at(session: Session, consultant: str) -> datetime | None:
    """When the valid address was created (UTC), or None when there is none."""
    return session.scalar(
        select(CalendarAddress.created_at).where(
            CalendarAddress.consultant == consultant, CalendarAddress.revoked_at.is_(None)
        )
    )


def consultant_of(session: Session, secret: str) -> str | None:
    """The consultant whose feed has this secret, or None when it is unknown or revoked."""
    return session.scalar(
        select(CalendarAddress.consultant).where(
            CalendarAddress.token_hash == digest(secret), CalendarAddress.revoked_at.is_(None)
        )
    )
