"""A call that nobody answers ends in a message or a callback with a promised time."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.standin.people.scripts import hang_up, press
from tests.support.town import SCHOOL, MakeTown

EVENING = datetime(2027, 6, 8, 18, 0, tzinfo=UTC)


def test_nobody_answering_takes_a_message_and_makes_a_callback_within_the_promised_time(a_town: MakeTown) -> None:
    town = a_town()
    caller = town.somebody().dials("+31858880000", message=8)
    town.live()

    call = town.call()
    (callback,) = town.callbacks()
    assert (call.outcome, callback.reason, callback.number) == ("voicemail", "voicemail", SCHOOL)
    assert callback.due_at == callback.created_at + timedelta(minutes=120)
    assert call.promised_at is not None
    assert callback.due_at <= call.promised_at
    assert "vandaag vóór" in town.heard(caller)
    assert callback.owner in ("AIS", "BRA", "CEM")


def test_staying_silent_to_the_end_is_a_missed_call_with_a_callback(a_town: MakeTown) -> None:
    town = a_town()
    town.somebody().dials("+31858880000")
    town.live()

    assert town.call().outcome == "missed"
    assert [callback.reason for callback in town.callbacks()] == ["missed"]


@pytest.mark.parametrize("patience_s", [3, 6.3, 12, 19.9])
def test_hanging_up_while_waiting_is_abandoned_with_a_callback_and_frees_everybody(
    a_town: MakeTown, patience_s: float
) -> None:
    town = a_town()
    town.somebody().dials("+31858880000", patience=patience_s)
    town.live()

    call = town.call()
    assert call.outcome == "abandoned"
    assert call.wait_s == pytest.approx(patience_s, abs=0.2)
    assert call.counted is (patience_s > 5)
    assert [callback.reason for callback in town.callbacks()] == ["abandoned"]
    assert set(town.legs().values()) == {"cancelled"}


def test_pressing_1_while_waiting_is_noted_with_the_time_of_the_callback(a_town: MakeTown) -> None:
    town = a_town()
    caller = town.somebody().dials("+31858880000", script=[press("1", at_s=10)])
    town.live()

    assert town.call().outcome == "callback_requested"
    assert [callback.reason for callback in town.callbacks()] == ["requested"]
    assert "Genoteerd. U wordt vandaag vóór vijf over elf gebeld." in town.heard(caller)


def test_pressing_2_while_waiting_leaves_a_message(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.somebody().dials("+31858880000", script=[press("2", at_s=10)], message=9)
    town.live()

    assert town.call().outcome == "voicemail"
    assert [callback.reason for callback in town.callbacks()] == ["voicemail"]


def test_a_withheld_number_is_asked_for_and_rung_back(a_town: MakeTown) -> None:
    town = a_town()
    steps = [press("0612345678#", when="heard:Toets uw nummer", after_s=8)]
    town.somebody(None).dials("+31858880000", script=steps)
    town.live()

    assert town.call().outcome == "callback_requested"
    assert [callback.number for callback in town.callbacks()] == ["+31612345678"]


def test_a_call_after_hours_hears_when_we_are_back_and_is_rung_in_the_first_opened_hour(a_town: MakeTown) -> None:
    town = a_town(EVENING)
    caller = town.somebody().dials("+31858880000", patience=5)
    town.live()

    call = town.call()
    (callback,) = town.callbacks()
    assert (call.outcome, call.in_hours, call.counted) == ("closed", False, False)
    assert "Morgen vanaf half negen zijn we er weer" in town.heard(caller)
    assert callback.due_at == datetime(2027, 6, 9, 7, 30, tzinfo=UTC)


def test_a_second_call_joins_the_open_callback(a_town: MakeTown) -> None:
    town = a_town()
    town.somebody().dials("+31858880000", patience=8)
    town.live()
    town.somebody().dials("+31858880000", patience=8)
    town.live()

    (callback,) = town.callbacks()
    assert callback.priority == 1
    assert {call.callback_id for call in town.calls()} == {callback.id}


def test_reaching_us_first_settles_the_callback(a_town: MakeTown) -> None:
    town = a_town()
    town.somebody().dials("+31858880000", patience=8)
    town.live()
    town.answers("AIS")
    town.somebody().dials("+31858880000", talks=30)
    town.live()

    assert [callback.state for callback in town.callbacks()] == ["resolved"]


def test_two_callers_and_one_consultant_never_ring_one_mobile_twice(a_town: MakeTown) -> None:
    town = a_town(on_duty=("AIS",))
    town.answers("AIS", after=6)
    town.somebody().dials("+31858880000", talks=30)
    town.somebody("+31201234567").dials("+31858880000", talks=10)
    town.live()

    assert [call.outcome for call in town.calls()] == ["answered", "answered"]
    assert town.standin.double_rings() == []


def test_hanging_up_while_being_connected_is_abandoned_and_the_consultant_is_let_go(a_town: MakeTown) -> None:
    town = a_town()
    town.answers("BRA")
    town.somebody().dials("+31858880000", script=[hang_up(when="heard:verbind u door", after_s=0.3)])
    town.live(tail_s=10)

    assert (town.call().outcome, town.call().answered_by) == ("abandoned", None)
    assert [callback.reason for callback in town.callbacks()] == ["abandoned"]
    assert town.mobile("BRA").is_free
    assert town.standin.double_rings() == []
