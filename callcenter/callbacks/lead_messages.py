"""Sends the team lead the messages about callbacks: those that nobody owns, that closing will break, or are overdue."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select

from callcenter.callbacks.records import TO_RING, UNCLOSED, Callback
from callcenter.callbacks.reminders import Round, is_appointment, mark_unsent, told_time, told_times
from callcenter.callbacks.telling import BUNDLE, LEAD_AFTER, REMIND_BEFORE, is_held, is_ripe
from callcenter.callbacks.under_way import is_under_way
from callcenter.notify.channels import to_lead
from callcenter.rota.hours import is_open
from callcenter.storage.base import instant
from callcenter.telephony.outbox import enqueue

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NOW = instant("now")
# Without an owner, or nearly due, when it matters whether the owner is there.
IS_UNOWNED = and_(
    TO_RING,
    Callback.lead_warned_at.is_(None),
    Callback.due_at > _NOW,
    or_(Callback.owner.is_(None), told_time <= instant("soon")),
    ~is_under_way(),
)
IS_UNESCALATED = and_(TO_RING, Callback.escalated_at.is_(None), Callback.due_at <= _NOW, ~is_under_way())
IS_DUE_BY_REOPENING = and_(
    TO_RING,
    Callback.escalated_at.is_(None),
    Callback.lead_warned_at.is_(None),
    told_time <= instant("reopening"),
    ~is_under_way(),
)


def times(this: Round) -> dict[str, datetime]:
    """The instants that the conditions compare with, by the names of their bind parameters.

    reopening: when the line opens again, in the last 15 minutes before it closes; else an instant long ago.
    """
    closes_soon = this.closing is not None and this.closing <= this.now + REMIND_BEFORE
    return this.times() | {"reopening": (this.reopens or this.closing or _NEVER) if closes_soon else _NEVER}


def send_unowned(this: Round) -> int:
    """Tell the team lead about callbacks that nobody owns, first thing when the line opens, and about those that are
    nearly due while their owner is not there. Returns how many."""
    rows = [row for row in _found(this, IS_UNOWNED) if row.owner not in this.reachable]
    if not rows or not _is_open_and_quiet(this, rows):
        return 0
    nobody_is_there = or_(Callback.owner.is_(None), Callback.owner.not_in(this.reachable))
    marked = mark_unsent(
        this, _ids(rows), and_(nobody_is_there, Callback.lead_warned_at.is_(None)), lead_warned_at=this.now
    )
    if marked:
        absent = all(row.owner is not None for row in marked)
        text = this.writer.unowned(told_times(marked), this.now, this.writer.lead_link(), absent=absent)
        _send(this, marked, text, "lead_warned_at")
    return len(marked)


def send_before_closing(this: Round) -> int:
    """Tell the team lead, 15 minutes before the line closes, which callbacks have to be made before that.

    Only those of which the lead would not hear before closing otherwise. Returns how many.
    """
    if this.closing is None:
        return 0
    rows = [row for row in _found(this, IS_DUE_BY_REOPENING) if _late_at(this, row) >= this.closing]
    unsent = and_(TO_RING, Callback.lead_warned_at.is_(None), Callback.escalated_at.is_(None))
    marked = mark_unsent(this, _ids(rows), unsent, lead_warned_at=this.now)
    if marked:
        text = this.writer.before_closing(len(marked), this.closing, this.now, this.writer.lead_link())
        _send(this, marked, text, "lead_warned_at")
    return len(marked)


def send_to_lead(this: Round) -> int:
    """Escalate callbacks to the team lead that stay overdue, or that are overdue and have no reachable owner.

    Returns how many callbacks; none while the line is closed.
    """
    if not is_open(this.rota, this.now):
        return 0
    rows = _found(this, IS_UNESCALATED, now=this.now + BUNDLE)
    if not is_ripe([_late_at(this, row) for row in rows], this.now, this.closing):
        return 0
    late = [row for row in rows if _late_at(this, row) <= this.now]
    marked = mark_unsent(this, _ids(late), and_(TO_RING, Callback.escalated_at.is_(None)), escalated_at=this.now)
    if marked:
        link, alone = this.writer.lead_link(), is_appointment(marked)
        text = this.writer.overdue(told_times(marked), this.now, link, appointment=alone)
        _send(this, marked, text, "escalated_at")
    return len(marked)


def _late_at(this: Round, row: Row[Any]) -> datetime:
    """When the lead is told that a callback is overdue: at once when nobody on duty owns it."""
    due_at: datetime = row.due_at
    return due_at + LEAD_AFTER if row.owner in this.reachable else due_at


def _is_open_and_quiet(this: Round, rows: Sequence[Row[Any]]) -> bool:
    """Whether the lead may be told of new ones now: the line is open, and no further ones are about to come."""
    dues = [row.due_at for row in rows]
    if not is_open(this.rota, this.now) or is_held([row.created_at for row in rows], dues, this.now):
        return False
    if min(dues) <= this.now + REMIND_BEFORE + BUNDLE:
        return True
    lately = select(func.count()).where(
        Callback.created_at > this.now - timedelta(days=1), Callback.lead_warned_at > this.now - BUNDLE
    )
    return not this.session.scalar(lately)


def _found(this: Round, condition: ColumnElement[bool], **replaced: datetime) -> Sequence[Any]:
    statement = select(Callback.id, Callback.owner, Callback.due_at, Callback.created_at).where(UNCLOSED, condition)
    return this.session.execute(statement, times(this) | replaced).all()


def _ids(rows: Sequence[Row[Any]]) -> list[int]:
    return [row.id for row in rows]


def _send(this: Round, rows: Sequence[Row[Any]], text: str, mark: str) -> None:
    ids, worth_s = _ids(rows), this.worth_s()
    orders = to_lead(body=text, channels=this.channels, callback_ids=ids, mark=mark, expires_in_s=worth_s)
    enqueue(this.session, this.now, *orders)
