"""A text message comes in on the line: a consultant sets presence by it, others are asked to ring."""

from datetime import UTC, datetime

import pytest

from callcenter.presence.records import ConsultantState
from tests.support.town import LINE, MakeTown, Town

EVENING = datetime(2027, 6, 8, 18, 0, tzinfo=UTC)


def text(town: Town, code: str, body: str) -> str:
    """The reply to a consultant's text message."""
    phone = town.mobile(code)
    before = len(phone.texts)
    phone.sends(body, to=LINE)
    town.standin.run_for(10)
    return phone.texts[-1][1] if len(phone.texts) > before else ""


def presence(town: Town, code: str) -> tuple[str, datetime | None]:
    with town.session() as session:
        state = session.get(ConsultantState, code)
        return (state.presence, state.presence_until) if state else ("available", None)


@pytest.mark.parametrize(
    ("body", "state", "until"),
    [
        ("bezet 30", "busy", "10.30 uur"),
        ("Bezet", "busy", "11.00 uur"),
        ("pauze", "break", "10.30 uur"),
        ("PAUZE 15 min", "break", "10.15 uur"),
        ("afwezig", "away", "12.00 uur"),
        ("busy 30", "busy", "10:30"),
    ],
)
def test_a_consultant_says_not_to_be_rung_and_reads_until_when(
    a_town: MakeTown, body: str, state: str, until: str
) -> None:
    town = a_town()
    answer = text(town, "AIS", body)

    assert until in answer
    assert presence(town, "AIS")[0] == state
    town.answers("BRA")
    town.somebody().dials(LINE, talks=10)
    town.live()
    assert "AIS" not in town.offers()


def test_beschikbaar_ends_it(a_small_town: MakeTown) -> None:
    town = a_small_town()
    text(town, "AIS", "bezet 30")
    assert text(town, "AIS", "beschikbaar") == "Je staat op beschikbaar."
    town.somebody().dials(LINE, patience=8)
    town.live()
    assert "AIS" in town.offers()


def test_it_ends_by_itself(a_small_town: MakeTown) -> None:
    town = a_small_town()
    text(town, "AIS", "bezet 30")
    town.standin.run_for(31 * 60)
    town.somebody().dials(LINE, patience=8)
    town.live()
    assert "AIS" in town.offers()


def test_wie_names_those_on_duty(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=("AIS", "CEM"))
    answer = text(town, "BRA", "wie")
    assert "Aïsha" in answer
    assert "Cem" in answer
    assert "Bram" not in answer


def test_wie_after_hours(a_small_town: MakeTown) -> None:
    assert text(a_small_town(EVENING), "BRA", "wie") == "Er is nu niemand in dienst."


def test_help_and_what_is_not_understood(a_small_town: MakeTown) -> None:
    town = a_small_town()
    assert "bezet" in text(town, "AIS", "help")
    for body in ("hallo", "bezet veertig", "bezet 100000", "", "bezet -5"):
        assert "begrijp ik niet" in text(town, "AIS", body), body
    assert presence(town, "AIS")[0] == "available"


@pytest.mark.parametrize("word", ["STOP", "stop", "Start"])
def test_twilios_own_words_are_left_to_twilio(a_small_town: MakeTown, word: str) -> None:
    assert text(a_small_town(), "AIS", word) == ""


def test_anyone_else_is_asked_to_ring(a_small_town: MakeTown) -> None:
    town = a_small_town()
    parent = town.standin.phone("+31612345678")
    parent.sends("bezet 30", to=LINE)
    town.standin.run_for(10)

    assert [body for _, body in parent.texts] == [
        "Dit nummer leest geen sms. Bel ons op dit nummer, dan helpt een collega u graag."
    ]
