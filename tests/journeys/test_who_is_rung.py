"""The consultants who are rung for a caller, their order, and the reasons why others are not."""

from datetime import timedelta

import pytest

from callcenter.presence.stored import store_presence
from callcenter.routing.transaction import CallTransaction
from callcenter.standin.people.scripts import PhoneScript, hang_up, press
from tests.support.invariants import breaches
from tests.support.town import LINE, PEOPLE, MakeTown, Town

ONE_BY_ONE = '[[hunt.tier]]\nname = "anyone"\nwho = "anyone"\nring_s = 45\nat_once = 1\n'
# The default tiers: preferred, region, anyone, backup.
USUAL = ""


def refuse(town: Town, *codes: str) -> None:
    for code in codes:
        town.mobile(code).declines_after(2)


def ring(town: Town, number: str = "+31201234567", **how: float) -> None:
    town.somebody(number).dials(LINE, **how)  # type: ignore[arg-type]
    town.live()


def test_the_callers_own_consultant_is_rung_first_and_alone(a_town: MakeTown) -> None:
    town = a_town(policy=USUAL, caseload="05HL;;BRA")
    town.answers("BRA", after=8)
    town.somebody().dials(LINE, talks=20)
    town.live()

    assert town.offers() == ["BRA"]
    assert town.decisions()[0] == ("preferred", {"AIS": "not_preferred", "BRA": "offered", "CEM": "not_preferred"})
    assert breaches(town) == []


def test_after_fifteen_seconds_the_others_are_rung(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, caseload="05HL;;BRA")
    town.answers("CEM", after=5)
    town.somebody().dials(LINE, talks=20)
    town.live()

    legs = {call.to: call for call in town.standin.calls if call.direction != "inbound"}
    assert set(legs) >= {PEOPLE["BRA"], PEOPLE["CEM"]}
    waited = legs[PEOPLE["CEM"]].created_at - legs[PEOPLE["BRA"]].created_at
    assert timedelta(seconds=14) < waited < timedelta(seconds=17)
    assert town.call().answered_by == "CEM"
    assert breaches(town) == []


def test_an_own_consultant_who_declines_costs_no_time(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, caseload="05HL;;BRA")
    refuse(town, "BRA")
    town.answers("CEM", after=3)
    town.answers("AIS", after=3)
    caller = town.somebody().dials(LINE, talks=20)
    town.live()

    assert town.call().outcome == "answered"
    assert caller.wait_s() < 14
    assert town.legs()["BRA"] == "declined"


def test_a_municipalitys_consultant_is_the_own_one_of_its_schools(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, caseload=";Dordrecht;CEM")
    town.answers("CEM")
    town.somebody().dials(LINE, talks=20)
    town.live()
    assert town.offers() == ["CEM"]


def test_the_region_goes_before_anyone(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, regions={"CEM": "Dordrecht"})
    town.answers("CEM", after=6)
    town.somebody().dials(LINE, talks=20)
    town.live()

    assert town.offers() == ["CEM"]
    assert town.decisions()[0][1]["AIS"] == "other_region"


def test_an_unknown_caller_has_no_region_and_everybody_is_asked_at_once(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, regions={"CEM": "Dordrecht"})
    town.answers("AIS", after=6)
    ring(town, talks=20)
    assert town.decisions()[0][0] == "anyone"


def test_the_backup_is_rung_last(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, on_duty=("AIS",), backup=("BRA",))
    town.answers("BRA", after=4)
    caller = town.somebody().dials(LINE, talks=20)
    town.live()

    assert town.offers() == ["AIS", "BRA"]
    assert town.call().answered_by == "BRA"
    assert 20 < caller.wait_s() < 35
    assert breaches(town) == []


def test_the_turn_goes_round_a_b_c_a_b_c(a_town: MakeTown) -> None:
    town = a_town(policy=ONE_BY_ONE)
    for code in PEOPLE:
        town.mobile(code).answers_after(3, talks_s=20).presses("1", after=1)
    for _ in range(6):
        ring(town)
        town.standin.run_for(120)
    first_round = town.offers()[:3]

    assert sorted(first_round) == sorted(PEOPLE)
    assert town.offers() == first_round * 2


def test_who_declines_makes_room_for_the_next_within_the_same_call(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=ONE_BY_ONE)
    refuse(town, *PEOPLE)
    ring(town)

    assert sorted(town.offers()) == sorted(PEOPLE)
    assert set(town.legs().values()) == {"declined"}
    assert town.call().outcome == "missed"


@pytest.mark.parametrize(
    ("state", "result"), [("busy", "busy"), ("off", "no_answer"), ("unreachable", "failed"), ("declines", "declined")]
)
def test_a_mobile_that_cannot_be_reached_is_passed_over_at_once(
    a_small_town: MakeTown, state: str, result: str
) -> None:
    town = a_small_town(policy=ONE_BY_ONE, on_duty=("AIS", "BRA"))
    for code in ("AIS", "BRA"):
        town.mobile(code).follows(PhoneScript(state, after_s=2))  # type: ignore[arg-type]
    caller = town.somebody().dials(LINE)
    town.live()

    assert town.legs() == {"AIS": result, "BRA": result}
    assert town.call().outcome == "missed"
    assert caller.wait_s() < 35
    assert breaches(town) == []


@pytest.mark.parametrize("after_s", [0, 5, 19])
def test_a_voicemail_in_a_turn_is_given_up_for_the_next_colleague(a_small_town: MakeTown, after_s: float) -> None:
    town = a_small_town(policy=ONE_BY_ONE, on_duty=("AIS", "BRA"))
    for code in ("AIS", "BRA"):
        town.mobile(code).follows(PhoneScript("voicemail", after_s=after_s), PhoneScript("no_answer"))
    ring(town)

    assert len(town.offers()) == 2
    assert town.call().answered_by is None
    assert breaches(town) == []


def test_in_wrap_up_nobody_is_rung_but_as_the_last_resort(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=USUAL, on_duty=("AIS", "BRA"), caseload="05HL;;AIS")
    town.answers("AIS", after=2)
    town.somebody().dials(LINE, talks=10)
    town.live(tail_s=5)
    town.answers("BRA", after=2)
    town.somebody().dials(LINE, talks=10)
    town.live()

    # AIS is in wrap-up: tier `preferred` skips AIS, tier `anyone` may ring both.
    assert town.decisions()[1][0] == "anyone"
    assert breaches(town) == []


def test_two_offers_in_a_row_not_accepted_are_a_pause(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=ONE_BY_ONE)
    refuse(town, "AIS")
    for code in ("BRA", "CEM"):
        town.mobile(code).answers_after(3, talks_s=10).presses("1", after=1)
    while town.offers().count("AIS") < 2:
        ring(town)
        town.standin.run_for(90)
    for _ in range(3):
        ring(town)
        town.standin.run_for(90)

    assert town.offers().count("AIS") == 2
    assert town.decisions()[-1][1]["AIS"] == "paused"
    town.standin.run_for(15 * 60)
    for _ in range(3):
        ring(town)
        town.standin.run_for(90)
    assert town.offers().count("AIS") > 2


def test_a_pause_does_not_go_below_the_floor_of_two(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=ONE_BY_ONE, on_duty=("AIS", "BRA"))
    refuse(town, "AIS", "BRA")
    for _ in range(4):
        ring(town)

    assert town.offers().count("AIS") == town.offers().count("BRA") == 4
    assert breaches(town) == []


def test_a_caller_who_hangs_up_never_counts_as_not_accepted(a_small_town: MakeTown) -> None:
    town = a_small_town()
    for n in range(5):
        ring(town, f"+3120123456{n}", patience=15)
    town.answers("AIS")
    ring(town, talks=10)

    assert "paused" not in {why for _, reasons in town.decisions() for why in reasons.values()}
    assert town.calls()[-1].outcome == "answered"


def test_being_too_late_never_counts_as_not_accepted(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.mobile("AIS").answers_after(4, talks_s=5).presses("1")
    town.mobile("BRA").answers_after(4, talks_s=5).presses("1", after=2.05)
    for _ in range(4):
        ring(town)
        town.standin.run_for(90)
    assert "paused" not in {why for _, reasons in town.decisions() for why in reasons.values()}


def test_somebody_on_a_break_is_not_rung(a_small_town: MakeTown) -> None:
    town = a_small_town()
    with town.sessions.begin() as session:
        rota = CallTransaction(session, town.clock.now()).rota
        assert rota is not None
        store_presence(session, rota, "AIS", "break", None, town.clock.now())
    town.answers("BRA")
    ring(town, talks=10)

    assert "AIS" not in town.offers()
    assert town.decisions()[0][1]["AIS"] == "break"


def test_nobody_planned_while_open_is_a_message_at_once(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=(), backup=())
    caller = town.somebody().dials(LINE, message=8)
    town.live()

    assert town.call().outcome == "voicemail"
    assert town.call().counted
    assert caller.wait_s() < 15
    assert breaches(town) == []


def test_two_callers_share_the_colleagues_between_them(a_town: MakeTown) -> None:
    town = a_town(policy=ONE_BY_ONE, on_duty=("AIS", "BRA"))
    for code in ("AIS", "BRA"):
        town.answers(code, after=4)
    town.somebody().dials(LINE, talks=20)
    town.somebody("+31201234567").dials(LINE, talks=20, after=0.5)
    town.live()

    assert [call.outcome for call in town.calls()] == ["answered", "answered"]
    assert {call.answered_by for call in town.calls()} == {"AIS", "BRA"}
    assert breaches(town) == []


def test_a_consultant_lost_before_the_talk_is_not_rung_again_and_neither_is_who_refused(
    a_small_town: MakeTown,
) -> None:
    town = a_small_town()
    town.mobile("AIS").declines_after(2)
    town.mobile("BRA").follows(PhoneScript(after_s=5, steps=(press("1", at_s=1), hang_up(at_s=1.3))))
    town.answers("CEM", after=12)
    ring(town, talks=20)

    assert town.offers().count("AIS") == town.offers().count("BRA") == 1
    assert town.call().answered_by == "CEM"
    assert breaches(town) == []


def test_the_search_never_outlasts_its_cap(a_small_town: MakeTown) -> None:
    policy = USUAL + "[hunt]\ncap_s = 30\n" + ONE_BY_ONE.replace("45", "60")
    town = a_small_town(policy=policy)
    for code in PEOPLE:
        town.mobile(code).follows(PhoneScript(after_s=1, waits_s=40))
    caller = town.somebody().dials(LINE)
    town.live()

    assert town.call().outcome == "missed"
    heard = next(heard for heard in caller.heard if heard.text.startswith("Het lukt nu niet"))
    assert (heard.at - caller.call.created_at).total_seconds() == pytest.approx(30, abs=1.5)
