"""One press: the consultant's mobile rings, then, after a key, the caller's; and the effects of both legs' events."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks import attempt_events, one_press, promises, verbs
from callcenter.callbacks.one_press import DAILY_PER_NUMBER, DiallingRefused, why_refused
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.lines.records import BlockedNumber
from callcenter.presence.records import ConsultantState
from callcenter.rota.model import Limits
from tests.support.promises import (
    LINE,
    MOBILES,
    OTHER_SCHOOL,
    SCHOOL,
    a_rota,
    at,
    orders,
    stored,
    total,
)
from tests.support.racing import race

NOW = at("8 08:00")
ROTA = a_rota()
Sessions = sessionmaker[Session]


def press(office: Sessions, callback_id: int, consultant: str = "AIS", now: datetime = NOW) -> int:
    with office.begin() as session:
        return one_press.press(session, ROTA, callback_id, consultant, now, consultant).id


def the_attempt(office: Sessions, attempt_id: int) -> CallbackAttempt:
    with office() as session:
        return session.get_one(CallbackAttempt, attempt_id)


def the_state(office: Sessions, code: str = "AIS") -> ConsultantState:
    with office() as session:
        return session.get_one(ConsultantState, code)


def accepted(office: Sessions, callback_id: int, now: datetime = NOW) -> int:
    """A press, and the key that rings the caller. Returns the attempt's id."""
    attempt_id = press(office, callback_id, now=now)
    with office.begin() as session:
        attempt_events.leg_created(session, attempt_id, f"CA{attempt_id}", now)
        one_press.screen(session, attempt_id, f"CA{attempt_id}", now)
        assert one_press.accept(session, ROTA, attempt_id, f"CA{attempt_id}", now) is not None
    return attempt_id


def over(office: Sessions, attempt_id: int, now: datetime, status: str = "completed") -> None:
    with office.begin() as session:
        attempt_events.consultant_event(session, ROTA, attempt_id, f"CA{attempt_id}", status, now)


def dial_over(office: Sessions, attempt_id: int, status: str, talk_s: float | None, now: datetime) -> None:
    with office.begin() as session:
        attempt_events.dial_ended(session, ROTA, attempt_id, status, talk_s, now)


def test_a_press_claims_the_callback_and_the_consultant_and_orders_one_call(office: Sessions, callback_id: int) -> None:
    attempt_id = press(office, callback_id)
    assert stored(office, callback_id).state == "claimed"
    assert the_state(office).reserved_for == f"callback:{callback_id}"
    assert orders(office, "callback_leg") == [{"attempt_id": attempt_id, "to": MOBILES["AIS"], "from": LINE}]


def test_a_second_press_while_it_rings_does_nothing(office: Sessions, callback_id: int) -> None:
    assert press(office, callback_id) == press(office, callback_id)
    assert press(office, callback_id, "BRA") == press(office, callback_id)
    assert len(orders(office, "callback_leg")) == 1
    assert stored(office, callback_id).owner == "AIS"


def test_presses_racing_order_one_call(office: Sessions, callback_id: int) -> None:
    pressed = race(*[partial(press, office, callback_id)] * 4)
    assert len(pressed) == 4
    assert len(set(pressed)) == 1
    assert len(orders(office, "callback_leg")) == 1


def test_the_caller_is_dialled_only_after_the_key_and_with_the_lines_number(office: Sessions, callback_id: int) -> None:
    attempt_id = press(office, callback_id)
    with office.begin() as session:
        screening = one_press.screen(session, attempt_id, "CA1", NOW)
        assert screening is not None
        assert (screening.name, screening.place, screening.reason) == ("obs De Wegwijzer", "Dordrecht", "missed")
    assert the_attempt(office, attempt_id).dialled_at is None
    with office.begin() as session:
        dialled = one_press.accept(session, ROTA, attempt_id, "CA1", NOW)
        assert dialled is not None
        assert (dialled.number, dialled.line_number) == (SCHOOL, LINE)
        assert one_press.accept(session, ROTA, attempt_id, "CA1", NOW) == dialled  # the request came again


def test_nobody_pressing_leaves_no_attempt_at_the_caller(office: Sessions, callback_id: int) -> None:
    attempt_id = press(office, callback_id)
    with office.begin() as session:
        attempt_events.leg_created(session, attempt_id, f"CA{attempt_id}", NOW)
        one_press.screen(session, attempt_id, f"CA{attempt_id}", NOW)
    over(office, attempt_id, NOW + timedelta(seconds=20))
    over(office, attempt_id, NOW + timedelta(seconds=20))
    attempt = the_attempt(office, attempt_id)
    assert (attempt.result, attempt.dialled_at) == ("not_made", None)
    callback = stored(office, callback_id)
    assert (callback.state, callback.attempts) == ("claimed", 0)
    assert the_state(office).reserved_for is None
    assert press(office, callback_id, now=NOW + timedelta(minutes=1)) != attempt_id


def test_a_talk_closes_the_callback_as_reached_once_though_everything_comes_twice(
    office: Sessions, callback_id: int
) -> None:
    attempt_id = accepted(office, callback_id)
    end = NOW + timedelta(minutes=3)
    for _ in range(2):
        with office.begin() as session:
            attempt_events.caller_event(session, ROTA, attempt_id, "CA-caller", "in-progress", None, NOW)
    assert the_state(office).talking_since is not None
    for _ in range(2):
        dial_over(office, attempt_id, "completed", 140, end)
        with office.begin() as session:
            attempt_events.caller_event(session, ROTA, attempt_id, "CA-caller", "completed", 140, end)
        over(office, attempt_id, end)
    callback = stored(office, callback_id)
    assert (callback.state, callback.attempts, callback.closed_in_time) == ("reached", 1, True)
    assert total(office, "callcenter_callbacks_closed_total") == 1
    state = the_state(office)
    assert (state.reserved_for, state.wrap_up_until) == (None, end + timedelta(seconds=60))


def test_the_end_before_the_dials_report_gives_the_same(office: Sessions, callback_id: int) -> None:
    attempt_id = accepted(office, callback_id)
    end = NOW + timedelta(minutes=3)
    over(office, attempt_id, end)
    assert stored(office, callback_id).state == "claimed"
    dial_over(office, attempt_id, "completed", 140, end)
    assert stored(office, callback_id).state == "reached"


def test_a_lost_report_of_the_dial_is_made_up_for_by_the_callers_leg(office: Sessions, callback_id: int) -> None:
    attempt_id = accepted(office, callback_id)
    end = NOW + timedelta(minutes=3)
    with office.begin() as session:
        attempt_events.caller_event(session, ROTA, attempt_id, "CA-caller", "completed", 140, end)
    over(office, attempt_id, end)
    assert stored(office, callback_id).state == "reached"


def test_no_answer_is_an_attempt_and_the_promise_moves(office: Sessions, callback_id: int) -> None:
    attempt_id = accepted(office, callback_id)
    end = NOW + timedelta(seconds=32)
    dial_over(office, attempt_id, "no-answer", None, end)
    over(office, attempt_id, end)
    callback = stored(office, callback_id)
    assert (callback.state, callback.attempts) == ("claimed", 1)
    assert callback.next_attempt_at == end + timedelta(hours=1)


def test_a_talk_too_short_to_tell_waits_for_somebodys_word(office: Sessions, callback_id: int) -> None:
    attempt_id = accepted(office, callback_id)
    end = NOW + timedelta(seconds=30)
    dial_over(office, attempt_id, "completed", 8, end)
    over(office, attempt_id, end)
    assert the_attempt(office, attempt_id).result is None
    with office.begin() as session:
        verbs.record_attempt(session, ROTA, callback_id, "voicemail", "AIS", end + timedelta(minutes=1))
    attempt = the_attempt(office, attempt_id)
    assert (attempt.result, attempt.suggested) == ("voicemail", "unclear")
    assert stored(office, callback_id).attempts == 1


def test_a_tap_corrects_what_the_call_suggested(office: Sessions, callback_id: int) -> None:
    attempt_id = accepted(office, callback_id)
    end = NOW + timedelta(minutes=1)
    dial_over(office, attempt_id, "completed", 45, end)
    over(office, attempt_id, end)
    assert stored(office, callback_id).state == "reached"
    with office.begin() as session:
        verbs.record_attempt(session, ROTA, callback_id, "voicemail", "AIS", end + timedelta(minutes=1))
    callback = stored(office, callback_id)
    assert (callback.state, callback.attempts, callback.closed_at) == ("claimed", 1, None)
    with office() as session:
        assert session.scalars(select(CallbackAttempt.result)).all() == ["voicemail"]


def test_confirming_what_the_call_suggested_changes_nothing(office: Sessions, callback_id: int) -> None:
    attempt_id = accepted(office, callback_id)
    end = NOW + timedelta(minutes=1)
    dial_over(office, attempt_id, "completed", 45, end)
    over(office, attempt_id, end)
    with office.begin() as session:
        verbs.record_attempt(session, ROTA, callback_id, "reached", "AIS", end)
    assert stored(office, callback_id).attempts == 1
    assert total(office, "callcenter_callbacks_closed_total") == 1


def test_a_consultant_on_a_call_is_not_rung(office: Sessions, callback_id: int) -> None:
    with office.begin() as session:
        session.add(ConsultantState(code="AIS", reserved_for="CA9", reserved_until=NOW + timedelta(minutes=1)))
    with office.begin() as session, pytest.raises(DiallingRefused) as refused:
        one_press.press(session, ROTA, callback_id, "AIS", NOW, "AIS")
    assert refused.value.reason == "on_call"
    assert orders(office, "callback_leg") == []
    assert press(office, callback_id, now=NOW + timedelta(minutes=1))  # the claim has expired by then


def test_a_closed_callback_is_not_called(office: Sessions, callback_id: int) -> None:
    with office.begin() as session:
        verbs.close_reached(session, callback_id, "AIS", NOW)
    with office.begin() as session, pytest.raises(DiallingRefused) as refused:
        one_press.press(session, ROTA, callback_id, "AIS", NOW, "AIS")
    assert refused.value.reason == "closed"


def test_the_caller_reaching_us_while_the_mobile_rings_stops_it(office: Sessions, callback_id: int) -> None:
    attempt_id = press(office, callback_id)
    with office.begin() as session:
        attempt_events.leg_created(session, attempt_id, "CA1", NOW)
        later = NOW + timedelta(minutes=1)
        promises.resolve_by_call(session, SCHOOL, later, came_in_at=later, answered_by="BRA")
        assert one_press.screen(session, attempt_id, "CA1", NOW) is None
        assert one_press.accept(session, ROTA, attempt_id, "CA1", NOW) is None
    assert orders(office, "callback_stop") == [{"sid": "CA1"}]


def test_a_lost_last_event_frees_by_time(office: Sessions, callback_id: int) -> None:
    attempt_id = press(office, callback_id)
    later = the_attempt(office, attempt_id).expires_at
    again = press(office, callback_id, now=later)
    assert again != attempt_id
    assert the_attempt(office, attempt_id).result == "not_made"


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (None, "withheld"),
        (LINE, "own"),
        ("+31900123456", "premium"),
        ("+390612345678", "country"),
        ("+881631234567", "satellite"),
        ("+31112", "invalid"),
        ("+3114030", "own_telephone"),
        ("+31880009600", None),
        (SCHOOL, None),
    ],
)
def test_which_numbers_are_never_dialled(office: Sessions, number: str | None, reason: str | None) -> None:
    with office() as session:
        assert why_refused(session, ROTA, number, NOW) == reason


def test_a_blocked_number_is_refused_until_its_block_ends(office: Sessions) -> None:
    with office.begin() as session:
        until = NOW + timedelta(days=1)
        session.add(BlockedNumber(number=OTHER_SCHOOL, reason="hinder", until=until, created_at=NOW, created_by="lead"))
    with office() as session:
        assert why_refused(session, ROTA, OTHER_SCHOOL, NOW) == "blocked"
        assert why_refused(session, ROTA, OTHER_SCHOOL, until) is None


def test_when_as_many_callers_were_rung_as_an_hour_allows_nobody_is_rung(office: Sessions, callback_id: int) -> None:
    rota = replace(ROTA, policy=replace(ROTA.policy, limits=Limits(callers_rung=1)))
    accepted(office, callback_id, NOW)
    with office() as session:
        assert why_refused(session, rota, OTHER_SCHOOL, NOW + timedelta(minutes=59)) == "limit"
        assert why_refused(session, ROTA, OTHER_SCHOOL, NOW + timedelta(minutes=59)) is None
        assert why_refused(session, rota, OTHER_SCHOOL, NOW + timedelta(minutes=61)) is None


def test_one_number_is_not_rung_again_and_again_on_one_day(office: Sessions, callback_id: int) -> None:
    now = NOW
    for _ in range(DAILY_PER_NUMBER):
        now += timedelta(minutes=2)
        attempt_id = accepted(office, callback_id, now)
        dial_over(office, attempt_id, "canceled", None, now + timedelta(seconds=3))
        over(office, attempt_id, now + timedelta(seconds=4))
    with office() as session:
        assert session.get_one(Callback, callback_id).attempts == 0
        assert why_refused(session, ROTA, SCHOOL, now) == "too_often"
        assert why_refused(session, ROTA, SCHOOL, at("9 08:00")) is None
