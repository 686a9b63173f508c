"""Slow REST requests: the talk is not interrupted, each leg is created once, and other events happen meanwhile."""

import pytest

from callcenter.standin.faults import FaultKind, FaultRule
from callcenter.standin.people.callers import Caller
from callcenter.standin.people.scripts import PhoneScript, hang_up, press
from callcenter.standin.rest.latency import Latency
from tests.support.invariants import breaches
from tests.support.soak import at_length
from tests.support.town import LINE, PEOPLE, MakeTown, Town

LATENCIES_S = (0.1, 0.3, 0.8, 1.5, 3.0, 4.9)
# Longer than the REST client's timeout: the product gets no answer, but Twilio carries out the request.
TOO_LATE_S = 5.4
TALK_S = 30.0
# How long the product waits for its redirect before the caller joins by the hold turn. A slower redirect may pull the
# caller out of the talk, who is then put back.
WAITS_FOR_FETCH_S = 3.0
PUT_BACK_WITHIN_S = 2.0


def talked_s(caller: Caller) -> list[float]:
    """The length of each of the caller's talks, in seconds."""
    return [round((heard.until - heard.at).total_seconds(), 1) for heard in caller.heard if heard.what == "talk"]


def is_whole(caller: Caller, latency_s: float) -> bool:
    """Whether the talk was not interrupted. Only a very slow redirect may interrupt it for a moment."""
    talks = talked_s(caller)
    return talks == [TALK_S] if latency_s < WAITS_FOR_FETCH_S else sum(talks) >= TALK_S - PUT_BACK_WITHIN_S


def lived(town: Town, press_after: float) -> Caller:
    """One caller, and one consultant who picks up after three seconds and presses 1 this much later."""
    town.answers("AIS", after=3, press_after=press_after)
    caller = town.somebody().dials(LINE, talks=TALK_S)
    town.live_until_all_is_mended()
    return caller


@pytest.mark.parametrize("press_after", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
@pytest.mark.parametrize("latency_s", LATENCIES_S)
def test_a_willing_consultant_and_the_caller_have_one_whole_talk(
    a_small_town: MakeTown, latency_s: float, press_after: float
) -> None:
    town = a_small_town(on_duty=("AIS",), latencies=(Latency(latency_s),))
    caller = lived(town, press_after)

    assert is_whole(caller, latency_s)
    assert [call.status for call in town.mobile("AIS").calls] == ["completed"]
    assert (town.call().outcome, town.call().answered_by) == ("answered", "AIS")
    assert town.standin.torn_talks() == []
    assert breaches(town) == []


@pytest.mark.soak
@pytest.mark.parametrize("tenths", range(0, 60, at_length(5, 2)))
@pytest.mark.parametrize("latency_s", [0.8, 1.5, 2.9])
def test_only_the_redirect_is_slow_and_the_hold_turn_ends_at_any_moment_of_it(
    a_small_town: MakeTown, latency_s: float, tenths: int
) -> None:
    town = a_small_town(on_duty=("AIS",), latencies=(Latency(latency_s, kind="update-call"),))
    caller = lived(town, press_after=1 + tenths / 10)

    assert talked_s(caller) == [TALK_S]
    assert len(town.mobile("AIS").calls) == 1
    assert town.standin.torn_talks() == []


@pytest.mark.parametrize("latency_s", [TOO_LATE_S, 8.0])
@pytest.mark.parametrize("press_after", [2.0, 4.0])
def test_a_leg_that_begins_after_we_gave_it_up_makes_no_second_one(
    a_small_town: MakeTown, latency_s: float, press_after: float
) -> None:
    town = a_small_town(on_duty=("AIS",), latencies=(Latency(latency_s, kind="create-call"),))
    caller = lived(town, press_after)

    assert len(town.mobile("AIS").calls) == 1
    assert talked_s(caller) == [TALK_S]
    assert breaches(town) == []


def test_a_redirect_that_is_answered_too_late_interrupts_no_talk(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=("AIS",), latencies=(Latency(TOO_LATE_S, kind="update-call"),))
    caller = lived(town, press_after=2.0)

    assert is_whole(caller, TOO_LATE_S)
    assert town.standin.torn_talks() == []


def test_other_callers_are_answered_while_a_request_is_under_way(a_small_town: MakeTown) -> None:
    town = a_small_town(latencies=(Latency(3.0, kind="create-call"),))
    town.answers("AIS")
    first = town.somebody().dials(LINE, talks=10)
    second = town.somebody("+31201234567").dials(LINE, after=1, patience=40)
    town.standin.run_for(2.9)

    assert first.heard
    assert second.heard  # heard the greeting before the first caller's legs were created
    assert town.standin.rest.requests.get("create-call", 0) == 0
    town.standin.run_for(1.0)
    assert town.standin.rest.requests["create-call"] >= 1


def test_a_leg_is_made_when_the_answer_is_given_and_not_before(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=("AIS",), latencies=(Latency(2.0, kind="create-call"),))
    caller = town.somebody().dials(LINE, patience=12)
    town.live()

    (leg,) = town.mobile("AIS").calls
    assert 2.0 <= (leg.created_at - caller.call.created_at).total_seconds() < 2.2


def test_the_server_may_die_while_a_request_is_under_way(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=("AIS",), latencies=(Latency(3.0, kind="create-call"),))
    town.answers("AIS")
    town.somebody().dials(LINE, talks=10)
    town.standin.world.call_later(1.0, town.lived.kill)
    town.live_until_all_is_mended()

    # Twilio carries out the request, but the answer is not stored.
    assert len(town.mobile("AIS").calls) == 1
    assert town.call().outcome == "answered"
    assert breaches(town) == []


def test_a_request_without_an_answer_takes_effect_at_its_own_time(a_small_town: MakeTown) -> None:
    rule = FaultRule("rest_timeout", kind="create-call", reaches=True, seconds=2.0, times=1)
    town = a_small_town(on_duty=("AIS",), faults=(rule,))
    caller = town.somebody().dials(LINE, patience=12)
    town.live()

    (leg,) = [call for call in town.standin.calls if call.to == PEOPLE["AIS"]]
    assert 2.0 <= (leg.created_at - caller.call.created_at).total_seconds() < 2.2


def test_an_action_that_is_asked_late_ends_no_talk_to_which_the_caller_was_put_back(a_small_town: MakeTown) -> None:
    late = FaultRule("delay", kind="action", path="*/talked*", seconds=1.5, times=1)
    town = a_small_town(on_duty=("AIS",), latencies=(Latency(4.9, kind="update-call"),), faults=(late,))
    caller = lived(town, press_after=3.0)

    assert is_whole(caller, 4.9)
    assert (town.call().outcome, town.call().answered_by) == ("answered", "AIS")


def test_a_caller_whose_colleague_hung_up_first_hears_once_that_nobody_comes(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=("AIS",), latencies=(Latency(0.5, kind="update-call"),))
    town.mobile("AIS").follows(PhoneScript(after_s=3, steps=(press("1", at_s=2), hang_up(at_s=2.4))))
    caller = town.somebody().dials(LINE, message=5)
    town.live()

    assert town.call().outcome == "voicemail"
    assert town.heard(caller).count("Het lukt nu niet") == 1


@pytest.mark.parametrize("press_after", [1.0, 2.5, 4.0, 5.5])
@pytest.mark.parametrize("latency_s", [4.5, 4.7, 4.9, 5.0])
def test_a_redirect_that_is_answered_just_in_time_interrupts_no_talk(
    a_small_town: MakeTown, latency_s: float, press_after: float
) -> None:
    town = a_small_town(on_duty=("AIS",), latencies=(Latency(latency_s, kind="update-call"),))
    caller = lived(town, press_after)

    assert talked_s(caller) == [TALK_S]


def test_a_consultant_whose_caller_left_is_let_go_and_then_free_however_the_caller_joined(
    a_small_town: MakeTown,
) -> None:
    failing = FaultRule("rest_error", kind="update-call", status=500, times=1)
    town = a_small_town(on_duty=("AIS",), faults=(failing,))
    town.answers("AIS")
    first = town.somebody().dials(LINE, talks=20)
    town.live(tail_s=20)
    town.somebody("+31201234567").dials(LINE, talks=20)
    town.live()

    (leg, _) = town.mobile("AIS").calls
    assert first.call.ended_at is not None
    assert leg.ended_at is not None
    assert (leg.ended_at - first.call.ended_at).total_seconds() < 4
    assert [call.outcome for call in town.calls()] == ["answered", "answered"]
    assert breaches(town) == []


@pytest.mark.parametrize("failure", ["rest_error", "rest_timeout"])
def test_a_talk_that_the_colleague_ends_goes_on_to_the_survey_when_rest_is_away(
    a_small_town: MakeTown, failure: FaultKind
) -> None:
    town = a_small_town(on_duty=("AIS",), faults=(FaultRule(failure, kind="update-call", status=500),))
    town.mobile("AIS").follows(PhoneScript(after_s=3, steps=(press("1", at_s=2),), talk_s=6))
    caller = town.somebody().dials(LINE)
    town.live()

    assert town.call().outcome == "answered"
    assert "Tot ziens" in town.heard(caller)
    assert caller.call.ended_at is not None
    assert (caller.call.ended_at - caller.call.created_at).total_seconds() < 60
