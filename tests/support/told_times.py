"""Reads the times that callers were told, and the figures made of them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks.records import PromisedTime
from callcenter.reachability.counting import EVERYTHING, Scope, count_rows
from callcenter.rota.versions import in_force
from tests.support.small_office import a_rota, at

EVER = at("1 00:00"), at("1 00:00") + timedelta(days=200)
_ZONE = a_rota().zone


@dataclass(frozen=True, slots=True)
class Kept:
    """Promised times of one day: how many were due, and how many of them were kept in time."""

    kept: int
    due: int


def times_of(sessions: sessionmaker[Session], callback_id: int) -> list[PromisedTime]:
    """The rows of a callback, oldest first."""
    with sessions() as session:
        rows = select(PromisedTime).where(PromisedTime.callback_id == callback_id).order_by(PromisedTime.id)
        return list(session.scalars(rows))


def dues_of(sessions: sessionmaker[Session], callback_id: int) -> list[datetime]:
    """The times that the caller of a callback was told, without those withdrawn."""
    return [one.due_at for one in times_of(sessions, callback_id) if one.withdrawn_at is None]


def by_day(sessions: sessionmaker[Session], now: datetime, scope: Scope = EVERYTHING) -> dict[date, Kept]:
    """The figures of every local day that has promises, as seen at `now`."""
    with sessions() as session:
        found = count_rows(
            session, *EVER, now, _ZONE, in_force(session), lambda instant, *_: instant.astimezone(_ZONE).date(), scope
        )
    return {day: Kept(tally.callbacks_in_time, tally.callbacks_due) for day, tally in found.items()}


def whole(sessions: sessionmaker[Session], now: datetime, scope: Scope = EVERYTHING) -> Kept:
    """The figures of all days together, as seen at `now`."""
    days = by_day(sessions, now, scope).values()
    return Kept(sum(day.kept for day in days), sum(day.due for day in days))
