"""Callers from 088, 14xxx, foreign, premium and SIP numbers get what the line announces to them."""

import pytest

from callcenter.callbacks import one_press
from callcenter.callbacks.by_hand import make_by_hand
from callcenter.callbacks.one_press import DiallingRefused
from callcenter.lines.register import add
from callcenter.rota import versions
from callcenter.standin.people.scripts import hang_up, press
from tests.support.invariants import breaches
from tests.support.town import LINE, PEOPLE, SCHOOL, MakeTown, Town

COMPANY = "+31880009600"  # a school's number from DUO's list
MUNICIPALITY = "+3114030"
ABROAD, PAID, SATELLITE = "+33142685300", "+319008844", "+881631234567"
OTHER_LINE = "+31858880001"


def press_call(town: Town, consultant: str = "AIS") -> None:
    """One press on "call" for the only callback."""
    (callback,) = town.callbacks()
    with town.sessions.begin() as session:
        active = versions.active(session)
        assert active is not None
        one_press.press(session, active[1], callback.id, consultant, town.clock.now(), consultant)


@pytest.mark.parametrize("number", [COMPANY, MUNICIPALITY, "+31841234567", "+318001234", ABROAD, PAID, SATELLITE])
def test_whoever_hangs_up_has_a_callback_whatever_the_number(a_small_town: MakeTown, number: str) -> None:
    town = a_small_town()
    town.somebody(number).dials(LINE, script=[hang_up(at_s=2.5)])
    town.live()

    assert town.call().outcome == "abandoned"
    assert [callback.number for callback in town.callbacks()] == [number]
    assert "callcenter_unanswered_without_callback 0" in town.page("/metrics")
    assert breaches(town) == []


def test_a_company_number_is_called_back_by_one_press(a_town: MakeTown) -> None:
    town = a_town()
    caller = town.somebody(COMPANY).dials(LINE, script=[press("1", at_s=9)])
    town.live()
    assert town.call().outcome == "callback_requested"
    assert "Genoteerd. U wordt vandaag" in town.heard(caller)

    town.answers("AIS")
    town.standin.phone(COMPANY).answers_after(4, talks_s=60)
    press_call(town)
    town.lived.office.wake()
    town.live()
    assert [callback.state for callback in town.callbacks()] == ["reached"]


def test_a_municipality_is_promised_a_call_and_a_colleague_makes_it_by_hand(a_small_town: MakeTown) -> None:
    town = a_small_town()
    caller = town.somebody(MUNICIPALITY).dials(LINE, script=[press("1", at_s=9)])
    town.live()

    assert town.call().outcome == "callback_requested"
    assert "Genoteerd. U wordt vandaag vóór" in town.heard(caller)
    with pytest.raises(DiallingRefused, match="own telephone") as refused:
        press_call(town)
    assert refused.value.reason == "own_telephone"
    assert len(town.standin.calls) == 1 + len(town.offers())  # no other mobile was rung
    assert breaches(town) == []


@pytest.mark.parametrize("number", [ABROAD, PAID, SATELLITE])
def test_a_number_that_we_do_not_ring_back_hears_so_and_no_time(a_small_town: MakeTown, number: str) -> None:
    town = a_small_town()
    caller = town.somebody(number).dials(LINE, script=[press("1", at_s=9), hang_up(at_s=25)])
    town.live()

    assert "kunnen we niet bellen" in town.heard(caller)
    assert "vóór" not in town.heard(caller)  # which begins every promised time
    assert [callback.number for callback in town.callbacks()] == [number]
    with pytest.raises(DiallingRefused):
        press_call(town)
    assert breaches(town) == []


@pytest.mark.parametrize("number", [ABROAD, PAID, SATELLITE])
def test_such_a_caller_who_stays_to_the_end_is_named_no_time_either(a_small_town: MakeTown, number: str) -> None:
    town = a_small_town(on_duty=("AIS",))
    caller = town.somebody(number).dials(LINE, message=8, then="hash")
    town.live()

    assert town.call().outcome == "voicemail"
    assert "vóór" not in town.heard(caller)  # which begins every promised time
    assert [callback.number for callback in town.callbacks()] == [number]
    assert breaches(town) == []


@pytest.mark.parametrize(("keys", "number"), [("0880009600#", COMPANY), ("14030#", MUNICIPALITY)])
def test_a_hidden_caller_may_key_one(a_small_town: MakeTown, keys: str, number: str) -> None:
    town = a_small_town()
    script = [
        press("1", at_s=9),
        press(keys, when="heard:Toets uw nummer", after_s=3),
        press("1", when="heard:Klopt dat", after_s=3),  # where it is read back
    ]
    caller = town.somebody(None).dials(LINE, script=script)
    town.live()

    assert town.call().outcome == "callback_requested"
    assert [callback.number for callback in town.callbacks()] == [number]
    assert "kunnen we niet bellen" not in town.heard(caller)
    assert breaches(town) == []


def test_no_line_of_the_office_is_noted_as_the_callers_number(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=("AIS",))
    with town.sessions.begin() as session:
        add(session, OTHER_LINE, "RBL 2", town.clock.now())
    script = [press("0858880001#", when="heard:(?i)toets uw nummer", after_s=3)]
    caller = town.somebody(None).dials(LINE, script=script)
    town.live()

    assert "kunnen we niet bellen" in town.heard(caller)
    assert town.call().keyed_number is None


@pytest.mark.parametrize(
    ("from_", "number"),
    [
        ("sip:+31786140001@10.20.30.40;user=phone", SCHOOL),
        ('"De Wegwijzer" <sip:0786140001@host.example>', SCHOOL),
        ("sip:anonymous@31.201.234.567", None),
        ("266696687", None),
        ("Unavailable", None),
    ],
)
def test_a_caller_is_known_by_the_number_in_any_address(a_small_town: MakeTown, from_: str, number: str | None) -> None:
    town = a_small_town()
    town.somebody(from_).dials(LINE, script=[hang_up(at_s=6)])
    town.live()

    assert town.call().from_number == number
    assert [callback.number for callback in town.callbacks()] == ([number] if number else [])
    assert town.call().caller_name == ("obs De Wegwijzer" if number else None)


@pytest.mark.parametrize("to", [f"sip:{LINE}@callcenter.sip.twilio.com", f"sip:{LINE}@10.0.0.1:5060;transport=udp"])
def test_a_line_is_found_by_its_sip_address(a_small_town: MakeTown, to: str) -> None:
    town = a_small_town()
    town.answers("BRA")
    town.standin.line(to)
    town.somebody().dials(to, talks=20)
    town.live()

    assert town.call().outcome == "answered"


def test_one_made_by_hand_may_have_such_a_number(a_small_town: MakeTown) -> None:
    town = a_small_town()
    with town.sessions.begin() as session:
        active = versions.active(session)
        assert active is not None
        for typed, number in (("088 000 9600", COMPANY), ("14 030", MUNICIPALITY)):
            made = make_by_hand(session, active[1], typed, town.clock.now(), by="lead", note=None, due_by=None).callback
            assert (made.number, made.state) == (number, "open")
    assert PEOPLE.keys() >= {callback.owner for callback in town.callbacks()}
