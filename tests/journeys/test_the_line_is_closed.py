"""A caller rings outside opening hours, hears why and until when, and is called back in the first open hour."""

from datetime import UTC, datetime

import pytest

from callcenter.standin.people.scripts import press
from tests.support.invariants import breaches
from tests.support.town import LINE, MakeTown


def at(text: str) -> datetime:
    """An instant in UTC: `2027-06-08 18:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


TEXTS = {
    "in the evening": ("2027-06-08 18:00", "We zijn nu gesloten", "Morgen vanaf half negen zijn we er weer"),
    "early in the morning": ("2027-06-08 05:00", "We zijn nu gesloten", "Vandaag vanaf half negen zijn we er weer"),
    "at the weekend": ("2027-06-12 10:00", "We zijn nu gesloten", "Maandagochtend vanaf half negen zijn we er weer"),
    "at the second of closing": ("2027-06-08 15:00", "We zijn nu gesloten", "Morgen vanaf half negen zijn we er weer"),
    "after closing early": ("2027-12-24 14:30", "Vandaag zijn we eerder gesloten", "Maandagochtend vanaf half negen"),
    "on Whit Monday": ("2027-05-17 08:00", "Wegens tweede pinksterdag zijn we gesloten", "Morgen vanaf half negen"),
    "on King's Day": ("2027-04-27 08:00", "Wegens Koningsdag zijn we gesloten", "Morgen vanaf half negen"),
}


@pytest.mark.parametrize("when", TEXTS)
def test_the_closed_text_says_why_and_until_when(a_small_town: MakeTown, when: str) -> None:
    instant, why, back = TEXTS[when]
    town = a_small_town(at(instant))
    caller = town.somebody().dials(LINE, patience=25)
    town.live()

    assert why in town.heard(caller)
    assert back in town.heard(caller)
    assert "Is er direct gevaar? Bel 112." in town.heard(caller)
    assert "Ik zoek een collega" not in town.heard(caller)
    call = town.call()
    assert (call.outcome, call.in_hours, call.counted) == ("closed", False, False)
    assert town.offers() == []
    assert [callback.reason for callback in town.callbacks()] == ["closed"]
    assert breaches(town) == []


def test_a_caller_out_of_hours_hears_whom_he_rang_the_news_the_choices_and_what_to_do(a_small_town: MakeTown) -> None:
    town = a_small_town(at("2027-06-08 18:00"))
    caller = town.somebody().dials(LINE, message=10, then="hash")
    town.live()

    assert town.heard(caller).split(" | ") == [
        "Goedenavond, u belt met het RBL.",
        "We zijn nu gesloten. Morgen vanaf half negen zijn we er weer.",
        "Is er direct gevaar? Bel 112.",
        "Om teruggebeld te worden, toets 1. Of spreek uw bericht in na de toon.",
        "For English, press 9.",
        "Spreek na de toon in waar het over gaat, of hang op.",
        "Dank u, uw bericht is bewaard. U wordt morgen vóór half elf gebeld.",
        "Om opnieuw in te spreken, toets 1.",
        "Dank u wel voor het bellen. Tot ziens.",
    ]
    assert town.call().outcome == "voicemail"


def test_a_wrong_key_out_of_hours_repeats_the_choices_without_another_greeting(a_small_town: MakeTown) -> None:
    town = a_small_town(at("2027-06-08 18:00"))
    caller = town.somebody().dials(LINE, script=[press("5", at_s=14)])
    town.live()

    heard = town.heard(caller)
    assert heard.count("Goedenavond") == 1
    assert heard.count("Om teruggebeld te worden, toets 1.") == 2
    assert "Die keuze kennen we niet." in heard


def test_a_hidden_caller_out_of_hours_who_presses_nothing_is_asked_for_name_and_number(a_small_town: MakeTown) -> None:
    town = a_small_town(at("2027-06-08 18:00"))
    caller = town.somebody(None).dials(LINE, message=10)
    town.live()

    assert "Spreek na de toon uw naam, uw nummer en uw vraag in, dan bellen we u terug." in town.heard(caller)
    assert "Spreek na de toon in waar het over gaat" not in town.heard(caller)
    assert [callback.reason for callback in town.callbacks()] == ["voicemail"]


def test_the_first_second_of_opening_is_open(a_small_town: MakeTown) -> None:
    town = a_small_town(at("2027-06-08 06:30"))
    town.answers("AIS")
    town.somebody().dials(LINE, talks=20)
    town.live()
    assert town.call().outcome == "answered"


def test_a_hunt_begun_before_closing_is_finished(a_small_town: MakeTown) -> None:
    town = a_small_town(at("2027-06-08 14:59:55"))
    town.answers("AIS", after=12)
    town.somebody().dials(LINE, talks=20)
    town.live()
    assert (town.call().outcome, town.call().in_hours) == ("answered", True)


def test_pressing_1_when_closed_is_noted_for_the_first_opened_hour(a_small_town: MakeTown) -> None:
    town = a_small_town(at("2027-06-08 18:00"))
    caller = town.somebody().dials(LINE, script=[press("1", at_s=8)])
    town.live()

    (callback,) = town.callbacks()
    assert town.call().outcome == "callback_requested"
    assert callback.due_at == at("2027-06-09 07:30")
    assert "Genoteerd. U wordt morgen vóór half tien gebeld." in town.heard(caller)
    assert breaches(town) == []


def test_a_message_when_closed_is_kept(a_small_town: MakeTown) -> None:
    town = a_small_town(at("2027-06-08 18:00"))
    town.somebody().dials(LINE, message=10)
    town.live()

    assert town.call().outcome == "voicemail"
    assert [callback.reason for callback in town.callbacks()] == ["voicemail"]
    assert breaches(town) == []


def test_english_when_closed(a_small_town: MakeTown) -> None:
    town = a_small_town(at("2027-06-08 18:00"))
    caller = town.somebody().dials(LINE, script=[press("9", at_s=1)], message=5, then="hash")
    town.live()

    assert "Good evening, this is the RBL. | We are closed. We are back tomorrow" in town.heard(caller)
    assert "Immediate danger? Call 112." in town.heard(caller)
    assert town.call().outcome == "voicemail"


def test_a_withheld_number_when_closed_keys_one_in(a_small_town: MakeTown) -> None:
    town = a_small_town(at("2027-06-08 18:00"))
    script = [press("1", at_s=8), press("0612345678#", when="heard:zien uw nummer", after_s=4)]
    town.somebody(None).dials(LINE, script=script)
    town.live()

    assert [callback.number for callback in town.callbacks()] == ["+31612345678"]
    assert breaches(town) == []


def test_without_any_rota_the_caller_still_leaves_a_message(a_small_town: MakeTown) -> None:
    from sqlalchemy import delete

    from callcenter.rota.records import RotaVersion

    town = a_small_town()
    with town.sessions.begin() as session:
        session.execute(delete(RotaVersion))
    caller = town.somebody().dials(LINE, message=8)
    town.live()

    assert town.call().outcome == "voicemail"
    assert "Er gaat bij ons iets mis" in town.heard(caller)
    assert "toets 1. Of spreek" not in town.heard(caller)  # a callback that cannot be promised is not offered
