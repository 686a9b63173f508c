"""Chooses the owner of a new callback, and gives a live one to somebody else when its owner cannot make it in time."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.callbacks.records import UNCLOSED, Callback, CallbackAttempt
from callcenter.callbacks.rules import can_make, candidates, choose_owner, must_move
from callcenter.presence.records import ConsultantState
from callcenter.rota.hours import is_open
from callcenter.rota.model import Rota
from callcenter.storage.base import JsonRow, JsonRows, instant, json_rows, table_of
from callcenter.storage.statements import Prepared

# The actor in the audit log of changes that the clock makes.
BY_THE_CLOCK = "clock"
# How far back we look for the consultant who was given a callback last.
_GIVEN_WITHIN = timedelta(days=7)

_CALLBACKS, _STATES = table_of(Callback).c, table_of(ConsultantState).c
_IS_AWAY = and_(
    _STATES.presence == "away", or_(_STATES.presence_until.is_(None), _STATES.presence_until > instant("now"))
)
_AWAY = Prepared(select(_STATES.code).where(_IS_AWAY))
_LOAD = (
    select(_CALLBACKS.owner, func.count().label("number"))
    .where(UNCLOSED, _CALLBACKS.owner.is_not(None))
    .group_by(_CALLBACKS.owner)
    .subquery()
)
# Grouped by an expression: grouped by the column, SQLite would read every callback through the index on the owner
# instead of those of the last days.
_OWNER = func.coalesce(_CALLBACKS.owner, "")
_GIVEN = (
    select(_OWNER.label("owner"), func.max(_CALLBACKS.owner_since).label("since"))
    .where(_CALLBACKS.created_at >= instant("since"))
    .group_by(_OWNER)
    .subquery()
)
# One statement, since each round trip delays the end of a call.
_WORKLOAD = Prepared(
    select(
        select(JsonRows(_STATES.code)).where(_IS_AWAY).scalar_subquery(),
        select(JsonRows(JsonRow(_LOAD.c.owner, _LOAD.c.number))).scalar_subquery(),
        select(JsonRows(JsonRow(_GIVEN.c.owner, _GIVEN.c.since))).scalar_subquery(),
    )
)


@dataclass(frozen=True, slots=True)
class Workload:
    """away: consultants whose presence is "away"; live: live callbacks by consultant; last_given: when each consultant
    last got one, within the last days (UTC)."""

    away: frozenset[str]
    live: Mapping[str, int]
    last_given: Mapping[str, datetime]


def workload(session: Session, now: datetime) -> Workload:
    """The stored workload at `now`."""
    ((away, live, given),) = _WORKLOAD(session.connection(), {"now": now, "since": now - _GIVEN_WITHIN})
    return Workload(
        frozenset(away or ()),
        dict(live or ()),
        {owner: since for owner, since in json_rows(given, [1]) if owner and since is not None},
    )


def consultants_away(session: Session, now: datetime) -> frozenset[str]:
    """The consultants whose presence is "away" at `now`."""
    return frozenset(code for (code,) in _AWAY(session.connection(), {"now": now}))


def first_owner(
    rota: Rota,
    present: Workload,
    due_by: datetime,
    now: datetime,
    *,
    dialled: str | None,
    preferred: str | None,
    left_by: str | None,
) -> str | None:
    """The owner of a new callback, or None when nobody can make it in time.

    dialled: the consultant whom the caller had rung directly, who comes first; preferred: the caller's own consultant;
    left_by: the consultant who left the message, who never gets it.
    """
    if dialled is not None and can_make(rota, dialled, now, due_by, present.away):
        return dialled
    possible = [code for code in candidates(rota, now, due_by, present.away) if code != left_by]
    return choose_owner(preferred, possible, present.live, present.last_given)


def reassign(session: Session, rota: Rota, now: datetime) -> int:
    """Give callbacks without an owner who can make them in time to somebody who can. Returns how many.

    Only while the line is open. A callback with an attempt under way keeps its owner.
    """
    if not is_open(rota, now):
        return 0
    moved = 0
    for callback in _to_reassign(session, rota, now, consultants_away(session, now)):
        present = workload(session, now)
        possible = candidates(rota, now, max(now, callback.due_at), present.away)
        new = choose_owner(callback.preferred, possible, present.live, present.last_given)
        if new is not None and new != callback.owner:
            moved += _give(session, callback, new, now)
    return moved


def any_to_reassign(session: Session, rota: Rota, now: datetime) -> bool:
    """Whether `reassign` would find a callback. It only reads, so that it blocks no writer."""
    return is_open(rota, now) and bool(_to_reassign(session, rota, now, consultants_away(session, now)))


def _to_reassign(session: Session, rota: Rota, now: datetime, away: Collection[str]) -> list[Callback]:
    under_way = (
        select(CallbackAttempt.id)
        .where(CallbackAttempt.callback_id == Callback.id, CallbackAttempt.ended_at.is_(None))
        .exists()
    )
    live = session.scalars(select(Callback).where(UNCLOSED, ~under_way).order_by(Callback.due_at, Callback.id))
    moves: dict[tuple[str, datetime], bool] = {}  # callbacks of one owner are often due at the same time
    found = []
    for callback in live:
        if callback.owner is not None:
            due_by = max(now, callback.due_at)
            key = callback.owner, due_by
            if key not in moves:
                moves[key] = must_move(rota, callback.owner, now, due_by, away)
            if not moves[key]:
                continue
        found.append(callback)
    return found


def _give(session: Session, callback: Callback, new: str, now: datetime) -> int:
    """Change the owner if the callback is still live and has the owner that was read. Returns the number of rows."""
    given = session.execute(
        update(Callback)
        .where(Callback.id == callback.id, UNCLOSED, Callback.owner.is_not_distinct_from(callback.owner))
        .values(
            owner=new,
            owner_since=now,
            state="open",
            notified_at=None,
            reminded_at=None,
            overdue_told_at=None,
            retimed_at=None,
            untold_at=None,
        )
        .returning(Callback.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if given is None:
        return 0
    audit(session, now, BY_THE_CLOCK, "callback_given", f"callback:{callback.id}", owner=new, before=callback.owner)
    return 1
