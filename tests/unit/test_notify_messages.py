"""Messages to consultants and the team lead are short, have a time and a link, and say nothing about a person."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.notify.wording import Writer, texts_stopped
from tests.support.small_office import at

NL = Writer("nl", ZoneInfo("Europe/Amsterdam"), "https://rbl.example")
EN = Writer("en", ZoneInfo("Europe/Amsterdam"), "https://rbl.example")
NOW = at("8 08:00")
LINK = "https://rbl.example/mijn"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (NL.new([at("8 12:30")], NOW, LINK), "Nieuw terugbelverzoek, bellen vóór 14.30 uur: https://rbl.example/mijn"),
        (EN.new([at("8 12:30")], NOW, LINK), "New callback, ring before 14:30: https://rbl.example/mijn"),
        (
            NL.new([at("8 12:30"), at("8 09:05")], NOW, LINK),
            "2 nieuwe terugbelverzoeken, het eerste vóór 11.05 uur: https://rbl.example/mijn",
        ),
        (NL.due_soon([at("8 08:15")], NOW, LINK), "Over 15 minuten te laat: https://rbl.example/mijn"),
        (NL.due_soon([at("8 08:01")], NOW, LINK), "Over 1 minuut te laat: https://rbl.example/mijn"),
        (
            EN.due_soon([at("8 08:10"), at("8 08:15")], NOW, LINK),
            "Overdue in 10 minutes (2 callbacks): https://rbl.example/mijn",
        ),
        (NL.overdue([at("8 07:30")], NOW, LINK), "Te laat sinds 9.30 uur: https://rbl.example/mijn"),
        (
            NL.overdue([at("8 07:30"), at("8 06:00")], NOW, LINK),
            "2 terugbelverzoeken te laat, het oudste sinds 8.00 uur: https://rbl.example/mijn",
        ),
        (NL.appointment(at("8 08:15"), NOW, LINK), "Belafspraak om 10.15 uur: https://rbl.example/mijn"),
        (
            NL.new([at("8 10:00")], NOW, LINK, appointment=True),
            f"Nieuw terugbelverzoek, belafspraak om 12.00 uur: {LINK}",
        ),
        (EN.new([at("8 10:00")], NOW, LINK, appointment=True), f"New callback, appointment at 12:00: {LINK}"),
        (
            NL.other_time([at("8 10:00")], NOW, LINK),
            f"Andere tijd voor een terugbelverzoek, bellen vóór 12.00 uur: {LINK}",
        ),
        (
            EN.other_time([at("8 10:00"), at("8 11:00")], NOW, LINK),
            f"Another time for 2 callbacks, the first before 12:00: {LINK}",
        ),
        (
            NL.overdue([at("8 07:30")], NOW, LINK, appointment=True),
            f"Te laat voor de belafspraak van 9.30 uur: {LINK}",
        ),
        (
            NL.before_closing(1, at("8 15:00"), NOW, LINK),
            f"1 terugbelverzoek nog vóór sluiting bellen (17.00 uur): {LINK}",
        ),
        (EN.before_closing(2, at("8 15:00"), NOW, LINK), f"2 callbacks to ring before closing (17:00): {LINK}"),
        (NL.unowned([at("8 09:00")], NOW, LINK), f"Een terugbelverzoek is van niemand, bellen vóór 11.00 uur: {LINK}"),
        (EN.unowned([at("8 09:00")] * 3, NOW, LINK), f"Nobody owns 3 callbacks, the first before 11:00: {LINK}"),
        (
            NL.digest([at("8 08:00"), at("8 10:00"), at("8 08:00")], at("8 06:30"), LINK),
            "Goedemorgen. 3 terugbelverzoeken, 2 vóór 10.00 uur: https://rbl.example/mijn",
        ),
        (
            NL.digest([at("8 08:00"), at("8 13:00")], at("8 11:00"), LINK),
            "Goedemiddag. 2 terugbelverzoeken, 1 te laat: https://rbl.example/mijn",
        ),
        (
            NL.digest([at("8 13:00")], at("8 06:30"), LINK, to_hear=1),
            "Goedemorgen. 1 terugbelverzoek, 1 vóór 15.00 uur. Luister nog een bericht af: https://rbl.example/mijn",
        ),
        (NL.digest([], at("8 06:30"), LINK, to_hear=2), f"Goedemorgen. Luister nog berichten af: {LINK}"),
        (
            NL.message_lost(at("8 07:31"), 4, NOW),
            "Een ingesproken bericht is verloren gegaan (9.31 uur). Bel de beller terug: https://rbl.example/oproepen/4",
        ),
        (
            texts_stopped("nl", "https://rbl.example"),
            "Een consulent krijgt geen sms'jes van de lijn meer, want die mobiel stuurde STOP. "
            "Wie: https://rbl.example/",
        ),
        (EN.digest([at("8 08:00")], NOW, LINK), "Good morning. 1 callback, 1 before 10:00: https://rbl.example/mijn"),
    ],
)
def test_the_words(text: str, expected: str) -> None:
    assert text == expected


@pytest.mark.parametrize(
    ("moment", "dutch", "english"),
    [
        (at("8 12:05"), "14.05 uur", "14:05"),
        (at("9 06:30"), "morgen 8.30 uur", "tomorrow 08:30"),
        (at("11 07:15"), "vr 11 juni 9.15 uur", "Fri 11 Jun 09:15"),
    ],
)
def test_when(moment: datetime, dutch: str, english: str) -> None:
    assert NL.when(moment, NOW) == dutch
    assert EN.when(moment, NOW) == english


def test_one_callback_has_its_own_link_and_several_have_the_list() -> None:
    assert NL.link([17]) == "https://rbl.example/mijn/terugbellen/17"
    assert NL.link([17, 18]) == "https://rbl.example/mijn"


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=40))
def test_a_message_fits_in_one_or_two_text_messages(minutes: list[int]) -> None:
    dues = [NOW + timedelta(minutes=m) for m in minutes]
    for writer in (NL, EN):
        for text in (writer.new(dues, NOW, LINK), writer.due_soon(dues, NOW, LINK), writer.digest(dues, NOW, LINK)):
            assert len(text) <= 160
