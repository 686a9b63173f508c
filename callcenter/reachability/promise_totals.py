"""Counts each promised time once as kept or broken, when that is certain, so that /metrics and the API agree."""

from datetime import datetime

from sqlalchemy import CursorResult, Select, select, update
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks.records import Callback, PromisedTime
from callcenter.reachability.counting import judged, of_its
from callcenter.storage.base import table_of
from callcenter.storage.engine import reading
from callcenter.storage.totals import add, count

_TIMES = table_of(PromisedTime)


def count_promises(sessions: sessionmaker[Session], now: datetime) -> int:
    """Count the promised times that are judged and not counted yet. Returns how many. It may run on several hosts."""
    with reading(sessions) as session:
        if not session.execute(_uncounted(now).limit(1)).first():
            return 0
    counted = 0
    with sessions.begin() as session:
        for this, line_id, group, in_time in session.execute(_uncounted(now)).all():
            # The row decides which of two hosts counts it.
            marked = session.execute(
                update(_TIMES).where(_TIMES.c.id == this, _TIMES.c.counted_at.is_(None)).values(counted_at=now)
            )
            assert isinstance(marked, CursorResult)
            if marked.rowcount:
                kept = "true" if in_time else "false"
                add(session, count("callcenter_promises_total", line=str(line_id), group=group, kept=kept))
                counted += 1
    return counted


def _uncounted(now: datetime) -> Select[int, int, str, bool | None]:
    return (
        select(
            PromisedTime.id,
            of_its(Callback.line_id),
            of_its(Callback.group),
            PromisedTime.kept_at <= PromisedTime.due_at,
        )
        .where(PromisedTime.counted_at.is_(None), *judged(now))
        .order_by(PromisedTime.id)
    )
