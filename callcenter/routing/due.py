"""Which calls must be looked at now because time passed? Tiers that end, caps, and recordings that never came."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.routing.outcome import settle
from callcenter.routing.records import Call
from callcenter.routing.search import advance_and_fetch
from callcenter.routing.states import Stage
from callcenter.routing.work import begin_work, locked_call
from callcenter.storage.base import instant
from callcenter.storage.engine import glancing
from callcenter.storage.prepared import Prepared

BATCH = 100
# Built once: asked every second. Those waiting longest come first.
_NOW = instant("now")
_DUE = Prepared(select(Call.id).where(Call.next_due_at <= _NOW).order_by(Call.next_due_at).limit(BATCH))


def run_due(sessions: sessionmaker[Session], now: datetime) -> int:
    """Look at every call that is due, each in its own transaction; returns how many. Safe to run on several hosts."""
    with glancing(sessions) as connection:
        due = _DUE(connection, {"now": now})
    for (call_id,) in due:
        with sessions.begin() as session:
            work = begin_work(session, now)
            call = locked_call(work, call_id)
            if call.next_due_at is None or call.next_due_at > now:
                continue
            call.next_due_at = None
            if call.step == Stage.HUNTING:
                advance_and_fetch(work, call)
            else:
                settle(work, call)
    return len(due)
