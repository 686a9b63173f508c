"""The server is killed (-9) during a call and restarts: no call is lost, no mobile rings twice, every promise holds."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from callcenter.presence.records import ConsultantState
from callcenter.standin.faults import FaultRule
from callcenter.standin.people.scripts import press
from callcenter.standin.transport import Request
from tests.support.invariants import breaches
from tests.support.product import created, updated
from tests.support.random_calls import ONE_BY_ONE
from tests.support.town import LINE, MakeTown, Town


def asks(*ends: str) -> Callable[[Request], bool]:
    """A request to an address with this ending."""

    def wanted(request: Request) -> bool:
        return request.url.partition("?")[0].endswith(ends)

    return wanted


def apology(town: Town, *, to: str = "") -> bool:
    """Whether anybody, or only the caller, heard Twilio's own error message because no document was available."""
    calls = [call for call in town.standin.calls if call.direction.startswith(to)]
    return any(heard.what == "error" for call in calls for heard in call.heard)


@pytest.mark.parametrize("at_s", [0.5, 3, 6.4, 8, 9.5, 11, 15, 25])
@pytest.mark.parametrize("back_after_s", [0.5, 8])
def test_a_call_that_is_answered_survives_the_death_of_the_server_at_any_moment(
    a_small_town: MakeTown, at_s: float, back_after_s: float
) -> None:
    town = a_small_town()
    town.answers("BRA", after=7, press_after=2)
    town.answers("CEM", after=12, press_after=2)
    town.somebody().dials(LINE, talks=60)
    town.standin.run_for(at_s)
    town.lived.kill(back_after_s)
    town.live_until_all_is_mended()

    # A request during that time got Twilio's error message: a caller is called back, a colleague is passed over.
    if apology(town, to="inbound"):
        assert town.call().outcome == "abandoned"
    elif not apology(town):
        assert town.call().outcome == "answered"
    assert town.standin.double_rings() == []
    assert [b for b in breaches(town) if "heard nothing" not in b and "waited" not in b] == []


@pytest.mark.parametrize("at_s", [0.5, 8, 15, 22, 28, 33, 40])
def test_a_call_that_nobody_answers_keeps_its_promise(a_town: MakeTown, at_s: float) -> None:
    town = a_town()
    town.somebody().dials(LINE, message=8)
    town.standin.run_for(at_s)
    town.lived.kill(2)
    town.live_until_all_is_mended()

    assert town.call().outcome in ("voicemail", "missed", "abandoned")
    assert len(town.callbacks()) == 1
    assert [b for b in breaches(town) if "heard nothing" not in b and "waited" not in b] == []


@pytest.mark.parametrize("address", ["/webhooks/voice", "/hold", "/screen", "/key", "/resume", "/status", "/talked"])
def test_dying_right_after_a_request_was_stored_loses_nothing(a_small_town: MakeTown, address: str) -> None:
    town = a_small_town()
    town.answers("BRA", after=9, press_after=2)
    # Twilio retries once by default. A new worker then answers from the receipt.
    town.lived.kill_after_request(asks(address), back_after_s=0.05)
    town.somebody().dials(LINE, talks=30)
    town.live_until_all_is_mended()

    assert town.call().outcome == "answered"
    assert breaches(town) == []


@pytest.mark.parametrize("request_of", [created, updated])
def test_dying_right_after_twilio_did_what_was_asked_does_it_once(
    a_town: MakeTown, request_of: Callable[[str, str], bool]
) -> None:
    town = a_town()
    town.answers("BRA", after=8, press_after=2)
    town.lived.kill_after_rest(request_of)
    town.somebody().dials(LINE, talks=30)
    town.live_until_all_is_mended()

    assert town.call().outcome == "answered"
    assert town.standin.double_rings() == []
    assert [b for b in breaches(town) if "heard nothing" not in b] == []


def test_a_talk_over_a_leg_that_a_dying_server_had_made_goes_on(a_town: MakeTown) -> None:
    town = a_town(on_duty=("AIS",))
    # The leg is accepted before the order is leased again, 15 s after the death. That must not end the leg.
    town.answers("AIS", after=8, press_after=2)
    town.lived.kill_after_rest(created)
    town.somebody().dials(LINE, talks=60)
    town.standin.run_for(30)
    with town.session() as session:
        assert session.scalars(select(ConsultantState.talking_since)).one() is not None
    town.live_until_all_is_mended()

    call = town.call()
    assert call.outcome == "answered"
    assert call.talk_s == pytest.approx(60, abs=5)
    assert breaches(town) == []


def test_a_leg_that_a_dying_server_had_made_stops_when_the_caller_is_gone(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=("AIS",), faults=(FaultRule("drop", kind="leg-status"),))
    town.lived.kill_after_rest(created)
    town.somebody().dials(LINE, patience=5)
    town.live_until_all_is_mended()

    (leg,) = town.mobile("AIS").calls
    assert leg.status == "canceled"
    assert town.legs() == {"AIS": "cancelled"}
    assert breaches(town) == []


@pytest.mark.parametrize(
    "failure",
    [
        FaultRule("rest_429", kind="list-calls", times=1),
        FaultRule("rest_error", kind="list-calls", times=1),
        FaultRule("rest_error", kind="list-calls"),
    ],
    ids=["429 once", "503 once", "503"],
)
def test_a_leg_of_which_neither_we_nor_twilios_list_know_is_not_rung_again(
    a_small_town: MakeTown, failure: FaultRule
) -> None:
    town = a_small_town(on_duty=("AIS",), policy=ONE_BY_ONE, faults=(failure,))
    town.answers("AIS", after=25)
    town.lived.kill_after_rest(created)
    town.somebody().dials(LINE, talks=20)
    town.live()
    town.standin.faults.clear()
    town.live_until_all_is_mended()

    assert (town.call().outcome, town.offers()) == ("answered", ["AIS"])
    assert breaches(town) == []


def test_dying_in_the_talk_changes_nothing_for_those_who_talk(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.answers("BRA")
    town.somebody().dials(LINE, talks=120)
    town.standin.run_for(40)
    town.lived.kill(60)
    town.live_until_all_is_mended()

    call = town.call()
    assert call.outcome == "answered"
    assert call.talk_s == pytest.approx(120, abs=8)
    assert breaches(town) == []


def test_a_fallback_without_a_server_is_told_by_twilio_and_made_good_afterwards(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.lived.be_away()
    town.somebody().dials(LINE)
    town.standin.run_for(30)
    town.lived.come_back()
    town.live_until_all_is_mended()

    assert town.call().reconciled
    assert [callback.reason for callback in town.callbacks()] == ["reconciled"]
    assert breaches(town) == []


def test_two_deaths_in_one_call(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.answers("BRA", after=14, press_after=2)
    town.somebody().dials(LINE, talks=30, script=[press("5", at_s=8)])
    for _ in range(2):
        town.standin.run_for(7.5)
        town.lived.kill(0.2)
    town.live_until_all_is_mended()

    assert town.call().outcome == ("abandoned" if apology(town, to="inbound") else "answered")
    assert breaches(town) == []
