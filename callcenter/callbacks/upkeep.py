"""Which promises need another hand? Attempts without an end, results nobody told, owners who are gone."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.callbacks.attempt_calls import end, held
from callcenter.callbacks.attempts import ASK_FOR, CONFIRM_WITHIN, settle
from callcenter.callbacks.promise import circumstances
from callcenter.callbacks.records import UNCLOSED, Callback, CallbackAttempt
from callcenter.callbacks.rows import away
from callcenter.callbacks.rules import candidates, choose_owner, must_move
from callcenter.rota.hours import is_open
from callcenter.rota.model import Rota
from callcenter.storage.base import instant
from callcenter.storage.statements import Prepared

BY_THE_CLOCK = "clock"


# Built once: asked every few seconds.
_LOST = Prepared(
    select(CallbackAttempt.id)
    .where(
        or_(
            and_(CallbackAttempt.ended_at.is_(None), CallbackAttempt.expires_at <= instant("now")),
            and_(
                CallbackAttempt.result.is_(None),
                CallbackAttempt.suggested.is_not(None),
                CallbackAttempt.started_at > instant("begun_after"),
                CallbackAttempt.ended_at <= instant("ended_by"),
            ),
        )
    )
    .order_by(CallbackAttempt.id)
)


def lost(session: Session, now: datetime) -> Sequence[int]:
    """Attempts whose last event never came, and those whose result nobody told."""
    values = {"now": now, "begun_after": now - CONFIRM_WITHIN, "ended_by": now - ASK_FOR}
    return [attempt_id for (attempt_id,) in _LOST(session.connection(), values)]


def end_lost(session: Session, rota: Rota, now: datetime) -> int:
    """End attempts whose last event never came, and take the results nobody told. Returns how many."""
    found = lost(session, now)
    for attempt_id in found:
        callback, attempt = held(session, attempt_id)
        end(session, rota, callback, attempt, now)
        settle(session, rota, callback, attempt, now)
        session.flush()
    return len(found)


def give_out(session: Session, rota: Rota, now: datetime) -> int:
    """Give promises to somebody who can keep them: nobody's, and those of owners off duty until after the due time.

    Only while the line is open; one that is being called now stays where it is. Returns how many were given.
    """
    if not is_open(rota, now):
        return 0
    moved = 0
    for callback in without_a_hand(session, rota, now, away(session, now)):
        there_is = circumstances(session, now)
        possible = candidates(rota, now, max(now, callback.due_at), there_is.away)
        new = choose_owner(callback.preferred, possible, there_is.held, there_is.last_given)
        if new is not None and new != callback.owner:
            moved += _give(session, callback, new, now)
    return moved


def anything_to_give(session: Session, rota: Rota, now: datetime) -> bool:
    """Whether `give_out` would find anything: asked in a transaction that only reads, so that it holds nobody up."""
    return is_open(rota, now) and bool(without_a_hand(session, rota, now, away(session, now)))


def without_a_hand(session: Session, rota: Rota, now: datetime, gone: Collection[str]) -> list[Callback]:
    """The promises that nobody has who can keep them."""
    being_made = (
        select(CallbackAttempt.id)
        .where(CallbackAttempt.callback_id == Callback.id, CallbackAttempt.ended_at.is_(None))
        .exists()
    )
    live = session.scalars(select(Callback).where(UNCLOSED, ~being_made).order_by(Callback.due_at, Callback.id))
    moves: dict[tuple[str, datetime], bool] = {}
    found = []
    for callback in live:
        if callback.owner is not None:
            key = callback.owner, max(now, callback.due_at)
            if key not in moves:
                moves[key] = must_move(rota, *_asked(key, now), gone)
            if not moves[key]:
                continue
        found.append(callback)
    return found


def _asked(key: tuple[str, datetime], now: datetime) -> tuple[str, datetime, datetime]:
    return key[0], now, key[1]


def _give(session: Session, callback: Callback, new: str, now: datetime) -> int:
    """Only if it is still as it was read: unclosed, and the same person's. Returns how many rows that was."""
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
        )
        .returning(Callback.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if given is None:
        return 0
    audit(session, now, BY_THE_CLOCK, "callback_given", f"callback:{callback.id}", owner=new, before=callback.owner)
    return 1
