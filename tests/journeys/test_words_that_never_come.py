"""Lost events of Twilio: the sweep reads the state from Twilio's API, and claims and legs expire."""

from datetime import timedelta

import pytest

from callcenter.standin.faults import FaultRule
from callcenter.standin.people.scripts import PhoneScript, press
from tests.support.invariants import breaches
from tests.support.random_calls import ONE_BY_ONE
from tests.support.town import LINE, MakeTown

NO_WORD_OF_CALLERS = FaultRule("drop", kind="status")
NO_WORD_OF_LEGS = FaultRule("drop", kind="leg-status")


@pytest.mark.parametrize(("patience", "outcome"), [(3, "abandoned"), (12, "abandoned"), (27, "missed")])
def test_a_caller_who_left_unheard_is_missed_within_a_minute_and_a_half(
    a_town: MakeTown, patience: float, outcome: str
) -> None:
    town = a_town(faults=(NO_WORD_OF_CALLERS,))
    caller = town.somebody().dials(LINE, patience=patience)
    town.live(tail_s=90)

    call = town.call()
    assert call.outcome == outcome
    assert call.ended_at is not None
    assert caller.call.ended_at is not None
    assert abs(call.ended_at - caller.call.ended_at) < timedelta(seconds=1)  # by Twilio's timestamp
    assert len(town.callbacks()) == 1
    assert breaches(town) == []


def test_twilio_that_cannot_be_asked_is_asked_again(a_small_town: MakeTown) -> None:
    town = a_small_town(faults=(NO_WORD_OF_CALLERS, FaultRule("rest_error", kind="fetch-call", status=500)))
    town.somebody().dials(LINE, patience=12)
    town.live(tail_s=180)
    assert town.call().outcome is None

    town.standin.faults.clear()
    town.live(tail_s=60)
    assert town.call().outcome == "abandoned"
    assert breaches(town) == []


def test_a_busy_mobile_that_tells_nothing_does_not_hold_up_the_search(a_small_town: MakeTown) -> None:
    town = a_small_town(faults=(NO_WORD_OF_LEGS,), policy=ONE_BY_ONE, on_duty=("AIS", "BRA"))
    town.mobile("AIS").is_busy()
    town.answers("BRA")
    caller = town.somebody().dials(LINE, talks=20)
    town.live_until_all_is_mended()

    assert town.call().answered_by == "BRA"
    assert caller.wait_s() < 60  # AIS' tier alone lasts a minute, longer than the hunt
    assert breaches(town) == []


def test_a_consultant_whose_ring_never_ended_for_us_is_rung_for_the_next_caller(a_small_town: MakeTown) -> None:
    town = a_small_town(faults=(NO_WORD_OF_LEGS,), on_duty=("AIS",))
    accepts = PhoneScript(after_s=4, steps=(press("1", at_s=2),), talk_s=30)
    town.mobile("AIS").follows(PhoneScript("no_answer"), accepts)
    town.somebody().dials(LINE)
    town.live(tail_s=30)
    town.somebody("+31201234567").dials(LINE, talks=20)
    town.live_until_all_is_mended()

    assert [call.outcome for call in town.calls()] == ["missed", "answered"]
    assert breaches(town) == []


def test_a_consultant_whose_talk_never_ended_for_us_is_rung_for_the_next_caller(a_small_town: MakeTown) -> None:
    town = a_small_town(faults=(NO_WORD_OF_LEGS, NO_WORD_OF_CALLERS), on_duty=("AIS",))
    town.answers("AIS")
    town.somebody().dials(LINE, talks=20)
    town.live(tail_s=360)  # a silent talk is checked after five minutes, because talks may be long
    assert town.call().talk_s == pytest.approx(20, abs=5)

    town.somebody("+31201234567").dials(LINE, talks=20)
    town.live_until_all_is_mended()
    assert [call.outcome for call in town.calls()] == ["answered", "answered"]
    assert breaches(town) == []


def test_a_consultant_who_is_gone_before_the_caller_comes_in_is_missed_although_nobody_tells(
    a_small_town: MakeTown,
) -> None:
    town = a_small_town(faults=(NO_WORD_OF_LEGS,), on_duty=("BRA",))
    town.mobile("BRA").follows(PhoneScript(after_s=5, steps=(press("1", at_s=2.0),), waits_s=2.1))
    caller = town.somebody().dials(LINE, patience=90)
    town.live_until_all_is_mended()

    assert caller.call.first_talk_at is None
    assert caller.call.ended_at is not None
    assert caller.call.ended_at - caller.call.created_at < timedelta(minutes=3)
    assert town.call().outcome in ("missed", "abandoned", "voicemail")
    assert len(town.callbacks()) == 1
