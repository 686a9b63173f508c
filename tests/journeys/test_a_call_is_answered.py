"""A school rings and reaches a colleague."""

import pytest

from callcenter.standin.people.scripts import PhoneScript, hang_up, press
from tests.support.town import MakeTown


def test_the_first_who_presses_1_is_connected_and_the_others_stop_ringing(a_town: MakeTown) -> None:
    town = a_town()
    town.answers("BRA", after=4)
    caller = town.somebody().dials("+31858880000", talks=60)
    town.live()

    call = town.call()
    assert (call.outcome, call.answered_by, call.group) == ("answered", "BRA", "school")
    assert town.legs() == {"AIS": "cancelled", "BRA": "accepted", "CEM": "cancelled"}
    assert call.talk_s == pytest.approx(60, abs=5)
    assert "Goedemorgen openbare basisschool De Wegwijzer, u belt met het RBL." in town.heard(caller)
    assert town.callbacks() == []
    assert town.standin.alerts == []


def test_a_personal_voicemail_that_picks_up_at_once_neither_counts_nor_stops_the_others(a_town: MakeTown) -> None:
    town = a_town()
    town.mobile("AIS").voicemail_after(0)
    town.mobile("BRA").voicemail_after(5)
    town.answers("CEM", after=14)
    town.somebody().dials("+31858880000", talks=30)
    town.live()

    assert town.call().answered_by == "CEM"
    assert town.legs()["AIS"] == "voicemail"


def test_two_who_press_1_within_fifty_milliseconds_give_one_connection(a_town: MakeTown) -> None:
    town = a_town()
    town.answers("AIS", after=4, press_after=2)
    town.answers("BRA", after=4, press_after=2.05)
    town.somebody().dials("+31858880000", talks=30)
    town.live()

    assert town.call().answered_by == "AIS"
    assert town.legs()["BRA"] == "too_late"
    late = town.mobile("BRA").calls[-1]
    assert "Een collega was je voor" in " ".join(entry.text for entry in late.heard)
    assert late.first_talk_at is None


def test_a_wrong_key_is_asked_again_and_the_right_one_then_counts(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.mobile("AIS").follows(PhoneScript(steps=(press("5", at_s=2), press("1", at_s=6)), talk_s=30))
    town.somebody().dials("+31858880000", talks=60)
    town.live()

    assert town.call().answered_by == "AIS"


def test_two_wrong_keys_are_a_refusal_and_the_next_colleague_is_rung(a_small_town: MakeTown) -> None:
    policy = '[[hunt.tier]]\nname = "anyone"\nwho = "anyone"\nring_s = 30\nat_once = 1\n'
    town = a_small_town(policy=policy, on_duty=("AIS", "BRA"))
    for code in ("AIS", "BRA"):
        town.mobile(code).follows(PhoneScript(steps=(press("5", at_s=2), press("5", at_s=6))))
    town.somebody().dials("+31858880000")
    town.live()

    assert town.legs() == {"AIS": "declined", "BRA": "declined"}
    assert town.call().outcome == "missed"


def test_a_consultant_who_is_gone_before_the_talk_starts_the_hunt_anew(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.mobile("BRA").follows(PhoneScript(after_s=4, steps=(press("1", at_s=2), hang_up(at_s=2.2))))
    town.mobile("CEM").follows(PhoneScript(after_s=9, steps=(press("1", at_s=2),), talk_s=30))
    town.somebody().dials("+31858880000", talks=60)
    town.live()

    assert (town.call().outcome, town.call().answered_by) == ("answered", "CEM")


def test_when_rest_fails_the_caller_rings_one_colleague_after_the_other(a_town: MakeTown) -> None:
    from callcenter.standin.faults import FaultRule

    town = a_town(faults=(FaultRule("rest_error", kind="create-call", status=500),))
    town.mobile("AIS").voicemail_after(2)
    town.answers("BRA")
    town.answers("CEM")
    caller = town.somebody().dials("+31858880000", talks=30)
    town.live(tail_s=120)

    assert town.call().outcome == "answered"
    assert town.call().answered_by in ("BRA", "CEM")
    assert caller.call.first_talk_at is not None
    assert town.standin.double_rings() == []


def test_when_the_redirect_fails_the_next_turn_of_waiting_connects(a_small_town: MakeTown) -> None:
    from callcenter.standin.faults import FaultRule

    town = a_small_town(faults=(FaultRule("rest_error", kind="update-call", status=500),))
    town.answers("BRA")
    caller = town.somebody().dials("+31858880000", talks=30)
    town.live()

    call = town.call()
    assert call.outcome == "answered"
    assert call.connected_at is not None
    assert call.accepted_at is not None
    # One hold turn: the prompt, four seconds of ring tone and one second for a key.
    assert (call.connected_at - call.accepted_at).total_seconds() < 13
    assert caller.call.first_talk_at is not None


@pytest.mark.parametrize("talk_s", [3.2, 4])
def test_a_caller_who_hangs_up_three_seconds_after_being_connected_was_answered(
    a_small_town: MakeTown, talk_s: float
) -> None:
    town = a_small_town()
    town.answers("BRA")
    town.somebody().dials("+31858880000", talks=talk_s)
    town.live()

    assert (town.call().outcome, town.call().answered_by) == ("answered", "BRA")
    assert town.legs()["BRA"] == "accepted"
    assert town.callbacks() == []
