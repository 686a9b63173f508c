"""Whose calendar is behind this secret address? Addresses of consultants' feeds; only their hashes are stored."""

import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from callcenter.access.records import CalendarAddress
from callcenter.access.tokens import digest


def create_address(session: Session, now: datetime, consultant: str) -> str:
    """A new secret for this consultant's feed, told once; it replaces the one before. The session is not committed."""
    revoke_addresses(session, now, consultant)
    secret = secrets.token_urlsafe(32)
    session.add(CalendarAddress(consultant=consultant, token_hash=digest(secret), created_at=now))
    return secret


def revoke_addresses(session: Session, now: datetime, consultant: str) -> None:
    """No calendar address of this consultant works any longer. The session is not committed."""
    session.execute(
        update(CalendarAddress)
        .where(CalendarAddress.consultant == consultant, CalendarAddress.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def address_made_at(session: Session, consultant: str) -> datetime | None:
    """When the working address was made, or None when there is none."""
    return session.scalar(
        select(CalendarAddress.created_at).where(
            CalendarAddress.consultant == consultant, CalendarAddress.revoked_at.is_(None)
        )
    )


def consultant_of(session: Session, secret: str) -> str | None:
    """The consultant whose feed this address is, or None when it is unknown or revoked."""
    return session.scalar(
        select(CalendarAddress.consultant).where(
            CalendarAddress.token_hash == digest(secret), CalendarAddress.revoked_at.is_(None)
        )
    )
