"""A caller who withholds the number keys it in, hears it read back, and can correct it before it is promised."""

import pytest

from callcenter.standin.people.scripts import hang_up, press
from tests.support.invariants import breaches
from tests.support.town import LINE, MakeTown

KEYED, OTHER = "0612345678#", "0786140001#"
ASKED = "heard:(?i)toets uw nummer"
READ_BACK = "heard:U toetste"
SPOKEN = "nul zes, één twee, drie vier, vijf zes, zeven acht"


def test_a_number_that_is_right_is_promised(a_small_town: MakeTown) -> None:
    town = a_small_town()
    script = [press("1", at_s=9), press(KEYED, when=ASKED, after_s=4), press("1", when=READ_BACK, after_s=5)]
    caller = town.somebody(None).dials(LINE, script=script)
    town.live()

    heard = town.heard(caller)
    assert f"U toetste {SPOKEN}. Klopt dat, toets 1. Anders toets 2. | Genoteerd. U wordt vandaag vóór" in heard
    assert [callback.number for callback in town.callbacks()] == ["+31612345678"]
    assert town.call().outcome == "callback_requested"
    assert breaches(town) == []


def test_a_wrong_number_is_keyed_in_anew_and_the_last_one_counts(a_small_town: MakeTown) -> None:
    town = a_small_town()
    script = [
        press("1", at_s=9),
        press(KEYED, when=ASKED, after_s=4),
        press("2", when=READ_BACK, after_s=5),
        press(OTHER, when="heard:nummer opnieuw in", after_s=4),
        press("1", when=READ_BACK, after_s=5, nth=2),
    ]
    caller = town.somebody(None).dials(LINE, script=script)
    town.live()

    assert "Toets uw nummer opnieuw in en sluit af met een hekje." in town.heard(caller)
    assert [callback.number for callback in town.callbacks()] == ["+31786140001"]
    assert town.call().outcome == "callback_requested"
    assert breaches(town) == []


def test_after_silence_the_number_stands_and_is_said_with_the_promise(a_small_town: MakeTown) -> None:
    town = a_small_town()
    script = [press("1", at_s=9), press(KEYED, when=ASKED, after_s=4)]
    caller = town.somebody(None).dials(LINE, script=script)
    town.live()

    heard = town.heard(caller)
    assert heard.count("U toetste") == 2
    assert f"We bellen u op {SPOKEN}. | Genoteerd. U wordt vandaag vóór" in heard
    assert [callback.number for callback in town.callbacks()] == ["+31612345678"]
    assert breaches(town) == []


def test_who_hangs_up_while_the_number_is_read_back_keeps_the_request(a_small_town: MakeTown) -> None:
    town = a_small_town()
    script = [press("1", at_s=9), press(KEYED, when=ASKED, after_s=4), hang_up(when=READ_BACK, after_s=1)]
    town.somebody(None).dials(LINE, script=script)
    town.live()

    assert town.call().outcome == "callback_requested"
    assert [callback.number for callback in town.callbacks()] == ["+31612345678"]
    assert breaches(town) == []


def test_who_says_that_it_is_wrong_and_hangs_up_is_not_rung_on_it(a_small_town: MakeTown) -> None:
    town = a_small_town()
    script = [
        press("1", at_s=9),
        press(KEYED, when=ASKED, after_s=4),
        press("2", when=READ_BACK, after_s=5),
        hang_up(when="heard:nummer opnieuw in", after_s=1),
    ]
    town.somebody(None).dials(LINE, script=script)
    town.live()

    assert [callback.number for callback in town.callbacks()] == []


@pytest.mark.parametrize("hour", ["in hours", "closed"])
def test_after_three_wrong_tries_name_and_number_are_asked_in_a_message(a_small_town: MakeTown, hour: str) -> None:
    from datetime import UTC, datetime

    town = a_small_town(datetime(2027, 6, 8, 8 if hour == "in hours" else 18, tzinfo=UTC))
    wrong = [press("06123#", when="heard:(?i)toets uw nummer", after_s=4, nth=n) for n in (1, 2, 3)]
    caller = town.somebody(None).dials(LINE, script=[press("1", at_s=9), *wrong], message=8)
    town.live()

    assert "Spreek na de toon uw naam, uw nummer en uw vraag in, dan bellen we u terug." in town.heard(caller)
    assert town.call().outcome == "voicemail"
    assert breaches(town) == []


def test_a_hidden_caller_who_keys_nothing_is_asked_for_name_and_number(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=("AIS",))
    caller = town.somebody(None).dials(LINE, message=8)
    town.live()

    heard = town.heard(caller)
    assert "en we zien uw nummer niet. Toets uw nummer in" in heard
    assert "Spreek na de toon uw naam, uw nummer en uw vraag in, dan bellen we u terug." in heard
    assert town.call().outcome == "voicemail"
    assert len(town.callbacks()) == 1
