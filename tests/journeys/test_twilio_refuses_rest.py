"""Twilio's REST API fails, is slow or limits the rate, and the caller still reaches one consultant."""

from datetime import timedelta
from typing import Literal

import pytest
from sqlalchemy import select

from callcenter.calls.leg import Leg
from callcenter.standin.faults import FaultKind, FaultRule
from callcenter.standin.people.scripts import PhoneScript
from tests.support.invariants import breaches
from tests.support.random_calls import ONE_BY_ONE
from tests.support.town import LINE, MakeTown

FAILURES = {
    "500": FaultRule("rest_error", kind="create-call", status=500),
    "503": FaultRule("rest_error", kind="create-call", status=503),
    "429": FaultRule("rest_429", kind="create-call"),
    "no-answer": FaultRule("rest_timeout", kind="create-call"),
}
DONE_ALL_THE_SAME = {
    "500": FaultRule("rest_error", kind="create-call", status=500, reaches=True),
    "no-answer": FaultRule("rest_timeout", kind="create-call", reaches=True),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_the_caller_rings_one_colleague_after_the_other(a_small_town: MakeTown, failure: str) -> None:
    town = a_small_town(faults=(FAILURES[failure],))
    town.mobile("AIS").voicemail_after(1)
    town.answers("BRA")
    town.answers("CEM")
    caller = town.somebody().dials(LINE, talks=30)
    town.live(tail_s=120)

    assert town.call().outcome == "answered"
    assert caller.call.first_talk_at is not None
    assert caller.wait_s() < 45
    assert breaches(town) == []


@pytest.mark.parametrize("failure", FAILURES)
def test_the_only_colleague_is_rung_all_the_same(a_small_town: MakeTown, failure: str) -> None:
    town = a_small_town(faults=(FAILURES[failure],), on_duty=("AIS",))
    town.answers("AIS")
    caller = town.somebody().dials(LINE, talks=30)
    town.live(tail_s=120)

    assert (town.call().outcome, town.call().answered_by) == ("answered", "AIS")
    assert caller.wait_s() < 30
    assert breaches(town) == []


@pytest.mark.parametrize("failure", DONE_ALL_THE_SAME)
def test_a_leg_that_was_made_though_twilio_said_no_is_believed_and_nobody_is_rung_twice(
    a_town: MakeTown, failure: str
) -> None:
    town = a_town(faults=(DONE_ALL_THE_SAME[failure],))
    town.answers("CEM", after=15)
    caller = town.somebody().dials(LINE, talks=30)
    town.live(tail_s=120)

    assert (town.call().outcome, town.call().answered_by) == ("answered", "CEM")
    assert town.legs() == {"AIS": "cancelled", "BRA": "cancelled", "CEM": "accepted"}
    assert caller.wait_s() < 25
    assert breaches(town) == []


@pytest.mark.parametrize("failure", DONE_ALL_THE_SAME)
def test_a_leg_that_was_made_in_secret_stops_when_the_caller_hangs_up(a_small_town: MakeTown, failure: str) -> None:
    town = a_small_town(faults=(DONE_ALL_THE_SAME[failure],))
    town.somebody().dials(LINE, patience=0.1)
    town.live(tail_s=60)

    assert {call.status for call in town.standin.calls if call.direction != "inbound"} == {"canceled"}
    assert all((ring.end - ring.start).total_seconds() < 2 for ring in town.standin.exchange.rings if ring.end)
    assert breaches(town) == []


LOST = FaultRule("drop", kind="leg-status")


@pytest.mark.parametrize("failure", DONE_ALL_THE_SAME)
def test_a_leg_that_was_made_in_secret_and_tells_nothing_is_found_in_twilios_list(
    a_town: MakeTown, failure: str
) -> None:
    town = a_town(faults=(DONE_ALL_THE_SAME[failure], LOST), on_duty=("AIS",))
    town.answers("AIS", after=14)
    town.somebody().dials(LINE, talks=30)
    town.live_until_all_is_mended()

    assert (town.call().outcome, town.call().answered_by) == ("answered", "AIS")
    assert town.offers() == ["AIS"]
    assert breaches(town) == []


@pytest.mark.parametrize("failure", DONE_ALL_THE_SAME)
def test_a_leg_that_was_made_in_secret_and_tells_nothing_is_ended_when_the_caller_hangs_up(
    a_small_town: MakeTown, failure: str
) -> None:
    town = a_small_town(faults=(DONE_ALL_THE_SAME[failure], LOST), on_duty=("AIS",))
    town.somebody().dials(LINE, patience=3)
    town.live_until_all_is_mended()

    (leg,) = town.mobile("AIS").calls
    assert leg.status == "canceled"
    assert town.legs() == {"AIS": "cancelled"}
    assert breaches(town) == []


@pytest.mark.parametrize("failure", ["rest_error", "rest_429", "rest_timeout"])
def test_all_of_rest_away_still_rings_the_only_colleague(a_small_town: MakeTown, failure: FaultKind) -> None:
    town = a_small_town(faults=(FaultRule(failure, status=500),), on_duty=("AIS",))
    town.answers("AIS")
    caller = town.somebody().dials(LINE, talks=30)
    town.live()
    town.standin.faults.clear()
    town.live_until_all_is_mended()

    assert (town.call().outcome, town.call().answered_by) == ("answered", "AIS")
    assert caller.wait_s() < 30
    assert breaches(town) == []


def test_a_mobile_that_may_not_have_rung_is_rung_again_after_all_others(a_small_town: MakeTown) -> None:
    made_in_secret = FaultRule("rest_error", kind="create-call", status=500, reaches=True, times=1)
    town = a_small_town(
        faults=(made_in_secret, LOST, FaultRule("rest_error", kind="list-calls")),
        policy=ONE_BY_ONE,
        on_duty=("AIS", "BRA"),
    )
    town.answers("BRA")
    town.somebody().dials(LINE, talks=30)
    town.live()
    town.standin.faults.clear()
    town.live_until_all_is_mended()

    assert town.offers() == ["AIS", "BRA"]
    assert (town.call().outcome, town.call().answered_by) == ("answered", "BRA")
    assert town.legs()["AIS"] != "no_answer"  # it may never have rung, so the consultant is not paused
    assert breaches(town) == []


def test_nobody_answering_the_dialled_mobiles_ends_in_a_message_at_the_cap(a_small_town: MakeTown) -> None:
    town = a_small_town(faults=(FAILURES["500"],))
    town.somebody().dials(LINE, message=8)
    town.live(tail_s=120)

    call = town.call()
    assert call.outcome == "voicemail"
    assert len(town.offers()) == 6  # three legs that could not be created, then each consultant once by <Dial>
    assert breaches(town) == []


def test_a_personal_voicemail_is_never_bridged_to_the_caller(a_small_town: MakeTown) -> None:
    town = a_small_town(faults=(FAILURES["500"],))
    for code in ("AIS", "BRA", "CEM"):
        town.mobile(code).voicemail_after(2)
    caller = town.somebody().dials(LINE)
    town.live(tail_s=120)

    assert town.call().outcome == "missed"
    assert caller.call.first_talk_at is None
    assert breaches(town) == []


@pytest.mark.parametrize("form", ["e164", "national", "absent"])
def test_a_dialled_mobile_that_is_forwarded_to_the_line_is_no_call(
    a_small_town: MakeTown, form: Literal["e164", "national", "absent"]
) -> None:
    town = a_small_town(faults=(FAILURES["500"],), on_duty=("AIS",))
    town.mobile("AIS").forwards_to(LINE, after=8, form=form)
    town.somebody().dials(LINE)
    town.live(tail_s=120)

    assert sorted(str(call.outcome) for call in town.calls()) == ["missed", "rejected"]
    assert breaches(town) == []


@pytest.mark.parametrize("times", [1, 2])
def test_a_refusal_for_speed_is_tried_again_in_time(a_small_town: MakeTown, times: int) -> None:
    town = a_small_town(faults=(FaultRule("rest_429", kind="create-call", times=times),), on_duty=("AIS",))
    town.answers("AIS")
    town.somebody().dials(LINE, talks=30)
    town.live()

    assert town.call().outcome == "answered"
    assert town.offers() == ["AIS"]


@pytest.mark.parametrize("rule", ["rest_error", "rest_429", "rest_timeout"])
@pytest.mark.parametrize("reaches", [True, False])
def test_when_legs_cannot_be_ended_they_end_by_themselves(a_small_town: MakeTown, rule: str, reaches: bool) -> None:
    town = a_small_town(faults=(FaultRule(rule, kind="update-call", reaches=reaches),))  # type: ignore[arg-type]
    town.answers("BRA")
    town.mobile("AIS").follows(PhoneScript(after_s=12))
    caller = town.somebody().dials(LINE, talks=30)
    town.live(tail_s=120)

    assert town.call().outcome == "answered"
    assert caller.wait_s() < 20
    assert breaches(town) == []


def test_twilio_that_knows_no_call_of_ours_leaves_the_promise_whole(a_small_town: MakeTown) -> None:
    town = a_small_town(faults=(FaultRule("rest_error", status=401), FaultRule("drop", kind="leg-status")))
    town.somebody().dials(LINE, patience=50)
    town.live(tail_s=300)

    assert town.call().outcome in ("abandoned", "missed")
    assert [callback.reason for callback in town.callbacks()] == [town.call().outcome]
    assert breaches(town) == []


@pytest.mark.parametrize("answer", ["late", "never"])
def test_a_dial_that_never_reached_the_caller_is_done_again_within_the_cap(a_small_town: MakeTown, answer: str) -> None:
    lost = {
        "late": FaultRule("delay", path="/webhooks/call/*/hold", seconds=20, times=1),
        "never": FaultRule("timeout", path="/webhooks/call/*/hold", reaches=True, times=1),
    }
    town = a_small_town(faults=(FAILURES["500"], lost[answer]), on_duty=("AIS",))
    town.answers("AIS")
    town.somebody().dials(LINE, talks=30)
    town.live(tail_s=120)

    assert (town.call().outcome, town.call().answered_by) == ("answered", "AIS")
    with town.sessions() as session:
        kinds = session.execute(select(Leg.kind, Leg.result).order_by(Leg.id)).all()
    assert kinds == [("rest", "failed"), ("dial", "failed"), ("dial", "accepted")]
    assert breaches(town, excused=timedelta(seconds=15)) == []  # Twilio waits this long for the answer


def test_a_dial_whose_end_is_never_reported_holds_the_caller_no_longer_than_the_cap(a_small_town: MakeTown) -> None:
    faults = (
        FAILURES["500"],
        FaultRule("drop", kind="leg-status"),
        FaultRule("error", path="/webhooks/call/*/dialled"),
    )
    town = a_small_town(faults=faults, on_duty=("AIS",))
    caller = town.somebody().dials(LINE)
    town.live(tail_s=120)

    assert town.call().outcome == "missed"
    assert caller.call.ended_at is not None
    assert breaches(town) == []


def test_the_late_end_of_one_dial_does_not_end_the_next(a_small_town: MakeTown) -> None:
    late = FaultRule("delay", path="/webhooks/call/*/dialled", seconds=24, times=1)
    town = a_small_town(faults=(FAILURES["500"], late), on_duty=("AIS", "BRA"))
    town.mobile("AIS").is_busy()
    town.answers("BRA", after=8, press_after=2)
    town.somebody().dials(LINE, talks=30)
    town.live(tail_s=120)

    assert (town.call().outcome, town.call().answered_by) == ("answered", "BRA")
    assert breaches(town, excused=timedelta(seconds=15)) == []
