"""Consultants who come free within the cap are given to waiting callers in the order of their arrival."""

from datetime import timedelta
from typing import Any

import pytest

from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision
from callcenter.calls.stages import LegResult
from callcenter.presence.eligibility import State
from callcenter.presence.records import ConsultantState
from callcenter.rota import versions
from callcenter.rota.model import Rota
from callcenter.routing import hunting
from callcenter.routing.change_presence import change_presence
from callcenter.routing.hunt import Hunt, next_move
from callcenter.routing.ringing import end_leg
from callcenter.routing.transaction import CallTransaction, locked_leg
from callcenter.standin.faults import FaultRule
from callcenter.standin.people.callers import Caller
from callcenter.standin.people.scripts import PhoneScript, press
from tests.support.invariants import breaches
from tests.support.town import LINE, PEOPLE, MakeTown, Town

OTHERS = ("+31201234567", "+31101234567", "+31301234567", "+31401234567")
ONE_BY_ONE = '[[hunt.tier]]\nname = "anyone"\nwho = "anyone"\nring_s = 45\nat_once = 1\n'
ANYONE = '[[hunt.tier]]\nname = "anyone"\nwho = "anyone"\nring_s = 20\nat_once = 3\n'
USUAL = ""  # preferred, region, anyone, backup


def dial(town: Town, n: int, after: float, **how: float) -> Caller:
    return town.somebody(OTHERS[n]).dials(LINE, after=after, **how)  # type: ignore[arg-type]


def say(town: Town, code: str, state: State, minutes: float | None = None) -> None:
    """A consultant sets the own presence, as on the page."""
    with town.sessions.begin() as session:
        now = town.clock.now()
        until = None if minutes is None else now + timedelta(minutes=minutes)
        change_presence(session, rota(town), code, state, until, now)
    town.lived.office.wake()


def rota(town: Town) -> Rota:
    with town.session() as session:
        active = versions.active(session)
        assert active is not None
        return active[1]


def load_rota(town: Town, *, without: tuple[str, ...] = (), policy: str | None = None) -> None:
    """The team lead loads another rota version during a call."""
    with town.sessions.begin() as session:
        number, _ = versions.active(session) or (0, None)
        files = versions.files_of(session, number)
        for name in ("consultants.csv", "shifts.csv"):
            lines = files[name].decode().splitlines()
            files[name] = "\n".join(line for line in lines if line.split(";")[0] not in without).encode()
        if policy is not None:
            files["policy.toml"] = files["policy.toml"].decode().split("[[hunt.tier]]")[0].encode() + policy.encode()
        versions.load(session, files, "lead", town.clock.now())


def at(town: Town, seconds: float) -> None:
    town.standin.run_for(seconds)


def rung(town: Town, code: str) -> list[float]:
    """When a mobile rang, in seconds since the first call."""
    began = town.calls()[0].received_at
    with town.session() as session:
        legs = session.query(Leg).filter(Leg.consultant == code).order_by(Leg.id)
        return [(leg.offered_at - began).total_seconds() for leg in legs]


def test_two_callers_a_second_apart_are_both_answered_by_willing_consultants(a_town: MakeTown) -> None:
    town = a_town(policy=USUAL)
    for code in PEOPLE:
        town.answers(code, after=7, press_after=2)
    dial(town, 0, 0, talks=60)
    dial(town, 1, 1, talks=60)
    town.live()

    assert [call.outcome for call in town.calls()] == ["answered", "answered"]
    assert town.callbacks() == []
    assert breaches(town) == []


def test_three_callers_for_one_consultant_are_answered_in_turn(a_town: MakeTown) -> None:
    town = a_town(policy=USUAL, on_duty=("BRA",))
    town.answers("BRA", after=3, press_after=2)
    for n in range(3):
        dial(town, n, n, talks=8)
    town.live()

    calls = town.calls()
    assert [call.outcome for call in calls] == ["answered"] * 3
    assert [call.from_number for call in sorted(calls, key=lambda c: str(c.connected_at))] == list(OTHERS[:3])
    assert breaches(town) == []


def test_a_caller_who_rings_in_the_middle_of_a_talk_is_answered_after_it(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, on_duty=("BRA",))
    town.answers("BRA", after=3, press_after=1)
    dial(town, 0, 0, talks=30)
    dial(town, 1, 20, talks=10)
    town.live()

    assert [call.outcome for call in town.calls()] == ["answered", "answered"]
    assert (town.calls()[1].wait_s or 0) < 35


def test_nobody_willing_is_a_message_when_the_tiers_are_done_and_not_at_the_cap(a_town: MakeTown) -> None:
    town = a_town(policy=USUAL)
    for code in PEOPLE:
        town.mobile(code).declines_after(4)
    dial(town, 0, 0, message=5)
    town.live()

    assert town.call().outcome == "voicemail"
    assert (town.call().wait_s or 0) < 20
    assert breaches(town) == []


def test_a_talk_that_goes_on_is_waited_for_until_the_cap(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, on_duty=("BRA",))
    town.answers("BRA", after=3, press_after=1)
    dial(town, 0, 0, talks=300)
    second = dial(town, 1, 20, message=5)
    town.live()

    assert town.calls()[1].outcome == "voicemail"
    assert 80 < (town.calls()[1].wait_s or 0) <= 91
    assert "Alle collega's zijn in gesprek. U bent de eerste die we helpen." in town.heard(second)
    assert breaches(town) == []


def test_whoever_let_it_ring_or_declined_is_not_rung_again_in_that_hunt(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, on_duty=("AIS", "BRA"))
    town.mobile("AIS").declines_after(3)
    town.answers("BRA", after=3, press_after=1)
    dial(town, 0, 0, talks=200)
    dial(town, 1, 15, message=5)
    town.live()

    assert [call.outcome for call in town.calls()] == ["answered", "voicemail"]
    with town.session() as session:
        of_second = session.query(Leg).filter(Leg.call_id == town.calls()[1].id).all()
    assert sorted(leg.consultant for leg in of_second) == ["AIS"]


def test_a_caller_is_first_only_when_that_is_so_and_1_and_2_work_all_the_time(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, on_duty=("BRA",))
    town.answers("BRA", after=3, press_after=1)
    dial(town, 0, 0, talks=300)
    first = town.somebody(OTHERS[1]).dials(LINE, after=10, script=[press("1", at_s=60)])
    second = town.somebody(OTHERS[2]).dials(LINE, after=12, script=[press("2", at_s=70)], message=5)
    town.live()

    assert "U bent de eerste die we helpen" in town.heard(first)
    assert "Alle collega's zijn in gesprek" in town.heard(second)
    assert "U bent de eerste" not in town.heard(second).split("Alle collega's zijn in gesprek. Om terug")[0]
    assert [call.outcome for call in town.calls()] == ["answered", "callback_requested", "voicemail"]


def test_colleagues_who_refused_are_not_said_to_be_talking(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, on_duty=("AIS", "BRA"))
    town.mobile("AIS").declines_after(3)
    town.answers("BRA", after=3, press_after=1)
    dial(town, 0, 0, talks=200)
    second = dial(town, 1, 15)
    town.live()

    assert "Alle collega's" not in town.heard(second)
    assert "We zoeken nog" in town.heard(second)


def test_the_decisions_say_for_whom_the_caller_waited(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, on_duty=("AIS", "BRA"))
    town.mobile("AIS").declines_after(3)
    town.answers("BRA", after=3, press_after=1)
    dial(town, 0, 0, talks=40)
    dial(town, 1, 15, talks=10)
    town.live()

    with town.session() as session:
        waits = session.query(CallDecision).filter_by(call_id=town.calls()[1].id, title="wait").all()
    (wait,) = waits
    reasons = {why["consultant"]: (why["reason"], why.get("waited_for", False)) for why in wait.reasons}
    assert reasons == {"AIS": ("already_offered", False), "BRA": ("on_call", True)}
    assert wait.rota_version_id == town.calls()[1].rota_version_id


@pytest.mark.parametrize(("earlier_s", "first"), [(5, "school"), (25, "unknown")])
def test_an_own_school_goes_first_only_while_nobody_waits_longer_than_its_tier(
    a_small_town: MakeTown, earlier_s: int, first: str
) -> None:
    town = a_small_town(policy=USUAL, on_duty=("BRA",), caseload="05HL;;BRA")
    town.answers("BRA", after=3, press_after=1)
    dial(town, 0, 0, talks=40)
    dial(town, 1, 40 - earlier_s, talks=10)
    town.somebody().dials(LINE, after=40, talks=10)
    town.live()

    calls = town.calls()
    assert [call.outcome for call in calls] == ["answered"] * 3
    assert min(calls[1:], key=lambda call: str(call.connected_at)).group == first


@pytest.mark.parametrize("state", ["busy", "break", "away"])
def test_a_consultant_who_goes_away_during_a_hunt_is_not_rung(a_town: MakeTown, state: State) -> None:
    town = a_town(policy=ONE_BY_ONE)
    dial(town, 0, 0, message=4)
    at(town, 3)
    (rung_first,) = town.offers()
    others = [code for code in PEOPLE if code != rung_first]
    for code in others:
        say(town, code, state)
    say(town, rung_first, "away")
    town.live()

    assert town.offers() == [rung_first]
    assert town.call().outcome == "voicemail"
    assert (town.call().wait_s or 0) < 12
    assert breaches(town) == []


def test_going_away_stops_the_own_ringing_mobile_and_the_next_one_rings(a_town: MakeTown) -> None:
    town = a_town(policy=ONE_BY_ONE)
    dial(town, 0, 0, talks=20)
    at(town, 5)
    (first,) = town.offers()
    for code in PEOPLE:
        if code != first:
            town.answers(code, after=3, press_after=1)
    say(town, first, "away")
    at(town, 3)

    assert town.mobile(first).is_free
    town.live()
    assert town.legs()[first] == "cancelled"
    assert town.call().outcome == "answered"
    assert breaches(town) == []


@pytest.mark.parametrize(("minutes", "outcome"), [(0.5, "answered"), (5, "voicemail")])
def test_busy_is_waited_for_only_when_it_ends_within_the_cap(
    a_small_town: MakeTown, minutes: float, outcome: str
) -> None:
    town = a_small_town(policy=USUAL, on_duty=("BRA",))
    town.answers("BRA", after=3, press_after=1)
    say(town, "BRA", "busy", minutes)
    dial(town, 0, 0, message=4, talks=10)
    town.live()

    assert town.call().outcome == outcome
    wait_s = town.call().wait_s or 0
    assert wait_s < 2 if outcome == "voicemail" else 30 <= wait_s < 45


def test_a_rota_with_fewer_tiers_breaks_no_hunt(a_town: MakeTown) -> None:
    town = a_town(policy=USUAL)
    dial(town, 0, 0, message=5)
    at(town, 3)
    load_rota(town, policy=ONE_BY_ONE)
    at(town, 1)
    dial(town, 1, 0.1, message=5)
    town.live()

    assert [call.outcome for call in town.calls()] == ["voicemail", "voicemail"]
    assert town.totals("callcenter_calls_not_advanced_total") == 0
    assert [webhook.status for webhook in town.webhooks() if webhook.status >= 500] == []
    assert breaches(town) == []


def test_people_who_leave_the_rota_in_the_middle_of_a_hunt_are_not_rung(a_town: MakeTown) -> None:
    town = a_town(policy=ONE_BY_ONE)
    dial(town, 0, 0, message=5)
    at(town, 2)
    (first,) = town.offers()
    load_rota(town, without=tuple(code for code in PEOPLE if code != first))
    town.mobile(first).declines_after(1)
    town.live()

    assert town.offers() == [first]
    assert town.call().outcome == "voicemail"
    assert [webhook.status for webhook in town.webhooks() if webhook.status >= 500] == []
    assert breaches(town) == []


def test_whoever_left_the_rota_while_the_mobile_rang_may_still_press_1(a_town: MakeTown) -> None:
    town = a_town(policy=ONE_BY_ONE, on_duty=("BRA",))
    town.answers("BRA", after=6, press_after=1)
    dial(town, 0, 0, talks=20)
    at(town, 3)
    load_rota(town, without=("BRA",))
    town.live()

    assert (town.call().outcome, town.call().answered_by) == ("answered", "BRA")
    assert breaches(town) == []


def test_leave_that_is_loaded_in_the_middle_of_a_hunt_counts_at_once(a_town: MakeTown) -> None:
    town = a_town(policy=ONE_BY_ONE)
    dial(town, 0, 0, message=5)
    at(town, 2)
    (first,) = town.offers()
    town.mobile(first).declines_after(3)
    ill = [code for code in PEOPLE if code != first]
    with town.sessions.begin() as session:
        number, _ = versions.active(session) or (0, None)
        rows = "".join(f"s{n};sick;{code};08-06-2027;08-06-2027\n" for n, code in enumerate(ill))
        files = versions.files_of(session, number)
        files["exceptions.csv"] = f"id;kind;consultant;from;to\n{rows}".encode()
        versions.load(session, files, "lead", town.clock.now())
    town.live()

    assert town.offers() == [first]
    assert town.call().outcome == "voicemail"


def test_a_call_that_cannot_be_advanced_is_given_up_and_holds_up_no_other(
    a_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = a_town(policy=ONE_BY_ONE)
    dial(town, 0, 0, message=5)
    dial(town, 1, 0.5, message=5)
    at(town, 2)
    broken, advise = town.calls()[0].deadline_at, next_move

    def stumbles(hunt: Hunt, *others: Any) -> object:
        if hunt.deadline_at == broken:
            raise KeyError("a fault of ours")
        return advise(hunt, *others)

    monkeypatch.setattr(hunting, "next_move", stumbles)
    town.live()

    assert [call.outcome for call in town.calls()] == ["voicemail", "voicemail"]
    assert town.totals("callcenter_calls_not_advanced_total") == 1
    assert breaches(town) == []


def test_a_caller_sent_on_by_a_colleague_who_is_away_does_not_wait_for_that_colleague(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, on_duty=("AIS", "BRA"))
    town.mobile("BRA").declines_after(3)
    say(town, "AIS", "away")
    town.somebody().dials(LINE, forwarded_from=PEOPLE["AIS"], message=5)
    town.live()

    assert town.offers() == ["BRA"]
    assert (town.call().wait_s or 0) < 6


def test_a_caller_who_is_dialled_for_keeps_no_free_colleague_from_others(a_small_town: MakeTown) -> None:
    refused = FaultRule("rest_error", kind="create-call", status=400, times=1)
    town = a_small_town(policy=ANYONE, on_duty=("AIS", "BRA"), faults=(refused,))
    for code in ("AIS", "BRA"):
        town.answers(code, after=15, press_after=1)
    dial(town, 0, 0, talks=30)
    dial(town, 1, 3, talks=30)
    town.live()

    assert [call.outcome for call in town.calls()] == ["answered", "answered"]
    assert (town.calls()[1].wait_s or 0) < 25


def test_waiting_for_a_talk_is_recorded_once(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, on_duty=("BRA",))
    town.answers("BRA", after=3, press_after=1)
    dial(town, 0, 0, talks=300)
    dial(town, 1, 10)
    town.live()

    with town.session() as session:
        waits = session.query(CallDecision).filter_by(call_id=town.calls()[1].id, title="wait").count()
    assert waits == 1


def test_a_caller_whom_somebody_refused_is_not_told_to_be_first(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, on_duty=("AIS", "CEM"))
    town.answers("CEM", after=3, press_after=1)
    dial(town, 0, 0, talks=200)
    town.mobile("AIS").declines_after(3)
    refused = dial(town, 1, 10)
    at(town, 14)
    town.answers("AIS", after=3, press_after=1)
    dial(town, 2, 0, talks=200)
    town.live()

    assert "U bent de eerste" not in town.heard(refused)
    assert "Alle collega's zijn in gesprek" in town.heard(refused)


def test_an_engaged_mobile_is_tried_once_more_before_anybody_is_given_up(a_town: MakeTown) -> None:
    town = a_town(policy=USUAL, on_duty=("BRA",))
    town.mobile("BRA").follows(PhoneScript("busy"), PhoneScript(after_s=3, steps=(press("1", at_s=1),)))
    dial(town, 0, 0, talks=20)
    town.live()

    assert town.call().outcome == "answered"
    assert [round(at_s) for at_s in rung(town, "BRA")] == [0, 16]
    assert breaches(town) == []


def test_a_mobile_that_stays_engaged_is_rung_twice_and_no_more(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, on_duty=("BRA",))
    town.mobile("BRA").is_busy()
    dial(town, 0, 0, message=4)
    town.live()

    assert town.offers() == ["BRA", "BRA"]
    assert town.call().outcome == "voicemail"
    assert (town.call().wait_s or 0) < 20


def test_the_late_end_of_an_older_ring_frees_no_colleague_whom_the_same_call_rings_anew(a_town: MakeTown) -> None:
    town = a_town(policy=USUAL, on_duty=("BRA",))
    dial(town, 0, 0, patience=60)
    at(town, 3)
    call = town.calls()[0]
    with town.sessions.begin() as session:
        (leg,) = session.query(Leg).all()
        older = Leg(
            call_id=call.id,
            consultant="BRA",
            tier="anyone",
            kind="rest",
            state="ringing",
            offered_at=call.received_at,
            ring_timeout_s=20,
            expires_at=leg.expires_at,
        )
        session.add(older)
        session.flush()
        work = CallTransaction(session, town.clock.now())
        held, of_call = locked_leg(work, older.id)
        end_leg(work, of_call, held, LegResult.NO_ANSWER)
    with town.session() as session:
        assert session.get_one(ConsultantState, "BRA").reserved_for == call.call_sid
