"""Queries of the callback pages: counts, callbacks without an owner, and the calls and messages of a callback."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import TO_RING, UNCLOSED, Callback
from callcenter.callbacks.under_way import is_under_way
from callcenter.calls.call import Call
from callcenter.calls.records import Voicemail
from callcenter.directory.records import Contact

# A callback is at risk for this long before it is due.
RISK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CallbackCounts:
    """Counts of callbacks that are not closed. at_risk: due within RISK; untold: a message to the owner failed for
    good; next_due: the earliest due time ahead (UTC).

    A callback that waits only for a message to be heard counts in `open` and `unowned`, but not as overdue, at risk or
    due."""

    open: int
    overdue: int
    at_risk: int
    unowned: int
    untold: int
    next_due: datetime | None


def callback_counts(
    session: Session, now: datetime, owner: str | None = None, reason: str | None = None
) -> CallbackCounts:
    """The counts of all callbacks, or of one owner's or with one reason, by one SQL statement. `unowned` is never one
    owner's."""
    due_at = Callback.due_at
    theirs = (Callback.owner == owner,) if owner is not None else ()
    statement = select(
        func.count().filter(UNCLOSED, *theirs),
        func.count().filter(TO_RING, due_at < now, ~is_under_way(now), *theirs),
        func.count().filter(TO_RING, due_at >= now, due_at < now + RISK, *theirs),
        func.count().filter(Callback.owner.is_(None)),
        func.count().filter(Callback.untold_at.is_not(None), *theirs),
        func.min(due_at).filter(TO_RING, due_at >= now, *theirs),
    ).where(UNCLOSED)
    if reason is not None:
        statement = statement.where(Callback.reason == reason)
    count, overdue, at_risk, unowned, untold, next_due = session.execute(statement).one()
    return CallbackCounts(count, overdue, at_risk, unowned, untold, next_due)


def calls_behind(session: Session, callback_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """The calls that made a callback or joined it, newest first: id, received_at, outcome, state, wait_s."""
    statement = (
        select(Call.id, Call.received_at, Call.outcome, Call.state, Call.wait_s)
        .where(Call.callback_id == callback_id)
        .order_by(Call.received_at.desc())
    )
    return session.execute(statement).all()


def voicemails_of(session: Session, callback_ids: Sequence[int]) -> dict[int, list[Voicemail]]:
    """The messages left for each of these callbacks, newest first, without their sound; one SQL statement."""
    found: dict[int, list[Voicemail]] = {}
    if callback_ids:
        statement = (
            select(Call.callback_id, Voicemail)
            .join(Voicemail, Voicemail.id == Call.voicemail_id)
            .where(Call.callback_id.in_(callback_ids))
            .order_by(Voicemail.received_at.desc())
        )
        for callback_id, voicemail in session.execute(statement):
            found.setdefault(callback_id or 0, []).append(voicemail)
    return found


def school_of(session: Session, contact_id: int | None) -> str | None:
    """The DUO code of a contact, or None when it is no school."""
    if contact_id is None:
        return None
    return session.scalar(select(Contact.duo_code).where(Contact.id == contact_id))
