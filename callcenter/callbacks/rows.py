"""How is a callback's row taken, closed and opened again? The steps that every verb shares."""

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from callcenter.callbacks.life import State, Verb, after
from callcenter.callbacks.records import UNCLOSED, Callback
from callcenter.errors import IllegalTransition, NotFound
from callcenter.presence.records import ConsultantState
from callcenter.storage.base import instant, table_of
from callcenter.storage.rows import Loader
from callcenter.storage.statements import Prepared
from callcenter.storage.totals import add, count, observe

# An appointment is kept by a call within this time after it.
APPOINTMENT_SLACK = timedelta(minutes=10)

# Built once: every step of a callback begins with one of them.
_TABLE = table_of(Callback)
_LOCKED = Loader([Callback], select(_TABLE).where(_TABLE.c.id == bindparam("callback")).with_for_update(), fresh=True)
_LIVE_FOR = Loader(
    [Callback],
    select(_TABLE)
    .where(_TABLE.c.line_id == bindparam("line"), _TABLE.c.number == bindparam("number"), UNCLOSED)
    .with_for_update(),
    fresh=True,
)

_ALL_LIVE_FOR = Loader(
    [Callback],
    # In the order of their ids, so that two calls that end at once never wait for each other.
    select(_TABLE).where(_TABLE.c.number == bindparam("number"), UNCLOSED).order_by(_TABLE.c.id).with_for_update(),
    fresh=True,
)

_STATES = table_of(ConsultantState).c
# Who said that they are away until later than `now`.
IS_AWAY = and_(
    _STATES.presence == "away", or_(_STATES.presence_until.is_(None), _STATES.presence_until > instant("now"))
)
_AWAY = Prepared(select(_STATES.code).where(IS_AWAY))


def locked(session: Session, callback_id: int) -> Callback:
    """The callback, held against others until the transaction ends. Raises NotFound."""
    for (found,) in _LOCKED(session, {"callback": callback_id}):
        assert isinstance(found, Callback)
        return found
    raise NotFound(f"there is no callback {callback_id}")


def live_for(session: Session, line_id: int, number: str) -> Callback | None:
    """The one unclosed callback of a line and number, held, or None."""
    return next((found for (found,) in _LIVE_FOR(session, {"line": line_id, "number": number})), None)


def all_live_for(session: Session, number: str) -> list[Callback]:
    """The unclosed callbacks of a number on all lines of the office, held."""
    return [found for (found,) in _ALL_LIVE_FOR(session, {"number": number})]


def step(callback: Callback, verb: Verb) -> None:
    """Move the callback along its life. Raises IllegalTransition."""
    callback.state = after(cast(State, callback.state), verb)


def close(session: Session, callback: Callback, verb: Verb, now: datetime, kept_at: datetime | None = None) -> None:
    """Close it, judge whether the promise was kept in time, and count it.

    kept_at: when the caller was rung, where that decides; else the moment of closing does.
    """
    step(callback, verb)
    callback.closed_at = now
    callback.closed_in_time = not callback.late and (kept_at or now) <= callback.due_at
    callback.next_attempt_at = None
    wait_for_nothing(callback)
    age_s = max(0.0, (now - callback.created_at).total_seconds())
    add(
        session,
        count(
            "callcenter_callbacks_closed_total",
            result=callback.state,
            in_time="true" if callback.closed_in_time else "false",
        )
        + observe("callcenter_callback_age_seconds", age_s),
    )


def open_again(session: Session, callback: Callback) -> None:
    """Undo a closing. Raises IllegalTransition when the caller has another unclosed callback by now."""
    if callback.number is not None:
        other = live_for(session, callback.line_id, callback.number)
        if other is not None and other.id != callback.id:
            raise IllegalTransition(f"callback {other.id} is open for the same caller")
    # How many are closed is known from totals alone: those closed less those opened again.
    add(session, count("callcenter_callbacks_reopened_total", result=callback.state))
    step(callback, "reopen")
    callback.closed_at = callback.closed_in_time = callback.cancel_reason = None


def wait_for_nothing(callback: Callback) -> None:
    """It is no longer about to be closed: no message is waited for, and nobody is asked about it."""
    callback.closes_as = callback.question_to = callback.question_at = None


def promise_until(callback: Callback, due_by: datetime) -> None:
    """Set the due time; who was reminded of the former one is reminded again."""
    if callback.due_at != due_by:
        callback.due_at = due_by
        callback.reminded_at = callback.overdue_told_at = callback.escalated_at = None


def give(callback: Callback, owner: str | None, now: datetime) -> None:
    """Make it this consultant's, who is to be told of it."""
    callback.owner = owner
    callback.owner_since = now if owner else None
    callback.notified_at = callback.reminded_at = callback.overdue_told_at = None


def away(session: Session, now: datetime) -> frozenset[str]:
    """Consultants who said that they are away until later than now."""
    return frozenset(code for (code,) in _AWAY(session.connection(), {"now": now}))
