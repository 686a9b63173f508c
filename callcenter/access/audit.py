"""The audit log: one row each time somebody saw, heard or changed something. No callers' numbers or names."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from callcenter.access.records import AuditEvent
from callcenter.storage.base import table_of
from callcenter.storage.statements import Batch, Prepared

_LONGEST_ACTOR = 100  # the column's width
_INSERT = Prepared(insert(table_of(AuditEvent)), ("at", "actor", "action", "subject", "detail"))


def note(session: Session, now: datetime, actor: str, action: str, subject: str, **detail: str | int | None) -> None:
    """Store that `actor` did `action` to `subject` (such as "voicemail:3"), in the caller's transaction.

    detail must hold no number and no name of a caller.
    """
    values = {"at": now, "actor": actor[:_LONGEST_ACTOR], "action": action, "subject": subject[:60], "detail": detail}
    Batch(session).add(_INSERT, values)


def latest(session: Session, limit: int = 100, before_id: int | None = None) -> Sequence[AuditEvent]:
    """Up to `limit` events, newest first. before_id: only events older than this one, for the next page."""
    statement = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(AuditEvent.id < before_id)
    return session.scalars(statement).all()


def how_many(session: Session) -> int:
    """How many events there are."""
    return session.scalars(select(func.count()).select_from(AuditEvent)).one()


def history(session: Session, subject: str) -> Sequence[AuditEvent]:
    """All events of a subject such as "callback:17", oldest first."""
    return session.scalars(select(AuditEvent).where(AuditEvent.subject == subject).order_by(AuditEvent.id)).all()
