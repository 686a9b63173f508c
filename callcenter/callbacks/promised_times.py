"""Stores the times that callers were told, and what became of each. The caller has locked the callback's row."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from callcenter.callbacks import keeping
from callcenter.callbacks.keeping import Promised, Times
from callcenter.callbacks.records import Callback, CallbackAttempt, PromisedTime
from callcenter.callbacks.rules import is_live
from callcenter.storage.base import instant, table_of
from callcenter.storage.statements import Batch, Prepared

_TIMES = table_of(PromisedTime)
_OF_CALLBACK = Prepared(
    select(_TIMES.c.id, _TIMES.c.made_at, _TIMES.c.due_at, _TIMES.c.kept_at, _TIMES.c.withdrawn_at)
    .where(_TIMES.c.callback_id == bindparam("callback"))
    .order_by(_TIMES.c.id)
)
_INSERT = Prepared(insert(_TIMES), ("callback_id", "made_at", "due_at"))
_UPDATE = Prepared(
    update(_TIMES)
    .where(_TIMES.c.id == bindparam("this"))
    .values(due_at=instant("due_at"), kept_at=instant("kept_at"), withdrawn_at=instant("withdrawn_at"))
)


def make(session: Session, callback: Callback, now: datetime, batch: Batch | None = None) -> None:
    """Store the first time of a new callback: its due time. batch: of the same transaction."""
    values = {"callback_id": callback.id, "made_at": now, "due_at": callback.due_at}
    if batch is not None:
        batch.add(_INSERT, values)
    else:
        _INSERT(session.connection(), values)


def rung(session: Session, callback: Callback, now: datetime) -> None:
    """The caller is rung now."""
    _change(session, callback, now, lambda times: keeping.after_ring(times, now, callback.appointment_at))


def call_joined(
    session: Session, callback: Callback, due_by: datetime, now: datetime, *, ends_appointment: bool
) -> datetime | None:
    """The caller rang again and was told `due_by` (UTC). Returns the time that is owed now, if any.

    ends_appointment: that time replaces an appointment.
    """
    times = _change(
        session,
        callback,
        now,
        lambda times: keeping.after_call(times, due_by, now, ends_appointment=ends_appointment),
    )
    return times[-1].due_at if times[-1].is_owed(now) else None


def appointed(session: Session, callback: Callback, now: datetime) -> None:
    """The caller agreed on the appointment that the callback has now."""
    _change(session, callback, now, lambda times: keeping.after_appointment(times, callback.due_at, now))


def closed(
    session: Session,
    callback: Callback,
    now: datetime,
    helped_at: datetime | None,
    question_at: datetime | None,
    *,
    witnessed: bool = False,
) -> None:
    """The callback is closed now, or once its messages are heard. Judges it, if closed.

    helped_at: when the caller was rung or helped; None: now; witnessed: whether Twilio's events say so; question_at:
    when the talk began about which a consultant was asked until now.
    """

    def after(times: Times) -> Times:
        if callback.state == "cancelled":
            return keeping.after_cancelling(times, now)
        return keeping.after_closing(times, now, helped_at, question_at, witnessed=witnessed)

    _change(session, callback, now, after)


def judge_anew(session: Session, callback: Callback, now: datetime) -> None:
    """The callback was reopened, or an attempt turned out to have rung the caller or not."""
    session.flush()
    rung_at = session.scalars(
        select(CallbackAttempt.dialled_at).where(
            CallbackAttempt.callback_id == callback.id,
            CallbackAttempt.dialled_at.is_not(None),
            or_(CallbackAttempt.result.is_(None), CallbackAttempt.result != "not_made"),
        )
    )
    rings = [at for at in rung_at if at is not None and keeping.counts_as_ring(at, callback.appointment_at)]

    def after(times: Times) -> Times:
        if is_live(callback.state):
            return keeping.judged_anew(times, now, rings)
        cancelled = callback.state == "cancelled"
        return keeping.judged_anew(times, now, rings, closed_at=callback.closed_at, cancelled=cancelled)

    _change(session, callback, now, after)


Stored = Sequence[Sequence[Any]]


def stored(session: Session, callback_id: int) -> Stored:
    """The stored times of a callback, oldest first: id, made_at, due_at, kept_at and withdrawn_at of each."""
    return _OF_CALLBACK(session.connection(), {"callback": callback_id})


def taken_back(session: Session, callback: Callback, before: Stored, now: datetime) -> None:
    """A deed was taken back. before: the times when it was done, as texts without their ids. Judges the callback."""
    former = [Promised(*(datetime.fromisoformat(at) if at else None for at in row)) for row in before]  # type: ignore[arg-type]
    _change(session, callback, now, lambda times: keeping.after_undo(former, times, now))


def judge(session: Session, callback: Callback, now: datetime) -> None:
    """Mark the callback as late if one of its times is broken by now."""
    _change(session, callback, now, lambda times: times)


def _change(session: Session, callback: Callback, now: datetime, change: Callable[[Times], Times]) -> Times:
    connection = session.connection()
    rows = _OF_CALLBACK(connection, {"callback": callback.id})
    before = [Promised(*row[1:]) for row in rows]
    after = change(before)
    for (this, *_), was, one in zip(rows, before, after, strict=False):
        if one != was:
            values = {"due_at": one.due_at, "kept_at": one.kept_at, "withdrawn_at": one.withdrawn_at}
            _UPDATE(connection, {"this": this, **values})
    for this, *_ in rows[len(after) :]:  # only an undo takes one away: the newest, which nobody was told
        session.execute(delete(_TIMES).where(_TIMES.c.id == this))
    for one in after[len(rows) :]:
        _INSERT(connection, {"callback_id": callback.id, "made_at": one.made_at, "due_at": one.due_at})
    callback.judge(any(keeping.is_broken(one, now, callback.question_at) for one in after))
    return after
