"""Who is on the line this second? Calls in progress, with what the board shows of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.calls.call import Call


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call that has not ended. since: from when its present state counts; tier: index in the policy, -1 before."""

    id: int
    state: str
    since: datetime
    number: str | None
    name: str | None
    place: str | None
    tier: int
    answered_by: str | None


def live_calls(session: Session) -> list[LiveCall]:
    """Every call in progress, the longest waiting first, then those talking."""
    rows = session.execute(
        select(
            Call.id,
            Call.state,
            Call.received_at,
            Call.connected_at,
            Call.from_number,
            Call.caller_name,
            Call.caller_place,
            Call.tier,
            Call.answered_by,
        ).where(Call.ended_at.is_(None))
    ).all()
    calls = [
        LiveCall(
            id=row.id,
            state=row.state,
            since=row.connected_at if row.state == "connected" and row.connected_at else row.received_at,
            number=row.from_number,
            name=row.caller_name,
            place=row.caller_place,
            tier=row.tier,
            answered_by=row.answered_by,
        )
        # Put in order here: asked to do it, SQLite walks through all calls there ever were, by their time.
        for row in sorted(rows, key=lambda row: row.received_at)
    ]
    return sorted(calls, key=lambda call: call.state != "ringing")
