"""A mobile forwards a call to the line: our own leg is rejected, and any other caller is put through."""

import pytest

from callcenter.directory.records import Contact, ContactNumber
from callcenter.routing.outcome import UNANSWERED
from callcenter.routing.reconcile import run_reconcile
from callcenter.standin.faults import FaultRule
from callcenter.standin.people.scripts import ForwardedForm, PhoneScript, ShownAs
from tests.support.invariants import breaches
from tests.support.town import LINE, PEOPLE, SCHOOL, MakeTown, Town

OTHER_LINE = "+31858880001"
FORMS: tuple[ForwardedForm, ...] = ("e164", "national", "absent")
# The numbers that our own leg shows when a mobile forwards it back. A call without any number is an anonymous
# caller's, who is never rejected.
OWN_LEGS: tuple[tuple[ShownAs, ForwardedForm], ...] = (
    *(("caller", form) for form in FORMS),
    *(("mobile", form) for form in FORMS),
    ("withheld", "e164"),
    ("withheld", "national"),
)


@pytest.mark.parametrize("line", [LINE, OTHER_LINE])
@pytest.mark.parametrize(("shown", "form"), OWN_LEGS)
def test_our_own_unanswered_leg_is_rejected_and_the_search_goes_on(
    a_town: MakeTown, shown: ShownAs, form: ForwardedForm, line: str
) -> None:
    town = a_town()
    town.another_line(OTHER_LINE)
    town.mobile("AIS").forwards_to(line, after=8, form=form, shown_as=shown)
    town.answers("BRA", after=14)
    town.somebody().dials(LINE, talks=20)
    town.live()

    assert sorted(str(call.outcome) for call in town.calls()) == ["answered", "rejected"]
    assert town.totals("callcenter_offered_calls_total") == 1
    assert town.legs()["AIS"] in ("declined", "no_answer", "busy")
    assert breaches(town) == []


@pytest.mark.parametrize(("shown", "form"), OWN_LEGS)
def test_our_own_leg_of_which_only_the_end_is_heard_is_no_caller_either(
    a_small_town: MakeTown, shown: ShownAs, form: ForwardedForm
) -> None:
    town = a_small_town()
    town.mobile("AIS").forwards_to(LINE, after=8, form=form, shown_as=shown)
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


@pytest.mark.parametrize(("shown", "form"), OWN_LEGS)
def test_our_own_leg_that_only_the_telephone_companys_list_tells_of_is_no_caller_either(
    a_small_town: MakeTown, shown: ShownAs, form: ForwardedForm
) -> None:
    town = a_small_town()
    town.mobile("AIS").forwards_to(LINE, after=8, form=form, shown_as=shown)
    town.somebody().dials(LINE, patience=30)
    town.standin.run_for(6)
    town.lived.be_away()
    town.standin.run_for(15)
    town.lived.come_back()
    town.live(tail_s=120)
    run_reconcile(town.sessions, town.lived.twilio, town.clock.now())

    assert {str(call.outcome): call.reconciled for call in town.calls()} == {"abandoned": False, "rejected": True}
    assert [callback.number for callback in town.callbacks()] == [SCHOOL]


@pytest.mark.parametrize("told", [PEOPLE["AIS"], "0620000001", "0031620000001"])
def test_a_school_that_rang_the_consultant_directly_is_rescued(a_town: MakeTown, told: str) -> None:
    town = a_town()
    town.answers("BRA", after=6)
    town.somebody().dials(LINE, talks=20, forwarded_from=told)
    town.live()

    call = town.call()
    assert (call.outcome, call.answered_by, call.rescued_for, call.staff) == ("answered", "BRA", "AIS", None)
    said = " ".join(heard.text for heard in town.mobile("BRA").calls[-1].heard)
    assert "belde Aïsha rechtstreeks" in said
    assert breaches(town) == []


def test_the_schools_own_consultant_is_rung_first_whichever_mobile_sent_the_school_on(a_small_town: MakeTown) -> None:
    town = a_small_town(caseload="05HL00;;CEM", policy="")
    town.answers("CEM", after=6)
    town.somebody().dials(LINE, talks=20, forwarded_from=PEOPLE["AIS"])
    town.live()

    assert (town.call().answered_by, town.offers()) == ("CEM", ["CEM"])
    assert breaches(town) == []


def test_the_mobile_that_let_a_caller_go_is_not_rung_again_within_a_minute(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.somebody().dials(LINE, patience=50, forwarded_from=PEOPLE["AIS"])
    town.live()
    assert sorted(town.offers()) == ["BRA", "CEM"]


@pytest.mark.parametrize("number", [SCHOOL, "+31201234567", "+31611223344"])
def test_a_caller_sent_on_by_a_mobile_that_we_are_ringing_is_rescued(a_town: MakeTown, number: str) -> None:
    """The mobile is engaged because it rings for us, and forwards other callers to the line (**67*)."""
    town = a_town()
    town.somebody("+31302345678").dials(LINE, patience=16)
    town.somebody(number).dials(LINE, after=4, patience=30, forwarded_from=PEOPLE["AIS"])
    town.live()

    assert town.calls()[1].outcome in UNANSWERED
    assert [call.rescued_for for call in town.calls()] == [None, "AIS"]
    assert {callback.number: callback.owner for callback in town.callbacks()}[number] == "AIS"
    assert town.totals("callcenter_offered_calls_total") == 2
    assert breaches(town) == []


@pytest.mark.parametrize("sent_on_by", ["", "+31101234567"])
def test_nobody_is_rejected_for_hiding_the_number_while_mobiles_ring(a_small_town: MakeTown, sent_on_by: str) -> None:
    town = a_small_town()
    town.somebody().dials(LINE, patience=16)
    town.somebody(None).dials(LINE, after=4, patience=10, forwarded_from=sent_on_by)
    town.live()

    assert town.calls()[1].outcome in UNANSWERED
    assert breaches(town) == []


def test_a_hidden_caller_sent_on_by_a_mobile_that_does_not_ring_is_rescued(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.answers("BRA")
    town.somebody(None).dials(LINE, talks=20, forwarded_from=PEOPLE["AIS"])
    town.live()

    assert (town.call().outcome, town.call().rescued_for) == ("answered", "AIS")
    assert breaches(town) == []


def test_a_caller_whose_place_the_carrier_gives_to_the_mobile_is_rescued_without_a_number(
    a_small_town: MakeTown,
) -> None:
    town = a_small_town()
    caller = town.somebody(PEOPLE["AIS"]).dials(LINE, message=8, forwarded_from=PEOPLE["AIS"])
    town.live()

    call = town.call()
    assert (call.outcome, call.from_number, call.rescued_for, call.staff) == ("voicemail", None, "AIS", None)
    assert call.counted
    assert "uw nummer niet" in town.heard(caller)
    assert [(callback.number, callback.owner) for callback in town.callbacks()] == [(None, "AIS")]
    assert breaches(town) == []


def test_a_direct_call_without_forwarded_from_is_an_ordinary_caller(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.answers("BRA")
    town.somebody().dials(LINE, talks=20)
    town.live()
    assert (town.call().outcome, town.call().rescued_for) == ("answered", None)


def owner_of_a_direct_call(town: Town) -> str | None:
    town.somebody().dials(LINE, patience=20, forwarded_from=PEOPLE["AIS"])
    town.live()
    (callback,) = town.callbacks()
    assert callback.number == SCHOOL
    return callback.owner


def test_a_direct_call_that_nobody_takes_is_called_back_by_whoever_was_dialled(a_small_town: MakeTown) -> None:
    town = a_small_town()
    assert owner_of_a_direct_call(town) == "AIS"
    assert breaches(town) == []


def test_whoever_was_dialled_calls_back_before_the_schools_own_consultant(a_small_town: MakeTown) -> None:
    assert owner_of_a_direct_call(a_small_town(caseload="05HL00;;CEM")) == "AIS"


def test_whoever_was_dialled_calls_back_also_from_the_backup(a_small_town: MakeTown) -> None:
    assert owner_of_a_direct_call(a_small_town(on_duty=("BRA", "CEM"), backup=("AIS",))) == "AIS"


def test_when_whoever_was_dialled_is_not_there_the_schools_own_consultant_calls_back(a_small_town: MakeTown) -> None:
    assert owner_of_a_direct_call(a_small_town(on_duty=("BRA", "CEM"), caseload="05HL00;;CEM")) == "CEM"


def test_a_promise_that_nobody_works_on_moves_to_whoever_the_caller_dials(a_small_town: MakeTown) -> None:
    town = a_small_town(caseload="05HL00;;CEM")
    town.somebody().dials(LINE, patience=20)
    town.live()
    assert [callback.owner for callback in town.callbacks()] == ["CEM"]
    assert owner_of_a_direct_call(town) == "AIS"


def test_a_call_forwarded_by_a_stranger_is_an_ordinary_caller(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.answers("BRA")
    town.somebody().dials(LINE, talks=20, forwarded_from="+31101234567")
    town.live()
    assert (town.call().outcome, town.call().rescued_for) == ("answered", None)


def test_a_school_sent_on_by_a_mobile_that_rang_only_when_we_were_away_is_found_and_called_back(
    a_small_town: MakeTown,
) -> None:
    town = a_small_town()
    town.lived.be_away()
    town.somebody().dials(LINE, patience=10, forwarded_from=PEOPLE["AIS"])
    town.standin.run_for(20)
    town.lived.come_back()
    town.live(tail_s=120)
    run_reconcile(town.sessions, town.lived.twilio, town.clock.now())

    assert (town.call().rescued_for, town.call().reconciled) == ("AIS", True)
    assert [(callback.number, callback.owner) for callback in town.callbacks()] == [(SCHOOL, "AIS")]


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
