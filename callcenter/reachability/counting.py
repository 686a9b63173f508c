"""Counts the rows of calls and promised times, for days that are not rolled up yet."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from callcenter.callbacks.keeping import ANSWER_WITHIN
from callcenter.callbacks.records import Callback, CallbackAttempt, PromisedTime
from callcenter.callbacks.under_way import is_without_result
from callcenter.calls.call import Call
from callcenter.reachability.figures import Tally
from callcenter.reachability.help_given import help_of_unreached
from callcenter.reachability.helped import Help, two_working_days_after
from callcenter.rota.model import Rota

Key = TypeVar("Key")
Value = TypeVar("Value")
_Of = TypeVar("_Of", bound=Select[*tuple[Any, ...]])
RotaAt = Callable[[datetime], Rota | None]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which calls and callbacks to count; None is all. contact_id: a school's or another contact's."""

    line_id: int | None = None
    group: str | None = None
    contact_id: int | None = None


EVERYTHING = Scope()


def count_rows(
    session: Session,
    start: datetime,
    end: datetime,
    now: datetime,
    zone: ZoneInfo,
    rota_at: RotaAt,
    key: Callable[[datetime, int, str], Key],
    scope: Scope = EVERYTHING,
) -> dict[Key, Tally]:
    """Tallies of the calls received and the promised times due from `start` up to `end` (UTC).

    zone: of local days; rota_at: the rota that was in force at an instant; key: the bucket of an instant, a line id and
    a group. Calls without an outcome and calls of consultants do not count. A promised time counts when it is kept or
    has passed, but not when it was withdrawn before it was due. Each that counts is kept or broken; what happens to the
    callback afterwards changes neither. A promise is counted as called back in the bucket in which it was made.
    """
    tallies: dict[Key, Tally] = defaultdict(Tally)
    help_given = help_of_unreached(session, start, end, *within(Call, scope))
    callers: dict[tuple[date, int, str, str], tuple[Key, bool]] = {}
    for row in session.execute(_calls(start, end, scope)):
        this, day = key(row.received_at, row.line_id, row.group), row.received_at.astimezone(zone).date()
        in_time = row.in_time
        if in_time is None and row.counted:
            in_time = _judged_by_rota(rota_at(row.received_at), row.wait_s)
        tallies[this].count_call(row.outcome or "", row.counted, row.wait_s, in_time, day)
        if not row.counted:
            continue
        given = help_given.get(row.id) or Help(row.received_at, row.outcome == "answered")
        is_helped = given.as_promised(now)
        tallies[this].count_help(is_helped)
        caller = (day, row.line_id, row.group, _caller(row.id, row.from_number, row.contact_id))
        first, was_helped = callers.get(caller, (this, False))
        callers[caller] = first, was_helped or bool(is_helped)
    for first, was_helped in callers.values():
        tallies[first].count_caller(was_helped)
    for due_at, line_id, group, in_time in session.execute(_callbacks(start, end, now, scope)):
        tallies[key(due_at, line_id, group)].count_callback(bool(in_time))
    for made_at, line_id, group, kept_at in session.execute(_promises_made(start, end, scope)):
        rota = rota_at(made_at)
        until = two_working_days_after(rota, made_at) if rota else None
        if until is not None and (kept_at is not None or now > until):
            tallies[key(made_at, line_id, group)].count_called_back(kept_at is not None and kept_at <= until)
    return dict(tallies)


def _caller(call_id: int, number: str | None, contact_id: int | None) -> str:
    """Who rang: the number, or the contact once the number is erased. Who withholds it is another one each time."""
    return number or (f"call {call_id}" if contact_id is None else f"contact {contact_id}")


def _judged_by_rota(rota: Rota | None, wait_s: float | None) -> bool:
    """Whether an answer was in time, for a call that a host of an older release ended during an upgrade."""
    return rota is not None and wait_s is not None and wait_s <= rota.policy.figures.service_level_s


def _calls(start: datetime, end: datetime, scope: Scope) -> Select[*tuple[Any, ...]]:
    columns = (Call.id, Call.received_at, Call.line_id, Call.group, Call.outcome, Call.counted, Call.wait_s)
    return (
        select(*columns, Call.in_time, Call.from_number, Call.contact_id)
        .where(
            Call.received_at >= start,
            Call.received_at < end,
            Call.outcome.is_not(None),
            Call.staff.is_(None),
            *within(Call, scope),
        )
        .order_by(Call.received_at, Call.id)
    )


def judged(now: datetime) -> Iterable[ColumnElement[bool]]:
    """The conditions of promised times that are kept or broken for ever."""
    due_at, kept_at = PromisedTime.due_at, PromisedTime.kept_at
    # While a consultant is asked whether a talk in time has settled it, it is neither kept nor broken.
    asked_in_time = exists().where(_ITS, Callback.question_at.between(PromisedTime.made_at, due_at))
    waits_for_answer = and_(due_at >= now - ANSWER_WITHIN, or_(asked_in_time, _is_being_kept(now)))
    return (
        PromisedTime.withdrawn_at.is_(None),
        or_(kept_at.is_not(None), and_(due_at < now, not_(waits_for_answer))),
    )


def _callbacks(start: datetime, end: datetime, now: datetime, scope: Scope) -> Select[datetime, int, str, bool | None]:
    due_at = PromisedTime.due_at
    counted = select(due_at, of_its(Callback.line_id), of_its(Callback.group), PromisedTime.kept_at <= due_at).where(
        due_at >= start, due_at < end, *judged(now)
    )
    return of_scope(counted, scope)


def _promises_made(start: datetime, end: datetime, scope: Scope) -> Select[datetime, int, str, datetime | None]:
    made_at = PromisedTime.made_at
    made = select(made_at, of_its(Callback.line_id), of_its(Callback.group), PromisedTime.kept_at).where(
        made_at >= start,
        made_at < end,
        PromisedTime.due_at >= start,  # always true then, and indexed
        PromisedTime.withdrawn_at.is_(None),
    )
    return of_scope(made, scope)


def of_scope(statement: _Of, scope: Scope) -> _Of:
    """The promised times of callbacks in a scope."""
    conditions = within(Callback, scope)
    if not conditions:
        return statement
    return statement.where(PromisedTime.callback_id.in_(select(Callback.id).where(*conditions)))


_ITS = Callback.id == PromisedTime.callback_id


def _is_being_kept(now: datetime) -> ColumnElement[bool]:
    """Whether a talk with the caller goes on that began in time, or one has just ended without a result."""
    ring = select(CallbackAttempt.id).where(
        CallbackAttempt.callback_id == PromisedTime.callback_id,
        CallbackAttempt.dialled_at.between(PromisedTime.made_at, PromisedTime.due_at),
        is_without_result(now),
    )
    call = (
        select(Call.id)
        .join(Callback, Callback.number == Call.from_number)
        .where(_ITS, Call.ended_at.is_(None), Call.connected_at.between(PromisedTime.made_at, PromisedTime.due_at))
    )
    return or_(ring.exists(), call.exists())


def of_its(column: InstrumentedAttribute[Value]) -> ScalarSelect[Value]:
    """A column of its callback. For a join, PostgreSQL would read through all callbacks."""
    return select(column).where(_ITS).scalar_subquery()


def within(record: type[Call] | type[Callback], scope: Scope) -> list[ColumnElement[bool]]:
    """The conditions that narrow calls or callbacks to a scope."""
    narrowed: list[ColumnElement[bool]] = []
    if scope.line_id is not None:
        narrowed.append(record.line_id == scope.line_id)
    if scope.group is not None:
        narrowed.append(record.group == scope.group)
    if scope.contact_id is not None:
        narrowed.append(record.contact_id == scope.contact_id)
    return narrowed
