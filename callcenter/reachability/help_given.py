"""Reads what became of callers who reached nobody: when they were spoken to, and what they were promised."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, false, func, null, or_, select, true
from sqlalchemy.orm import Session

from callcenter.callbacks.records import Callback, CallbackAttempt, PromisedTime
from callcenter.calls.call import Call
from callcenter.reachability.helped import Help

# A callback that somebody closed as reached, or that was resolved when the caller rang again, has no attempt that says
# when: it ended with the talk.
_TALKED = ("reached", "resolved")


_RUNG_AT = func.coalesce(
    CallbackAttempt.answered_at, CallbackAttempt.dialled_at, CallbackAttempt.ended_at, CallbackAttempt.started_at
)
_SPOKEN_AT = (
    select(func.min(_RUNG_AT))
    .where(
        CallbackAttempt.callback_id == Call.callback_id,
        CallbackAttempt.result == "reached",
        Call.received_at <= _RUNG_AT,
    )
    .correlate(Call)
    .scalar_subquery()
)
# An appointment withdraws the time that was owed, and is a promise of its own.
_PROMISED_BY = (
    select(func.min(PromisedTime.due_at))
    .where(
        PromisedTime.callback_id == Call.callback_id,
        PromisedTime.due_at >= Call.received_at,
        or_(PromisedTime.withdrawn_at.is_(None), PromisedTime.kept_at.is_not(None)),
    )
    .correlate(Call)
    .scalar_subquery()
)


def help_of_unreached(
    session: Session, start: datetime, end: datetime, *conditions: ColumnElement[bool]
) -> dict[int, Help]:
    """What became of the offered calls from `start` up to `end` (UTC) that no consultant took, by the call's id.

    conditions: more conditions on the calls. Calls without a callback are left out: nobody was spoken to.
    """
    statement = (
        select(Call.id, Call.received_at, _SPOKEN_AT, _PROMISED_BY, Callback.closed_at, Callback.state)
        .join(Callback, Callback.id == Call.callback_id)
        .where(
            Call.received_at >= start,
            Call.received_at < end,
            Call.counted,
            and_(Call.outcome.is_not(None), Call.outcome != "answered"),
            *conditions,
        )
    )
    found: dict[int, Help] = {}
    for call_id, received_at, spoken, promised, closed_at, state in session.execute(statement):
        if spoken is None and state in _TALKED and closed_at is not None and closed_at >= received_at:
            spoken = closed_at
        found[call_id] = Help(received_at, False, spoken, promised)
    return found


def as_promised(now: datetime) -> ColumnElement[bool]:
    """Whether the caller of an offered call was helped, as `Help.as_promised`, in SQL; NULL: that is still open."""
    talked_at = (
        select(Callback.closed_at)
        .where(Callback.id == Call.callback_id, Callback.state.in_(_TALKED), Callback.closed_at >= Call.received_at)
        .correlate(Call)
        .scalar_subquery()
    )
    spoken_at = func.coalesce(_SPOKEN_AT, talked_at)
    return case(
        (Call.outcome == "answered", true()),
        (_PROMISED_BY.is_(None), false()),
        (spoken_at.is_not(None), spoken_at <= _PROMISED_BY),
        (now > _PROMISED_BY, false()),
        else_=null(),
    )
