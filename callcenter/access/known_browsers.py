"""The browsers in which somebody has logged in before, so that a stranger's wrong passwords do not keep them out."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from callcenter.access.records import KnownBrowser
from callcenter.access.secret_hash import digest

# After the last log-in.
KNOWN_FOR = timedelta(days=365)


def knows(session: Session, now: datetime, user_id: int, secret: str | None) -> bool:
    """Whether this person logged in before in the browser with this secret. None: a browser without a secret."""
    used_at = session.scalar(
        select(KnownBrowser.used_at).where(
            KnownBrowser.user_id == user_id, KnownBrowser.token_hash == digest(secret or "")
        )
    )
    return used_at is not None and now - used_at < KNOWN_FOR


def remember(session: Session, now: datetime, user_id: int, secret: str | None) -> str:
    """Store that this person logged in in the browser with this secret, and return the new secret for its cookie.

    The secret changes with each log-in, for everybody who logs in in this browser. So one that somebody planted in it,
    or copied from it, is worth nothing afterwards. secret: None: the browser has none yet. Does not commit.
    """
    new = secrets.token_urlsafe(32)
    if secret is not None:
        known = KnownBrowser.token_hash == digest(secret)
        session.execute(update(KnownBrowser).where(known).values(token_hash=digest(new)))
    mine = session.scalar(
        update(KnownBrowser)
        .where(KnownBrowser.user_id == user_id, KnownBrowser.token_hash == digest(new))
        .values(used_at=now)
        .returning(KnownBrowser.id)
    )
    if mine is None:
        session.add(KnownBrowser(user_id=user_id, token_hash=digest(new), created_at=now, used_at=now))
    return new


def forget_browsers(session: Session, user_id: int, but: str | None = None) -> None:
    """Let no browser count as known to this login, except the one with the secret `but`. Does not commit."""
    session.execute(
        delete(KnownBrowser).where(KnownBrowser.user_id == user_id, KnownBrowser.token_hash != digest(but or ""))
    )
