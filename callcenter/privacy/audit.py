"""What was done to this one thing, and by whom? The audit log, by subject."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.access.audit import note as record
from callcenter.access.records import AuditEvent

__all__ = ["history", "record"]


def history(session: Session, subject: str) -> Sequence[AuditEvent]:
    """Everything that was done to a subject such as "callback:17", oldest first."""
    return session.scalars(select(AuditEvent).where(AuditEvent.subject == subject).order_by(AuditEvent.id)).all()
