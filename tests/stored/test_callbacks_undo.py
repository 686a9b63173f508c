"""A deed on a callback is taken back exactly, once, by the rules of promises, and not over a colleague's change."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.records import AuditEvent
from callcenter.callbacks import verbs
from callcenter.callbacks.changes import ChangedMeanwhile
from callcenter.callbacks.records import Callback, CallbackAttempt, PromisedTime
from callcenter.callbacks.undo import take_back, watched
from callcenter.clock import VirtualClock
from callcenter.errors import IllegalTransition
from callcenter.storage.base import Base
from schedules import callbacks
from tests.support.postgresql import binaries
from tests.support.promises import a_rota, at, orders, promised, stored, total
from tests.support.racing import race

NOW = at("8 08:00")
SOON = NOW + timedelta(seconds=8)
ROTA = a_rota()
Sessions = sessionmaker[Session]
Deed = Callable[[Session, int], object]


def _report(result: str, session: Session, this: int) -> object:
    return verbs.record_attempt(session, ROTA, this, result, "lead", NOW)


DEEDS: dict[str, Deed] = {
    "hand_over": lambda session, this: verbs.hand_over(session, this, "BRA", "lead", NOW),
    "to_nobody": lambda session, this: verbs.hand_over(session, this, None, "lead", NOW),
    "due": lambda session, this: verbs.set_due(session, ROTA, this, at("8 11:00"), "lead", NOW),
    "appoint": lambda session, this: verbs.appoint(session, ROTA, this, at("9 08:15"), "lead", NOW),
    "cancel": lambda session, this: verbs.cancel(session, this, "dubbel", "lead", NOW),
    "note": lambda session, this: verbs.note(session, this, "belde al", "lead", NOW),
    **{result: partial(_report, result) for result in ("reached", "no_answer", "voicemail", "wrong_number")},
}


def everything(office: Sessions, callback_id: int) -> list[tuple[Any, ...]]:
    """The rows of a callback, its attempts and its promised times, without their ids."""
    with office() as session:
        rows: list[Base] = [session.get_one(Callback, callback_id)]
        rows += session.scalars(select(CallbackAttempt).where(CallbackAttempt.callback_id == callback_id))
        rows += session.scalars(select(PromisedTime).where(PromisedTime.callback_id == callback_id))
        return [tuple(getattr(row, column.key) for column in inspect(type(row)).columns) for row in rows]


def do(office: Sessions, callback_id: int, deed: Deed, name: str = "deed") -> dict[str, Any]:
    with office.begin() as session:
        with watched(session, callback_id, name) as found:
            deed(session, callback_id)
        assert found.part is not None
        return found.part


def undo(office: Sessions, part: dict[str, Any], now: Any = SOON) -> None:
    with office.begin() as session:
        take_back(session, part, "lead", now)


def test_a_deed_taken_back_leaves_everything_as_it_was(office: Sessions, callback_id: int) -> None:
    before = everything(office, callback_id)
    for name, deed in DEEDS.items():
        part = do(office, callback_id, deed, name)
        assert everything(office, callback_id) != before, name
        undo(office, part)
        assert everything(office, callback_id) == before, name
        with office() as session:
            last = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
        assert (last.action, last.subject) == ("callback_undone", f"callback:{callback_id}")
        assert last.detail == {"deed": name}
    closed = total(office, "callcenter_callbacks_closed_total")
    assert closed == total(office, "callcenter_callbacks_reopened_total") > 0


def test_opening_it_again_is_taken_back_too(office: Sessions, callback_id: int) -> None:
    do(office, callback_id, DEEDS["cancel"])
    before = everything(office, callback_id)
    part = do(office, callback_id, lambda session, this: verbs.reopen(session, ROTA, this, "lead", NOW))
    undo(office, part)
    assert everything(office, callback_id) == before
    closed = total(office, "callcenter_callbacks_closed_total", result="cancelled")
    assert closed - total(office, "callcenter_callbacks_reopened_total") == 1


@pytest.mark.parametrize("name", ["hand_over", "cancel", "no_answer"])
def test_a_colleagues_change_stays(office: Sessions, callback_id: int, name: str) -> None:
    part = do(office, callback_id, DEEDS[name])
    with office.begin() as session:
        verbs.note(session, callback_id, "van een collega", "colleague", NOW)
    before = everything(office, callback_id)
    with pytest.raises(ChangedMeanwhile):
        undo(office, part)
    assert everything(office, callback_id) == before


def test_it_is_taken_back_once(office: Sessions, callback_id: int) -> None:
    part = do(office, callback_id, DEEDS["hand_over"])
    undo(office, part)
    with pytest.raises(ChangedMeanwhile):
        undo(office, part)


def test_of_two_open_callbacks_of_one_caller_the_undo_makes_none(office: Sessions, callback_id: int) -> None:
    part = do(office, callback_id, DEEDS["cancel"])
    again = promised(office, NOW)
    assert again.id != callback_id
    with pytest.raises(IllegalTransition):
        undo(office, part)


def test_a_promise_that_passed_while_it_was_cancelled_is_broken(office: Sessions, callback_id: int) -> None:
    due = stored(office, callback_id).due_at
    with office.begin() as session, watched(session, callback_id, "cancel") as found:
        verbs.cancel(session, callback_id, "dubbel", "lead", due - timedelta(seconds=2))
    assert found.part is not None
    undo(office, found.part, due + timedelta(seconds=2))
    assert stored(office, callback_id).late is True


def test_the_owner_is_told_once_of_a_callback_that_went_away_and_came_back(office: Sessions, callback_id: int) -> None:
    def remind(now: Any) -> int:
        callbacks.run(office, VirtualClock(now), public_url="https://rbl.example")
        return len(orders(office, "notify_sms"))

    first = remind(NOW + timedelta(minutes=2))
    assert first == 1
    with office.begin() as session, watched(session, callback_id, "hand_over") as found:
        verbs.hand_over(session, callback_id, "BRA", "lead", NOW + timedelta(minutes=3))
    assert found.part is not None
    undo(office, found.part, NOW + timedelta(minutes=3, seconds=9))
    assert remind(NOW + timedelta(minutes=10)) == first


@pytest.mark.postgres
@pytest.mark.skipif(binaries() is None, reason="PostgreSQL is not installed")
def test_an_undo_and_a_colleague_who_come_at_once_do_not_mix(office: Sessions, callback_id: int) -> None:
    for turn in range(6):
        part = do(office, callback_id, lambda session, this: verbs.hand_over(session, this, "BRA", "lead", NOW))

        def taken_back(part: dict[str, Any] = part) -> bool:
            try:
                undo(office, part)
            except ChangedMeanwhile:
                return False
            return True

        def moved(turn: int = turn) -> bool:
            with office.begin() as session:
                verbs.note(session, callback_id, f"van een collega, {turn}", "colleague", NOW)
            return True

        undone, _ = race(taken_back, moved)
        now = stored(office, callback_id)
        # The colleague's note is there in both orders; the hand-over was taken back only before it.
        assert (now.note, now.owner) == (f"van een collega, {turn}", "AIS" if undone else "BRA")
        with office.begin() as session:
            verbs.hand_over(session, callback_id, "AIS", "lead", NOW)
