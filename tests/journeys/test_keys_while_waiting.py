"""A caller presses 1, 2, 9 or another key at any moment, and hears that choice in the chosen language."""

import pytest
from sqlalchemy import select

from callcenter.calls.records import Voicemail, VoicemailAudio
from callcenter.standin.people.scripts import hang_up, press
from tests.support.invariants import breaches
from tests.support.town import LINE, SCHOOL, MakeTown

MOMENTS = [1, 4.2, 6, 9, 13, 16.5, 19.5]  # in the greeting, the offer of English, the explanation, the tone, at the end


@pytest.mark.parametrize("at_s", MOMENTS)
def test_pressing_1_at_any_moment_asks_for_a_callback_and_stops_every_mobile(
    a_small_town: MakeTown, at_s: float
) -> None:
    town = a_small_town()
    caller = town.somebody().dials(LINE, script=[press("1", at_s=at_s)])
    town.live()

    assert town.call().outcome == "callback_requested"
    assert set(town.legs().values()) == {"cancelled"}
    assert [callback.reason for callback in town.callbacks()] == ["requested"]
    assert "Genoteerd. U wordt vandaag" in town.heard(caller)
    assert breaches(town) == []


@pytest.mark.parametrize("at_s", MOMENTS)
def test_pressing_2_at_any_moment_leaves_a_message(a_small_town: MakeTown, at_s: float) -> None:
    town = a_small_town()
    caller = town.somebody().dials(LINE, script=[press("2", at_s=at_s)], message=8, then="hash")
    town.live()

    assert town.call().outcome == "voicemail"
    assert [callback.reason for callback in town.callbacks()] == ["voicemail"]
    assert "Dank u, uw bericht is bewaard. U wordt vandaag" in town.heard(caller)
    assert breaches(town) == []


@pytest.mark.parametrize("at_s", [1, 9, 16.5])
def test_9_speaks_english_from_then_on_to_the_end(a_small_town: MakeTown, at_s: float) -> None:
    town = a_small_town()
    caller = town.somebody().dials(LINE, script=[press("9", at_s=at_s)], message=8, then="hash")
    town.live()

    heard = town.heard(caller)
    assert "We cannot connect you now. | We will call you back today before" in heard
    assert "Thank you, your message is saved." in heard
    assert "Het lukt nu niet" not in heard
    assert town.call().language == "en"
    assert breaches(town) == []


def test_9_twice_is_dutch_again(a_small_town: MakeTown) -> None:
    town = a_small_town()
    caller = town.somebody().dials(LINE, script=[press("9", at_s=1), press("9", at_s=4), press("1", at_s=12)])
    town.live()

    assert town.call().language == "nl"
    assert "Genoteerd." in town.heard(caller)


def test_an_english_caller_is_connected_asked_and_thanked_in_english(a_small_town: MakeTown) -> None:
    town = a_small_town()
    for _ in range(6):  # one caller in three gets the survey
        town.mobile("BRA").answers_after(6, talks_s=20).presses("1")
        thanks = press("1", when="heard:easy to reach", after_s=1)
        town.somebody().dials(LINE, script=[press("9", at_s=1), thanks])
        town.live(tail_s=120)
    heard = " | ".join(town.heard(caller) for caller in town.standin.callers)

    assert {call.outcome for call in town.calls()} == {"answered"}
    assert "Connecting you now." in heard
    assert "One question: was the RBL easy to reach? For yes, press 1. For no, press 2." in heard
    assert "Thank you. Goodbye." in heard
    assert breaches(town) == []


@pytest.mark.parametrize("key", ["0", "3", "8", "*", "#"])
def test_a_key_that_is_no_choice_keeps_the_place_and_the_hunt(a_small_town: MakeTown, key: str) -> None:
    town = a_small_town()
    town.answers("BRA", after=15)
    caller = town.somebody().dials(LINE, script=[press(key, at_s=9)], talks=20)
    town.live()

    assert town.call().outcome == "answered"
    assert ("Die keuze kennen we niet." in town.heard(caller)) is (key != "#")
    assert breaches(town) == []


def test_the_first_key_counts_when_two_are_pressed_fast(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.somebody().dials(LINE, script=[press("12", at_s=9)], message=8)
    town.live()

    assert town.call().outcome == "callback_requested"
    assert breaches(town) == []


@pytest.mark.parametrize("ahead_s", [-0.2, -0.03, 0, 0.03, 0.2])
def test_pressing_1_as_a_colleague_accepts_gives_one_outcome(a_small_town: MakeTown, ahead_s: float) -> None:
    town = a_small_town()
    town.answers("BRA", after=6, press_after=3)
    town.somebody().dials(LINE, script=[press("1", at_s=9.7 + ahead_s)], talks=20)
    town.live()

    assert town.call().outcome in ("callback_requested", "answered")
    assert breaches(town) == []


def test_pressing_1_after_hearing_that_nobody_comes_is_a_request(a_small_town: MakeTown) -> None:
    town = a_small_town()
    script = [press("1", when="heard:Het lukt nu niet", after_s=2)]
    caller = town.somebody().dials(LINE, script=script)
    town.live()

    assert town.call().outcome == "callback_requested"
    assert "Genoteerd." in town.heard(caller)
    assert breaches(town) == []


def test_a_message_may_be_spoken_again_and_the_last_one_counts(a_town: MakeTown) -> None:
    town = a_town()
    script = [press("2", at_s=9), press("1", when="heard:opnieuw in te spreken", after_s=1)]
    caller = town.somebody().dials(LINE, script=script, message=6, then="hash")
    town.live(tail_s=120)

    assert town.call().outcome == "voicemail"
    assert len([heard for heard in caller.heard if heard.what == "record"]) == 2
    assert len(town.callbacks()) == 1
    assert town.standin.rest.requests["delete-recording"] == 2
    with town.session() as session:
        kept = select(Voicemail.state, VoicemailAudio.voicemail_id).outerjoin(VoicemailAudio).order_by(Voicemail.id)
        sounds = session.execute(kept).all()
    # The replaced message had been downloaded already.
    assert [(state, sound is not None) for state, sound in sounds] == [("erased", False), ("stored", True)]
    assert breaches(town) == []


def test_a_message_ends_at_its_limit(a_small_town: MakeTown) -> None:
    town = a_small_town()
    caller = town.somebody().dials(LINE, message=400, then="waits")
    town.live()

    assert caller.call.recorded_s == pytest.approx(180, abs=1)
    assert town.call().outcome == "voicemail"
    assert breaches(town) == []


def test_a_caller_abroad_whom_we_may_not_call_hears_no_promise_and_may_key_in_another_number(
    a_small_town: MakeTown,
) -> None:
    town = a_small_town()
    script = [press("1", at_s=9), press("0786140001#", when="heard:kunnen we niet bellen", after_s=3)]
    town.somebody("+33142685300").dials(LINE, script=script)
    town.live()

    assert [callback.number for callback in town.callbacks()] == [SCHOOL]
    assert town.call().outcome == "callback_requested"


@pytest.mark.parametrize("keys", ["0900123456#", "112#", "144#", "06123#", "0858880000#"])
def test_a_number_we_never_dial_is_asked_again_and_a_message_is_taken_in_the_end(
    a_small_town: MakeTown, keys: str
) -> None:
    town = a_small_town(on_duty=("AIS",))
    script = [press(keys, when="heard:(?i)toets (uw|een ander) nummer", after_s=3, nth=n) for n in (1, 2, 3)]
    town.somebody(None).dials(LINE, script=script, message=8)
    town.live()

    assert town.call().outcome == "voicemail"
    assert [callback.number for callback in town.callbacks()] == [None]
    assert breaches(town) == []


def test_a_withheld_number_that_leaves_nothing_is_missed_without_a_callback(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=("AIS",))
    town.somebody(None).dials(LINE, script=[hang_up(at_s=50)])
    town.live()

    assert town.call().outcome == "missed"
    assert town.callbacks() == []
    assert town.totals("callcenter_offered_calls_total") == 1
