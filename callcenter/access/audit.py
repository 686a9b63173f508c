"""Who saw, heard or changed what? One line per deed, without numbers or names of callers."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from callcenter.access.records import AuditEvent
from callcenter.storage.base import table_of
from callcenter.storage.statements import Batch, Prepared

_INSERT = Prepared(insert(table_of(AuditEvent)), ("at", "actor", "action", "subject", "detail"))


def note(session: Session, now: datetime, actor: str, action: str, subject: str, **detail: str | int | None) -> None:
    """Keep that `actor` did `action` to `subject` (such as "voicemail:3"), in the caller's transaction."""
    values = {"at": now, "actor": actor, "action": action, "subject": subject[:60], "detail": detail}
    Batch(session).add(_INSERT, values)


def latest(session: Session, limit: int = 100, before_id: int | None = None) -> Sequence[AuditEvent]:
    """The newest events first; `before_id` continues below an event already seen."""
    statement = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(AuditEvent.id < before_id)
    return session.scalars(statement).all()
