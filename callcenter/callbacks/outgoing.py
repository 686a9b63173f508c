"""Counts the calls that we made within the last hour: to callers, by one press, and to consultants' mobiles."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import CallbackAttempt
from callcenter.calls.leg import Leg
from callcenter.storage.base import table_of

HOUR = timedelta(hours=1)
_ATTEMPTS, _LEGS = table_of(CallbackAttempt).c, table_of(Leg).c


@dataclass(frozen=True, slots=True)
class Outgoing:
    """How many callers and how many consultants' mobiles were rung; the latter for callers who rang the line."""

    callers: int
    colleagues: int


def callers_rung_since(instant: ColumnElement[Any]) -> ColumnElement[int]:
    """How many callers were dialled by one press since an instant, as a column of another query."""
    return select(func.count()).where(_ATTEMPTS.dialled_at > instant).scalar_subquery()


def outgoing(session: Session, now: datetime) -> Outgoing:
    """The calls of the hour before `now`."""
    since = now - HOUR
    legs = select(func.count()).where(_LEGS.offered_at > since)
    callers = select(func.count()).where(_ATTEMPTS.dialled_at > since)
    return Outgoing(session.scalar(callers) or 0, session.scalar(legs) or 0)
