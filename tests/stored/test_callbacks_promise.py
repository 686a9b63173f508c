"""A stored promise: one per line and number, joined by repeated calls, resolved when the caller reached us."""

import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks import promises, verbs
from callcenter.callbacks.records import Callback
from callcenter.errors import InvalidInput
from callcenter.presence.records import ConsultantState
from tests.support.promises import LINE, OTHER_SCHOOL, SCHOOL, a_rota, at, facts, promised, stored, total
from tests.support.racing import race

NOW = at("8 08:00")
Sessions = sessionmaker[Session]


def test_an_unanswered_call_becomes_a_promise_with_a_time_and_an_owner(office: Sessions) -> None:
    callback = stored(office, promised(office, NOW, reason="missed").id)
    assert (callback.state, callback.reason, callback.due_at) == ("open", "missed", at("8 09:00"))
    assert callback.owner == "AIS"
    assert total(office, "callcenter_callbacks_created_total") == 1


def test_owners_take_turns(office: Sessions) -> None:
    numbers = [f"+3178614000{n}" for n in range(1, 5)]
    owners = [promised(office, NOW + timedelta(minutes=n), number).owner for n, number in enumerate(numbers)]
    assert owners == ["AIS", "BRA", "AIS", "BRA"]


def test_the_callers_own_consultant_is_the_owner_when_on_duty(office: Sessions) -> None:
    assert promised(office, NOW, preferred="BRA").owner == "BRA"
    assert promised(office, NOW, OTHER_SCHOOL, preferred="CEM").owner != "CEM"  # on duty in the afternoon only


def test_who_is_away_today_gets_nothing_new(office: Sessions) -> None:
    with office.begin() as session:
        session.add(ConsultantState(code="AIS", presence="away", presence_until=at("8 22:00")))
    assert promised(office, NOW, preferred="AIS").owner == "BRA"


def test_out_of_hours_it_goes_to_somebody_who_opens_the_line(office: Sessions) -> None:
    callback = promised(office, at("8 18:00"), reason="closed", preferred="BRA")
    assert (callback.owner, callback.due_at) == ("BRA", at("9 07:30"))


def test_a_second_call_joins_the_open_promise(office: Sessions) -> None:
    first = promised(office, NOW, reason="abandoned")
    second = promised(office, NOW + timedelta(minutes=10), reason="voicemail")
    assert second.id == first.id
    joined = stored(office, first.id)
    assert (joined.reason, joined.priority, joined.due_at) == ("voicemail", 1, at("8 09:00"))
    assert total(office, "callcenter_callbacks_created_total") == 1


def test_who_rings_again_between_attempts_is_tried_at_once(office: Sessions) -> None:
    callback = promised(office, NOW)
    with office.begin() as session:
        verbs.record_attempt(session, a_rota(), callback.id, "no_answer", "BRA", NOW)
    promised(office, NOW + timedelta(minutes=10))
    again = stored(office, callback.id)
    assert again.next_attempt_at is None
    assert again.due_at == at("8 09:10")


def test_after_a_closed_promise_a_new_call_is_a_new_one(office: Sessions) -> None:
    first = promised(office, NOW)
    with office.begin() as session:
        verbs.close_reached(session, first.id, "AIS", NOW)
    assert promised(office, NOW).id != first.id


@pytest.mark.parametrize("number", [LINE, "+3114030", "+31900123456", "+390612345678", "+881631234567"])
def test_a_number_that_we_do_not_dial_becomes_a_task_for_a_person(office: Sessions, number: str) -> None:
    callback = promised(office, NOW, number)
    assert (callback.number, callback.state, callback.owner) == (number, "open", "AIS")


def test_a_caller_without_number_or_message_leaves_nothing_to_do(office: Sessions) -> None:
    with office.begin() as session:
        assert promises.promise(session, a_rota(), facts(1, None, "missed"), NOW) is None


def test_a_message_is_always_listened_to_even_without_a_number(office: Sessions) -> None:
    first = promised(office, NOW, None, "voicemail")
    second = promised(office, NOW, None, "voicemail")
    assert first.id != second.id
    assert first.number is None


def test_the_time_that_the_line_named_is_kept(office: Sessions) -> None:
    assert promised(office, NOW, due_at=at("8 08:45")).due_at == at("8 08:45")


def test_the_caller_who_reaches_us_first_resolves_it(office: Sessions) -> None:
    callback = promised(office, NOW)
    later = NOW + timedelta(minutes=20)
    with office.begin() as session:
        helped: dict[str, Any] = {"came_in_at": NOW + timedelta(minutes=10), "answered_by": "AIS"}
        assert len(promises.resolve_by_call(session, SCHOOL, later, **helped)) == 1
        assert promises.resolve_by_call(session, SCHOOL, later, **helped) == []
    resolved = stored(office, callback.id)
    assert (resolved.state, resolved.closed_at, resolved.closed_in_time) == ("resolved", later, True)
    assert total(office, "callcenter_callbacks_closed_total") == 1
    assert total(office, "callcenter_callback_age_seconds_sum") == 1200


def test_one_made_by_hand_says_why_a_number_is_refused(office: Sessions) -> None:
    with office.begin() as session:
        with pytest.raises(InvalidInput, match="paid or short number") as refused:
            promises.promise_by_hand(session, a_rota(), facts(1, "+31900123456", "manual"), NOW, by="lead")
        assert refused.value.field == "number"
        made = promises.promise_by_hand(
            session, a_rota(), facts(1, reason="manual"), NOW, by="lead", text="over verlof"
        ).callback
        assert (made.reason, made.note, made.created_by) == ("manual", "over verlof", "lead")
        for number in ("+31881234567", "+3114030"):
            made = promises.promise_by_hand(session, a_rota(), facts(1, number, "manual"), NOW, by="lead").callback
            assert made.number == number


def test_two_workers_racing_make_one_promise(office: Sessions) -> None:
    callers, rounds = 4, 5
    for n in range(rounds):
        race(*[partial(promised, office, NOW, f"+3178614010{n}")] * callers)
    with office() as session:
        assert session.scalar(select(func.count()).select_from(Callback)) == rounds
        assert set(session.scalars(select(Callback.priority))) == {callers - 1}


def test_making_and_closing_in_a_race_leaves_at_most_one_open(office: Sessions) -> None:
    promised(office, NOW)
    failures: list[BaseException] = []

    def calls() -> None:
        try:
            for _ in range(15):
                promised(office, NOW)
        except BaseException as error:
            failures.append(error)
            raise

    def answers() -> None:
        try:
            for _ in range(15):
                with office.begin() as session:
                    later = NOW + timedelta(seconds=1)
                    promises.resolve_by_call(session, SCHOOL, later, came_in_at=later, answered_by="AIS")
        except BaseException as error:
            failures.append(error)
            raise

    workers = [threading.Thread(target=calls), threading.Thread(target=calls), threading.Thread(target=answers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failures
    with office() as session:
        live = session.scalars(select(Callback).where(Callback.state.in_(("open", "claimed")))).all()
        assert len(live) <= 1
