"""Counts the rows of calls and promised times, for days that are not rolled up yet."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from callcenter.callbacks.keeping import ANSWER_WITHIN
from callcenter.callbacks.records import Callback, CallbackAttempt, PromisedTime
from callcenter.callbacks.under_way import is_without_result
from callcenter.calls.call import Call
from callcenter.reachability.figures import Tally

Key = TypeVar("Key")
Value = TypeVar("Value")


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
    service_level_s: float,
    key: Callable[[datetime, int, str], Key],
    scope: Scope = EVERYTHING,
) -> dict[Key, Tally]:
    """Tallies of the calls received and the promised times due from `start` up to `end` (UTC).

    key: the bucket of an instant, a line id and a group. Calls without an outcome and calls of consultants do not
    count. A promised time counts when it is kept or has passed, but not when it was withdrawn before it was due. Each
    that counts is kept or broken; what happens to the callback afterwards changes neither.
    """
    tallies: dict[Key, Tally] = defaultdict(Tally)
    for received_at, line_id, group, outcome, counted, wait_s in session.execute(_calls(start, end, scope)):
        tallies[key(received_at, line_id, group)].count_call(outcome or "", counted, wait_s, service_level_s)
    for due_at, line_id, group, in_time in session.execute(_callbacks(start, end, now, scope)):
        tallies[key(due_at, line_id, group)].count_callback(bool(in_time))
    return dict(tallies)


def _calls(start: datetime, end: datetime, scope: Scope) -> Select[datetime, int, str, str | None, bool, float | None]:
    return select(Call.received_at, Call.line_id, Call.group, Call.outcome, Call.counted, Call.wait_s).where(
        Call.received_at >= start,
        Call.received_at < end,
        Call.outcome.is_not(None),
        Call.staff.is_(None),
        *_within(Call, scope),
    )


def _callbacks(start: datetime, end: datetime, now: datetime, scope: Scope) -> Select[datetime, int, str, bool | None]:
    due_at, kept_at = PromisedTime.due_at, PromisedTime.kept_at
    # While a consultant is asked whether a talk in time has settled it, it is neither kept nor broken.
    asked_in_time = exists().where(_ITS, Callback.question_at.between(PromisedTime.made_at, due_at))
    waits_for_answer = and_(due_at >= now - ANSWER_WITHIN, or_(asked_in_time, _is_being_kept(now)))
    counted = select(due_at, _of_its(Callback.line_id), _of_its(Callback.group), kept_at <= due_at).where(
        due_at >= start,
        due_at < end,
        PromisedTime.withdrawn_at.is_(None),
        or_(kept_at.is_not(None), and_(due_at < now, not_(waits_for_answer))),
    )
    within = _within(Callback, scope)
    return counted.where(PromisedTime.callback_id.in_(select(Callback.id).where(*within))) if within else counted


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


def _of_its(column: InstrumentedAttribute[Value]) -> ScalarSelect[Value]:
    """A column of its callback. For a join, PostgreSQL would read through all callbacks."""
    return select(column).where(_ITS).scalar_subquery()


def _within(record: type[Call] | type[Callback], scope: Scope) -> list[ColumnElement[bool]]:
    narrowed: list[ColumnElement[bool]] = []
    if scope.line_id is not None:
        narrowed.append(record.line_id == scope.line_id)
    if scope.group is not None:
        narrowed.append(record.group == scope.group)
    if scope.contact_id is not None:
        narrowed.append(record.contact_id == scope.contact_id)
    return narrowed
