"""A mobile sends a call on to the line: our own leg coming back is no caller, everybody else is."""

import pytest

from callcenter.directory.records import Contact, ContactNumber
from callcenter.standin.faults import FaultRule
from callcenter.standin.people import ForwardedForm, PhoneScript
from tests.support.invariants import breaches
from tests.support.town import LINE, PEOPLE, SCHOOL, MakeTown

FORMS: tuple[ForwardedForm, ...] = ("e164", "national", "absent")


@pytest.mark.parametrize("form", FORMS)
def test_our_own_unanswered_leg_is_rejected_and_the_search_goes_on(a_town: MakeTown, form: ForwardedForm) -> None:
    town = a_town()
    town.mobile("AIS").forwards_to(LINE, after=8, form=form)
    town.answers("BRA", after=14)
    town.somebody().dials(LINE, talks=20)
    town.live()

    assert sorted(str(call.outcome) for call in town.calls()) == ["answered", "rejected"]
    assert town.totals("callcenter_offered_calls_total") == 1
    assert town.legs()["AIS"] in ("declined", "no_answer", "busy")
    assert breaches(town) == []


def test_our_own_leg_of_which_only_the_end_is_heard_is_no_caller_either(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.mobile("AIS").forwards_to(LINE, after=8, form="absent")
    town.somebody().dials(LINE, patience=15)
    town.standin.run_for(5)
    town.standin.faults.add(FaultRule("timeout", kind="voice"))
    town.live()

    assert sorted(str(call.outcome) for call in town.calls()) == ["abandoned", "rejected"]
    assert breaches(town) == []


def test_every_mobile_sent_on_to_the_line_makes_no_loop(a_small_town: MakeTown) -> None:
    town = a_small_town()
    for code in PEOPLE:
        town.mobile(code).follows(PhoneScript("forwards", after_s=8, forward_to=LINE, forwarded_form="absent"))
    town.somebody().dials(LINE, message=8)
    town.live()

    outcomes = [call.outcome for call in town.calls()]
    assert outcomes.count("rejected") == 3
    assert outcomes.count("voicemail") == len(outcomes) - 3 == 1
    assert len(town.callbacks()) == 1
    assert breaches(town) == []


@pytest.mark.parametrize("told", [PEOPLE["AIS"], "0620000001", "0031620000001"])
def test_a_school_that_rang_the_consultant_directly_is_rescued_and_he_or_she_is_asked_first(
    a_town: MakeTown, told: str
) -> None:
    town = a_town(policy="")
    town.answers("AIS", after=6)
    town.somebody().dials(LINE, talks=20, forwarded_from=told)
    town.live()

    call = town.call()
    assert (call.outcome, call.rescued_for) == ("answered", "AIS")
    assert town.offers() == ["AIS"]
    leg = town.mobile("AIS").calls[-1]
    assert "belde Aïsha rechtstreeks" in " ".join(heard.text for heard in leg.heard)
    assert breaches(town) == []


def test_a_direct_call_without_forwarded_from_is_an_ordinary_caller(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.answers("BRA")
    town.somebody().dials(LINE, talks=20)
    town.live()
    assert (town.call().outcome, town.call().rescued_for) == ("answered", None)


def test_a_direct_call_that_nobody_takes_keeps_its_promise(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.somebody().dials(LINE, forwarded_from=PEOPLE["AIS"])
    town.live()

    assert town.call().outcome == "missed"
    (callback,) = town.callbacks()
    assert (callback.number, callback.owner) == (SCHOOL, "AIS")


def test_a_call_forwarded_by_a_stranger_is_an_ordinary_caller(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.answers("BRA")
    town.somebody().dials(LINE, talks=20, forwarded_from="+31101234567")
    town.live()
    assert (town.call().outcome, town.call().rescued_for) == ("answered", None)


def test_a_call_sent_on_by_a_mobile_that_we_are_ringing_is_taken_for_our_own_leg(a_small_town: MakeTown) -> None:
    """Where the carrier shows the mobile's own caller, only the live leg tells; so the rule is wide (design, loop
    guard), and it is this call that is counted apart."""
    town = a_small_town()
    town.answers("BRA", after=16)
    town.somebody("+31201234567").dials(LINE, talks=20)
    town.somebody().dials(LINE, after=4, forwarded_from=PEOPLE["AIS"])
    town.live()

    assert [call.outcome for call in town.calls()] == ["answered", "rejected"]
    assert breaches(town) == []


def test_a_number_shared_by_two_schools_is_one_of_them(a_small_town: MakeTown) -> None:
    town = a_small_town()
    with town.sessions.begin() as session:
        other = Contact(
            kind="school",
            source="duo_primary",
            duo_code="05HL01",
            brin="05HL",
            name="obs De Bron",
            place="Dordrecht",
            municipality="Dordrecht",
            updated_at=town.clock.now(),
            digest="",
        )
        other.numbers.append(ContactNumber(number=SCHOOL, source="duo_primary"))
        session.add(other)
    town.answers("BRA")
    caller = town.somebody().dials(LINE, talks=20)
    town.live()

    said = " ".join(heard.text for heard in town.mobile("BRA").calls[-1].heard)
    assert "Een van 2 scholen" in said or "Een van twee scholen" in said
    assert "obs De" not in town.heard(caller)
    assert town.call().group == "school"
