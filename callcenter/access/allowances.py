"""The attempts that are left of each limit, as all hosts share them."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from callcenter.access.lockout import Limit
from callcenter.access.records import LoginAllowance
from callcenter.storage.base import ignore_existing, table_of
from callcenter.storage.statements import prepared_upsert

_INSERT = prepared_upsert(table_of(LoginAllowance), ("key", "full_at"), ignore_existing)


def take(session: Session, key: str, limit: Limit, now: datetime) -> datetime | None:
    """Take one attempt. None when there was one; else when the next one comes back (UTC). Does not commit."""
    until: list[datetime] = []

    def after(full_at: datetime) -> datetime | None:
        left = limit.take(full_at, now)
        if left is None:
            until.append(limit.next_at(full_at, now))
        return left

    _change(session, key, now, after)
    return until[0] if until else None


def next_at(session: Session, key: str, limit: Limit, now: datetime) -> datetime | None:
    """When the next attempt comes back (UTC); None when one is left."""
    full_at = session.scalar(select(LoginAllowance.full_at).where(LoginAllowance.key == key))
    again_at = limit.next_at(full_at, now)
    return again_at if again_at > now else None


def give_back(session: Session, key: str, limit: Limit, now: datetime) -> None:
    """Give back an attempt that turned out to be right. Does not commit."""
    _change(session, key, now, lambda full_at: limit.give_back(full_at, now))


def forget(session: Session, key: str) -> None:
    """Give back every attempt of this key. Does not commit."""
    session.execute(delete(LoginAllowance).where(LoginAllowance.key == key))


def _change(session: Session, key: str, now: datetime, change: Callable[[datetime], datetime | None]) -> None:
    """Store what `change` makes of `full_at`; None: leave it. Whoever loses a race reads again."""
    while True:
        full_at = session.scalar(select(LoginAllowance.full_at).where(LoginAllowance.key == key))
        if full_at is None:
            _INSERT(session.connection(), {"key": key, "full_at": now})
            continue
        changed = change(full_at)
        if changed is None:
            return
        won = session.execute(
            update(LoginAllowance)
            .where(LoginAllowance.key == key, LoginAllowance.full_at == full_at)
            .values(full_at=changed)
        )
        assert isinstance(won, CursorResult)
        if won.rowcount:
            return
