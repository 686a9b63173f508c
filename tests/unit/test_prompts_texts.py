"""Every prompt exists in both languages, is short enough, and has no open placeholder."""

import re
from datetime import datetime
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from callcenter.telephony.prompts import LANGUAGES, TEXTS, say, variables, write
from callcenter.telephony.prompts.moments import closed, welcome
from callcenter.telephony.prompts.screening import Caller, callback_screening, screening, screening_with_open
from callcenter.telephony.prompts.speaking import parts
from callcenter.telephony.prompts.texts import CALLER, CONSULTANT, audience

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FRIDAY = datetime(2027, 3, 26, 13, 0, tzinfo=AMSTERDAM)
MONDAY = datetime(2027, 3, 29, 8, 30, tzinfo=AMSTERDAM)

LONGEST_S = 8
# The speed of the voices, measured on similar sentences.
CHARACTERS_A_SECOND = 14
# Long but realistic values.
VALUES = {
    "nl": {
        "greeting": "Goedemiddag",
        "school": "Openbare basisschool De Velduil",
        "when": "morgen vóór vijf over half drie",
        "opening": "maandagochtend vanaf half negen",
        "holiday": "tweede kerstdag",
        "number": "nul zes, één twee, drie vier, vijf zes, zeven acht",
        "caller": "Openbare basisschool De Velduil, Houten",
        "count": "drieëntwintig",
        "where": " in Hendrik-Ido-Ambacht",
        "consultant": "Aïsha",
        "reason": "een terugbelverzoek",
        "state": "beschikbaar",
        "until": "14.30 uur",
        "names": "Aïsha, Bram en Cem",
        "what": "zevenendertig berichten en een terugbelverzoek",
        "who": "deze school",
        "link": "https://callcenter.example.nl/mijn",
    },
    "en": {
        "greeting": "Good afternoon",
        "school": "Openbare basisschool De Velduil",
        "when": "tomorrow before twenty-five to three",
        "opening": "Monday morning from half past eight",
        "holiday": "Liberation Day",
        "number": "zero six, one two, three four, five six, seven eight",
        "caller": "Openbare basisschool De Velduil, Houten",
        "count": "twenty-three",
        "where": " in Hendrik-Ido-Ambacht",
        "consultant": "Aïsha",
        "reason": "a request to be called",
        "state": "available",
        "until": "14:30",
        "names": "Aïsha, Bram and Cem",
        "what": "thirty-seven messages and a request to be called back",
        "who": "this school",
        "link": "https://callcenter.example.nl/mijn",
    },
}

every_prompt = pytest.mark.parametrize(("key", "locale"), [(key, locale) for key in TEXTS for locale in LANGUAGES])


def spoken(key: str, locale: str) -> str:
    return say(key, locale, **{name: VALUES[locale][name] for name in variables(key)}).text


@every_prompt
def test_every_prompt_is_filled_in_and_ends_as_a_sentence(key: str, locale: str) -> None:
    text = spoken(key, locale)
    assert "{" not in text
    assert text.endswith((".", "?"))
    assert text[0] == text[0].upper()


@every_prompt
def test_every_spoken_prompt_is_said_in_eight_seconds(key: str, locale: str) -> None:
    if audience(key) != "sms":
        assert len(spoken(key, locale)) / CHARACTERS_A_SECOND <= LONGEST_S


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_take_the_same_variables(key: str) -> None:
    names = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (TEXTS[key].nl, TEXTS[key].en)]
    assert names[0] == names[1] == variables(key)


@every_prompt
def test_no_prompt_offers_more_than_three_choices(key: str, locale: str) -> None:
    assert len(re.findall(r"(?:toets|press) \d", spoken(key, locale), re.IGNORECASE)) <= 3


@pytest.mark.parametrize("key", CALLER)
def test_callers_are_addressed_formally_and_without_jargon(key: str) -> None:
    words = set(re.findall(r"\w+", TEXTS[key].nl.lower()))
    assert not words & {"je", "jij", "jou", "jouw", "wachtrij", "agent", "ticket", "voicemailbox", "voicemail"}


@pytest.mark.parametrize("key", CONSULTANT)
def test_consultants_are_addressed_as_colleagues(key: str) -> None:
    assert not set(re.findall(r"\w+", TEXTS[key].nl.lower())) & {"u", "uw"}


@every_prompt
def test_the_deed_is_told_before_its_key(key: str, locale: str) -> None:
    assert not re.search(r"(?:toets|press) \d,? (?:om|voor|dan|and|to|for)\b", spoken(key, locale), re.IGNORECASE)
    assert not re.search(r"^(?:toets|press) \d|[.?!] (?:toets|press) \d", spoken(key, locale), re.IGNORECASE)


def test_a_prompt_is_said_in_the_voice_of_its_language() -> None:
    dutch, english = say("connecting", "nl"), say("connecting", "en")
    assert (dutch.text, dutch.language) == ("Ik verbind u door.", "nl-NL")
    assert (english.text, english.language) == ("Connecting you now.", "en-GB")
    assert dutch.voice != english.voice


@pytest.mark.parametrize(
    ("key", "locale", "values"),
    [
        ("no_such_prompt", "nl", {}),
        ("connecting", "de", {}),
        ("callback_noted", "nl", {}),
        ("connecting", "nl", {"when": "morgen"}),
    ],
)
def test_what_cannot_be_said_is_an_error_at_once(key: str, locale: str, values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=key if locale == "nl" else locale):
        say(key, locale, **values)


def test_callers_are_welcomed_by_the_hour_and_known_schools_by_name() -> None:
    assert welcome(FRIDAY, "nl").text == "Goedemiddag, u belt met het RBL. Ik zoek een collega voor u."
    assert welcome(MONDAY, "nl", "Kath. BS De Velduil").text == (
        "Goedemorgen Katholieke basisschool De Velduil, u belt met het RBL. Ik zoek een collega voor u."
    )
    assert welcome(MONDAY, "en", "De Velduil").text.startswith("Good morning, De Velduil. This is the RBL.")


def test_a_closed_line_tells_why_and_when_it_opens() -> None:
    assert closed(FRIDAY, "nl", MONDAY).text == (
        "We zijn nu gesloten. Maandagochtend vanaf half negen zijn we er weer."
    )
    assert "tweede paasdag" in closed(MONDAY, "nl", MONDAY, "holiday", "easter_monday").text
    assert "closed early" in closed(FRIDAY, "en", MONDAY, "early").text
    assert "weer" not in closed(FRIDAY, "nl", None, "holiday", "kings_day").text


def test_a_consultant_hears_who_calls_as_far_as_the_number_tells() -> None:
    tail = " Om het gesprek aan te nemen, toets 1."
    velduil = Caller("school", ("De Velduil",), "Houten")
    eleven = Caller("school", tuple("abcdefghijk"), "Geldermalsen")
    assert screening(velduil, "nl").text == "De Velduil, Houten." + tail
    assert screening(eleven, "nl").text == "Een van elf scholen in Geldermalsen." + tail
    assert screening(Caller("school", ("a", "b")), "en").text == "One of two schools. To take the call, press 1."
    assert screening(Caller("unknown"), "nl").text == "Een beller." + tail
    assert screening(Caller("parent"), "nl").text == "Een ouder." + tail
    assert screening(Caller("unknown"), "nl", "Bram").text == "Iemand belde Bram rechtstreeks." + tail
    assert screening(Caller("parent"), "nl", "Tim").text == "Een ouder belde Tim rechtstreeks." + tail
    assert screening(velduil, "nl", "Tim").text == "De Velduil uit Houten belde Tim rechtstreeks." + tail
    assert callback_screening(velduil, "voicemail", "nl").text == (
        "Terugbellen: De Velduil, Houten, over een ingesproken bericht. Om te bellen, toets 1."
    )


def test_a_long_name_leaves_the_place_and_its_last_parts_to_be_said_in_time() -> None:
    name = "Alberdingk Thijm Scholen voor vwo, havo en mavo, locatie Casparus College, gebouw aan de Amstellandlaan"
    for prompt in (
        screening(Caller("school", (name,), "Hendrik-Ido-Ambacht"), "nl"),
        screening(Caller("school", (name,), "Hendrik-Ido-Ambacht"), "nl", "Aïsha"),
        callback_screening(Caller("school", (name,), "Hendrik-Ido-Ambacht"), "closed", "nl"),
    ):
        assert "Alberdingk Thijm Scholen" in prompt.text
        assert len(prompt.text) <= LONGEST_S * 15


def with_open(caller: Caller, messages: int, requested: bool, dialled: str | None = None) -> str:
    return " ".join(prompt.text for prompt in screening_with_open(caller, messages, requested, "nl", dialled))


def test_what_is_still_open_is_told_of_whom_the_number_is() -> None:
    wegwijzer = Caller("school", ("Obs De Wegwijzer",), "Dordrecht")
    assert with_open(wegwijzer, 1, False) == (
        "Openbare basisschool De Wegwijzer, Dordrecht. Er staat nog een bericht van deze school. "
        "Om aan te nemen, toets 1."
    )
    assert "Er staan nog twee berichten van dit nummer." in with_open(Caller("school", ("a", "b"), "Houten"), 2, False)
    assert "Er staat nog een terugbelverzoek van dit nummer." in with_open(Caller("unknown"), 0, True)
    assert with_open(Caller("unknown"), 1, True, "Tim") == (
        "Iemand belde Tim rechtstreeks. Er staan nog een bericht en een terugbelverzoek. Om aan te nemen, toets 1."
    )


@pytest.mark.parametrize(("messages", "requested"), [(1, False), (0, True), (12, False), (1, True), (12, True)])
@pytest.mark.parametrize("dialled", [None, "Tim"])
def test_what_is_still_open_is_said_in_eight_seconds_too(messages: int, requested: bool, dialled: str | None) -> None:
    for name in ("De Velduil", "Kath. Basisschool De Wegwijzer"):
        text = with_open(Caller("school", (name,), "Hendrik-Ido-Ambacht"), messages, requested, dialled)
        assert name.split(" ")[-1] in text
        assert len(text) <= LONGEST_S * 15 or (dialled and requested and messages), text


def test_a_school_whose_name_is_too_long_to_be_said_in_time_is_welcomed_without_it() -> None:
    name = "Vereniging tot het Verstrekken van Basisonderwijs op Gereformeerde Grondslag"
    assert welcome(MONDAY, "nl", name).text == "Goedemorgen, u belt met het RBL. Ik zoek een collega voor u."
    assert len(welcome(FRIDAY, "nl", "Christelijke Scholengemeenschap Groningen - locatie Augustinus").text) <= 120


@every_prompt
def test_the_parts_of_a_prompt_are_all_its_fixed_words(key: str, locale: str) -> None:
    if audience(key) == "sms":
        return
    fixed = list(parts(key, locale).values())
    assert fixed or key == "screening_who"  # a name alone
    for name in variables(key):
        assert not any(f"{{{name}}}" in words for words in fixed)
    left = TEXTS[key].nl if locale == "nl" else TEXTS[key].en
    for words in fixed:
        assert words in left
        left = left.replace(words, "", 1)
    assert not re.search(r"\w", re.sub(r"\{\w+\}", "", left))


def test_a_closed_text_falls_apart_around_the_moment() -> None:
    assert parts("closed_holiday", "nl") == {
        "closed_holiday-1": "Wegens",
        "closed_holiday-2": "zijn we gesloten.",
        "closed_holiday-3": "zijn we er weer.",
    }
    assert parts("connecting", "en") == {"connecting": "Connecting you now."}
    pieces = closed(FRIDAY, "nl", MONDAY).pieces
    assert [(piece.text, piece.part) for piece in pieces] == [
        ("We zijn nu gesloten.", "closed-1"),
        ("maandagochtend vanaf half negen", None),
        ("zijn we er weer.", "closed-2"),
    ]


def test_text_messages_hold_what_was_asked_and_no_more() -> None:
    assert write("sms_presence_until", "nl", state="bezet", until="14.30 uur") == "Je staat op bezet tot 14.30 uur."
