"""Which traces of log-ins are erased: sessions, known browsers and counts that nobody needs any more."""

from datetime import datetime

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from callcenter.access.records import AuditTally, KnownBrowser, LoginAllowance, LoginSession
from callcenter.storage.base import Base

_BATCH = 500


def erase_sessions(session: Session, before: datetime, now: datetime) -> int:
    """Erase a batch of sessions that were last used before an instant. Returns how many."""
    return _erase(session, LoginSession, LoginSession.id, LoginSession.seen_at, before)


def erase_browsers(session: Session, before: datetime, now: datetime) -> int:
    """Erase a batch of known browsers in which nobody logged in since an instant. Returns how many."""
    return _erase(session, KnownBrowser, KnownBrowser.id, KnownBrowser.used_at, before)


def erase_counts(session: Session, before: datetime, now: datetime) -> int:
    """Erase a batch of used-up limits and of hourly counts from before an instant. Returns how many."""
    return _erase(session, LoginAllowance, LoginAllowance.key, LoginAllowance.full_at, before) + _erase(
        session, AuditTally, AuditTally.key, AuditTally.hour, before
    )


def _erase(
    session: Session,
    table: type[Base],
    key: InstrumentedAttribute[int] | InstrumentedAttribute[str],
    at: InstrumentedAttribute[datetime],
    before: datetime,
) -> int:
    old = select(key).where(at < before).limit(_BATCH)
    result = session.execute(
        delete(table).where(key.in_(old), at < before), execution_options={"synchronize_session": False}
    )
    assert isinstance(result, CursorResult)
    return result.rowcount
