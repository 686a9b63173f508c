"""Rows of the audit log that count for an hour, for what may happen so often that it would fill the log."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from callcenter.access.records import AuditEvent, AuditTally
from callcenter.storage.base import ignore_existing, table_of
from callcenter.storage.statements import prepared_upsert

# Client addresses with a row of their own in an hour. Those of a larger attack share one.
MOST_SOURCES = 200
OTHER_SOURCES = "source:others"

_INSERT = prepared_upsert(table_of(AuditTally), ("key", "hour", "counts"), ignore_existing)


def tally(session: Session, now: datetime, key: str, actor: str, action: str, subject: str, **more: int) -> None:
    """Add these counts to the row of the audit log for this key and hour; the first time, write it. Does not commit.

    key: what is counted, in at most 80 characters; the other arguments are those of `audit.note`.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)
    _INSERT(session.connection(), {"key": key, "hour": hour, "counts": {}})
    # The row stays locked until the transaction ends, so no count is lost.
    row = session.scalars(
        select(AuditTally).where(AuditTally.key == key, AuditTally.hour == hour).with_for_update()
    ).one()
    row.counts = {**row.counts, **{name: row.counts.get(name, 0) + count for name, count in more.items() if count}}
    if row.event_id is not None:
        session.execute(update(AuditEvent).where(AuditEvent.id == row.event_id).values(detail=row.counts))
        return
    event = AuditEvent(at=now, actor=actor[:100], action=action, subject=subject, detail=row.counts)
    session.add(event)
    session.flush()
    row.event_id = event.id


def source_to_count(session: Session, now: datetime, source: str) -> str:
    """The key under which a source is counted in this hour: its own, or that of all others in a large attack."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    known = session.scalar(select(AuditTally.key).where(AuditTally.key == source, AuditTally.hour == hour))
    if known is not None:
        return source
    sources = select(func.count()).select_from(AuditTally)
    counted = session.scalar(sources.where(AuditTally.hour == hour, AuditTally.key.startswith("source:")))
    return source if (counted or 0) < MOST_SOURCES else OTHER_SOURCES
