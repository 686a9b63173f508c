"""Reads which callers of a day reached nobody, and why."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision
from callcenter.reachability.causes import Cause, Decision, cause_of


@dataclass(frozen=True, slots=True)
class Unreached:
    """An offered call whose caller reached nobody. received_at: UTC."""

    received_at: datetime
    cause: Cause


def unreached(session: Session, start: datetime, end: datetime, line_id: int | None = None) -> list[Unreached]:
    """The offered calls from `start` up to `end` (UTC) that no consultant took, oldest first."""
    calls = select(Call.id, Call.received_at, Call.outcome).where(
        Call.received_at >= start,
        Call.received_at < end,
        Call.counted,
        Call.staff.is_(None),
        Call.outcome.is_not(None),
        Call.outcome != "answered",
    )
    if line_id is not None:
        calls = calls.where(Call.line_id == line_id)
    found = session.execute(calls.order_by(Call.received_at, Call.id)).all()
    if not found:
        return []
    # Ids instead of a join: for that, PostgreSQL would read through all legs and decisions.
    ids = [row.id for row in found]
    results: dict[int | None, list[str | None]] = defaultdict(list)
    for call_id, result in session.execute(select(Leg.call_id, Leg.result).where(Leg.call_id.in_(ids))):
        results[call_id].append(result)
    decisions: dict[int, list[Decision]] = defaultdict(list)
    columns = (CallDecision.call_id, CallDecision.title, CallDecision.reasons)
    decided = select(*columns).where(CallDecision.call_id.in_(ids)).order_by(CallDecision.at, CallDecision.id)
    for call_id, title, reasons in session.execute(decided):
        decisions[call_id].append(Decision(title, reasons))
    return [
        Unreached(row.received_at, cause_of(row.outcome or "", results[row.id], decisions[row.id])) for row in found
    ]
