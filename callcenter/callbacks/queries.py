"""Lists and counts callbacks and attempts, for pages, the API and metrics."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, TextClause, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import Session

from callcenter.callbacks.records import TO_RING, UNCLOSED, Callback, CallbackAttempt
from callcenter.callbacks.rules import LIVE, STATES
from callcenter.callbacks.under_way import is_under_way
from callcenter.cursor import cursor_of, position_of
from callcenter.errors import InvalidInput, NotFound
from callcenter.storage.base import instant
from callcenter.storage.statements import Prepared

PAGE_MAX = 500
# A consultant's live callbacks, earliest due first; of those due at one time, the caller who rang most often first.
_THEIRS = Callback.owner == bindparam("owner"), UNCLOSED
_IN_ORDER = Callback.due_at, Callback.priority.desc(), Callback.id
_FOR_OWNER = select(Callback).where(*_THEIRS).order_by(*_IN_ORDER)
_TO_TRY = Prepared(
    select(Callback.id)
    .where(
        *_THEIRS,
        Callback.number.is_not(None),
        or_(Callback.next_attempt_at.is_(None), Callback.next_attempt_at <= instant("now")),
    )
    .order_by(*_IN_ORDER)
)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which callbacks to list; None is any. state: one of rules.STATES, `live` or `closed`; unowned: only those without
    an owner; due_from is included, due_before is not; to_ring: without those that only wait until a message is heard;
    resting_at: without those that somebody is making at this instant."""

    state: str | None = None
    owner: str | None = None
    unowned: bool = False
    reason: str | None = None
    group: str | None = None
    contact_id: int | None = None
    number: str | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None
    to_ring: bool = False
    resting_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some callbacks in the order of their list. next: the cursor of the next page, None on the last."""

    items: Sequence[Callback]
    next: str | None


def one(session: Session, callback_id: int) -> Callback:
    """The callback. Raises NotFound."""
    found = session.get(Callback, callback_id)
    if found is None:
        raise NotFound(f"there is no callback {callback_id}")
    return found


def several(session: Session, callback_ids: Collection[int]) -> list[Callback]:
    """The live ones of these callbacks, earliest due first."""
    statement = select(Callback).where(Callback.id.in_(callback_ids), UNCLOSED)
    return list(session.scalars(statement.order_by(Callback.due_at, Callback.id))) if callback_ids else []


def attempts_of(session: Session, callback_ids: Sequence[int]) -> dict[int, list[CallbackAttempt]]:
    """The attempts of these callbacks, oldest first; every id has a list."""
    found: dict[int, list[CallbackAttempt]] = {callback_id: [] for callback_id in callback_ids}
    if callback_ids:
        rows = session.scalars(
            select(CallbackAttempt)
            .where(CallbackAttempt.callback_id.in_(callback_ids))
            .order_by(CallbackAttempt.callback_id, CallbackAttempt.id)
        )
        for attempt in rows:
            found[attempt.callback_id].append(attempt)
    return found


def listing(session: Session, filters: Filters, limit: int = 50, cursor: str | None = None) -> Page:
    """Callbacks by due time, earliest first. cursor: an earlier page's `next`. Raises InvalidInput."""
    if not 1 <= limit <= PAGE_MAX:
        raise InvalidInput("limit", f"must be from 1 to {PAGE_MAX}")
    statement = select(Callback).where(*_conditions(filters)).order_by(Callback.due_at, Callback.id).limit(limit + 1)
    if cursor is not None:
        statement = statement.where(tuple_(Callback.due_at, Callback.id) > position_of(cursor, datetime, int))
    items = session.scalars(statement).all()
    more = len(items) > limit
    return Page(items[:limit], cursor_of(items[limit - 1].due_at, items[limit - 1].id) if more else None)


def closed_listing(session: Session, filters: Filters, limit: int = 50, cursor: str | None = None) -> Page:
    """Closed callbacks, the one that was closed last first. filters: of a closed state, or of all of them. cursor: an
    earlier page's `next`. Raises InvalidInput."""
    closed_at = func.coalesce(Callback.closed_at, Callback.due_at)
    statement = select(Callback).where(*_conditions(filters)).order_by(closed_at.desc(), Callback.id.desc())
    if cursor is not None:
        statement = statement.where(tuple_(closed_at, Callback.id) < position_of(cursor, datetime, int))
    items = session.scalars(statement.limit(limit + 1)).all()
    if len(items) <= limit:
        return Page(items, None)
    last = items[limit - 1]
    return Page(items[:limit], cursor_of(last.closed_at or last.due_at, last.id))


def how_many(session: Session, filters: Filters) -> int:
    """How many callbacks match, on all pages together."""
    return session.scalars(select(func.count()).select_from(Callback).where(*_conditions(filters))).one()


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool] | TextClause]:
    if filters.state == "live":
        yield UNCLOSED
    elif filters.state == "closed":
        yield Callback.state.not_in(LIVE)
    elif filters.state is not None:
        if filters.state not in STATES:
            raise InvalidInput("state", f"must be one of {', '.join(STATES)}")
        yield Callback.state == filters.state
    if filters.unowned:
        yield Callback.owner.is_(None)
    for column, wanted in (
        (Callback.owner, filters.owner),
        (Callback.reason, filters.reason),
        (Callback.group, filters.group),
        (Callback.contact_id, filters.contact_id),
        (Callback.number, filters.number),
    ):
        if wanted is not None:
            yield column == wanted
    if filters.due_from is not None:
        yield Callback.due_at >= filters.due_from
    if filters.due_before is not None:
        yield Callback.due_at < filters.due_before
    if filters.to_ring:
        yield TO_RING
    if filters.resting_at is not None:
        yield ~is_under_way(filters.resting_at)


def for_owner(session: Session, code: str) -> Sequence[Callback]:
    """A consultant's live callbacks, most urgent first."""
    return session.scalars(_FOR_OWNER, {"owner": code}).all()


def to_try(connection: Connection, code: str, now: datetime) -> list[int]:
    """The ids of a consultant's callbacks that can be made at `now`, most urgent first."""
    return [callback_id for (callback_id,) in _TO_TRY(connection, {"owner": code, "now": now})]


def to_confirm(session: Session, code: str, since: datetime) -> Sequence[CallbackAttempt]:
    """A consultant's ended attempts since an instant whose result nobody has confirmed, newest first."""
    return session.scalars(
        select(CallbackAttempt)
        .where(
            CallbackAttempt.consultant == code,
            CallbackAttempt.started_at >= since,
            CallbackAttempt.dialled_at.is_not(None),
            CallbackAttempt.ended_at.is_not(None),
            CallbackAttempt.confirmed_at.is_(None),
        )
        .order_by(CallbackAttempt.id.desc())
    ).all()


def overdue(callback: Callback, under_way: Collection[int], now: datetime) -> bool:
    """Whether the due time has passed. A callback that only waits until a message is heard, or that somebody is making
    now, is not overdue. under_way: as `being_made` returns."""
    passed = callback.state in LIVE and callback.closes_as is None and callback.due_at < now
    return passed and callback.id not in under_way
