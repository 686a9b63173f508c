"""The promised times behind the figures of a period, each kept or broken, as counting.py counts them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import Callback, PromisedTime
from callcenter.reachability.counting import RotaAt, Scope, judged, within
from callcenter.reachability.helped import two_working_days_after


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
    rows = session.execute(_promises(scope).where(due_at >= start, due_at < end, *judged(now)).order_by(due_at))
    return [Promise(*row, is_kept=row.kept_at is not None and row.kept_at <= row.due_at) for row in rows]


def promises_made(
    session: Session, start: datetime, end: datetime, now: datetime, rota_at: RotaAt, scope: Scope
) -> Sequence[Promise]:
    """The promises made from `start` up to `end` (UTC) whose two working days are over or that are kept, in order.

    rota_at: the rota that was in force at an instant.
    """
    made_at = PromisedTime.made_at
    statement = _promises(scope).where(
        made_at >= start, made_at < end, PromisedTime.due_at >= start, PromisedTime.withdrawn_at.is_(None)
    )
    found = []
    for row in session.execute(statement.order_by(made_at)):
        rota = rota_at(row.made_at)
        until = two_working_days_after(rota, row.made_at) if rota else None
        if until is not None and (row.kept_at is not None or now > until):
            found.append(Promise(*row, is_kept=row.kept_at is not None and row.kept_at <= until))
    return found


def _promises(scope: Scope) -> Select[*tuple[Any, ...]]:
    statement = select(
        PromisedTime.id, PromisedTime.callback_id, PromisedTime.made_at, PromisedTime.due_at, PromisedTime.kept_at
    )
    narrowed = within(Callback, scope)
    return statement.where(PromisedTime.callback_id.in_(select(Callback.id).where(*narrowed))) if narrowed else statement
