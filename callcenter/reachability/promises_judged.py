"""The promised times behind the figures of a period, each kept or broken, as counting.py counts them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import PromisedTime
from callcenter.reachability.counting import RotaAt, Scope, judged, of_scope
from callcenter.reachability.helped import two_working_days_after

_PROMISES = select(
    PromisedTime.id, PromisedTime.callback_id, PromisedTime.made_at, PromisedTime.due_at, PromisedTime.kept_at
)


@dataclass(frozen=True, slots=True)
class Promise:
    """A promised time. is_kept: in time, or within two working days, whichever was asked. All times are UTC."""

    id: int
    callback_id: int
    made_at: datetime
    due_at: datetime
    kept_at: datetime | None
    is_kept: bool


def promises_due(session: Session, start: datetime, end: datetime, now: datetime, scope: Scope) -> Sequence[Promise]:
    """The promised times due from `start` up to `end` (UTC) that are kept or broken for ever, earliest first."""
    due_at = PromisedTime.due_at
    statement = _PROMISES.where(due_at >= start, due_at < end, *judged(now)).order_by(due_at, PromisedTime.id)
    return [_judged_by(row.due_at, row) for row in session.execute(of_scope(statement, scope))]


def promises_made(
    session: Session, start: datetime, end: datetime, now: datetime, rota_at: RotaAt, scope: Scope
) -> Sequence[Promise]:
    """The promises made from `start` up to `end` (UTC) whose two working days are over or that are kept, in order.

    rota_at: the rota that was in force at an instant.
    """
    made_at = PromisedTime.made_at
    statement = _PROMISES.where(
        made_at >= start,
        made_at < end,
        PromisedTime.due_at >= start,  # always true then, and indexed
        PromisedTime.withdrawn_at.is_(None),
    ).order_by(made_at, PromisedTime.id)
    found = []
    for row in session.execute(of_scope(statement, scope)):
        rota = rota_at(row.made_at)
        until = two_working_days_after(rota, row.made_at) if rota else None
        if until is not None and (row.kept_at is not None or now > until):
            found.append(_judged_by(until, row))
    return found


def _judged_by(end: datetime, row: Row[*tuple[Any, ...]]) -> Promise:
    """A promise that is kept when the caller was rung or helped by `end` (UTC)."""
    is_kept = row.kept_at is not None and row.kept_at <= end
    return Promise(row.id, row.callback_id, row.made_at, row.due_at, row.kept_at, is_kept)
