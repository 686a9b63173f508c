"""Times, days, promises and numbers are spoken in good Dutch and English."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.telephony.prompts.names import spoken_caller, spoken_name
from callcenter.telephony.prompts.numerals import number_words, telephone_words
from callcenter.telephony.prompts.speech import (
    before,
    clock_time,
    day,
    duration,
    greeting,
    moment,
    opening,
    part_of_day,
    written_time,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def at(text: str) -> datetime:
    """A moment on the office's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


FRIDAY = at("2027-03-26T13:00")


@pytest.mark.parametrize(
    ("time", "dutch", "english"),
    [
        ("14:00", "twee uur", "two o'clock"),
        ("14:05", "vijf over twee", "five past two"),
        ("14:15", "kwart over twee", "quarter past two"),
        ("14:17", "zeventien over twee", "seventeen minutes past two"),
        ("14:20", "tien voor half drie", "twenty past two"),
        ("14:25", "vijf voor half drie", "twenty-five past two"),
        ("14:30", "half drie", "half past two"),
        ("14:35", "vijf over half drie", "twenty-five to three"),
        ("14:40", "tien over half drie", "twenty to three"),
        ("14:45", "kwart voor drie", "quarter to three"),
        ("15:50", "tien voor vier", "ten to four"),
        ("15:59", "één voor vier", "one minute to four"),
        ("12:30", "half één", "half past twelve"),
        ("12:45", "kwart voor één", "quarter to one"),
        ("00:00", "twaalf uur", "twelve o'clock"),
        ("23:45", "kwart voor twaalf", "quarter to twelve"),
    ],
)
def test_times_are_spoken_as_people_say_them(time: str, dutch: str, english: str) -> None:
    moment_ = at(f"2027-03-26T{time}")
    assert clock_time(moment_, "nl") == dutch
    assert clock_time(moment_, "en") == english


def test_an_instant_is_spoken_on_the_clock_of_the_office() -> None:
    assert clock_time(datetime(2027, 3, 26, 13, 30, tzinfo=UTC), "nl") == "half drie"
    assert clock_time(datetime(2027, 3, 29, 13, 30, tzinfo=UTC), "nl") == "half vier"


def minutes_said(words: str) -> int:
    """The minute of a twelve-hour clock that Dutch words mean, read back."""
    values = {number_words(number, "nl"): number for number in range(1, 30)} | {"kwart": 15}
    match = re.fullmatch(r"(?:(\S+) (voor|over) )?(half )?(\S+?)(?: uur)?", words)
    assert match
    minutes, side, half, hour = match.groups()
    said = values[hour] * 60 - (30 if half else 0)
    return (said + (values[minutes] if side == "over" else -values[minutes] if side else 0)) % 720


@given(st.integers(0, 24 * 60 - 1))
def test_every_minute_of_the_day_can_be_understood_again(minute: int) -> None:
    spoken = clock_time(at("2027-03-26T00:00") + timedelta(minutes=minute), "nl")
    assert minutes_said(spoken) == minute % 720


@pytest.mark.parametrize(
    ("on", "dutch", "english"),
    [
        ("2027-03-26", "vandaag", "today"),
        ("2027-03-27", "morgen", "tomorrow"),
        ("2027-03-29", "maandag", "Monday"),
        ("2027-04-01", "donderdag", "Thursday"),
        ("2027-04-02", "vrijdag 2 april", "Friday 2 April"),
    ],
)
def test_days_are_named_from_where_we_stand(on: str, dutch: str, english: str) -> None:
    assert day(at(f"{on}T09:00"), FRIDAY, "nl") == dutch
    assert day(at(f"{on}T09:00"), FRIDAY, "en") == english


def test_the_next_opening_is_told_with_its_part_of_the_day() -> None:
    assert opening(at("2027-03-29T08:30"), FRIDAY, "nl") == "maandagochtend vanaf half negen"
    assert opening(at("2027-03-29T13:00"), FRIDAY, "en") == "Monday afternoon from one o'clock"
    assert opening(at("2027-03-26T13:30"), FRIDAY, "nl") == "vandaag vanaf half twee"
    assert opening(at("2027-04-06T08:30"), FRIDAY, "nl") == "dinsdag 6 april vanaf half negen"


def test_an_appointment_is_told_with_day_and_time() -> None:
    assert moment(at("2027-03-27T10:15"), FRIDAY, "nl") == "morgen om kwart over tien"
    assert moment(at("2027-04-06T08:30"), FRIDAY, "en") == "Tuesday 6 April at half past eight"


@pytest.mark.parametrize(
    ("due", "dutch", "english"),
    [
        ("2027-03-26T14:30:00", "vandaag vóór half drie", "today before half past two"),
        ("2027-03-26T14:28:07", "vandaag vóór half drie", "today before half past two"),
        ("2027-03-26T14:30:01", "vandaag vóór vijf over half drie", "today before twenty-five to three"),
        ("2027-03-26T15:50:00", "vandaag uiterlijk om tien voor vier", "today before ten to four"),
        ("2027-03-27T09:57:00", "morgen vóór tien uur", "tomorrow before ten o'clock"),
        ("2027-03-26T12:59:00", "zo snel mogelijk", "as soon as possible"),
    ],
)
def test_a_promise_is_short_to_say_and_never_too_early(due: str, dutch: str, english: str) -> None:
    assert before(at(due), FRIDAY, "nl") == dutch
    assert before(at(due), FRIDAY, "en") == english


@pytest.mark.parametrize(
    ("hour", "dutch", "part"),
    [(0, "Goedemorgen", "morning"), (11, "Goedemorgen", "morning"), (12, "Goedemiddag", "afternoon"),
     (17, "Goedemiddag", "afternoon"), (18, "Goedenavond", "evening")],
)  # fmt: skip
def test_callers_are_greeted_by_the_hour(hour: int, dutch: str, part: str) -> None:
    assert greeting(at(f"2027-03-26T{hour:02}:59"), "nl") == dutch
    assert part_of_day(at(f"2027-03-26T{hour:02}:59")) == part


def test_durations_and_written_times() -> None:
    assert duration(80, "nl") == "één minuut en twintig seconden"
    assert duration(120, "en") == "two minutes"
    assert duration(0, "nl") == "nul seconden"
    assert written_time(at("2027-03-26T14:30"), "nl") == "14.30 uur"
    assert written_time(at("2027-03-26T09:05"), "en") == "09:05"


@pytest.mark.parametrize(
    ("number", "dutch"), [(0, "nul"), (1, "één"), (13, "dertien"), (21, "eenentwintig"), (22, "tweeëntwintig"),
                          (53, "drieënvijftig"), (80, "tachtig"), (99, "negenennegentig"), (100, "100")]
)  # fmt: skip
def test_dutch_numbers_are_written_out(number: int, dutch: str) -> None:
    assert number_words(number, "nl") == dutch


def test_a_telephone_number_is_read_digit_by_digit_in_groups() -> None:
    assert telephone_words("+31612345678", "nl") == "nul zes, één twee, drie vier, vijf zes, zeven acht"
    assert telephone_words("+31302345678", "en") == "zero three zero, two three four, five six seven eight"
    assert telephone_words("+3225551212", "nl").startswith("plus drie twee, ")


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        (
            "Christelijk Scholengemeenschap voor Lyceum Havo Mavo Vbo Lwoo Insula College",
            "Christelijk Scholengemeenschap Insula College",
        ),
        ("Mezzo Scholen voor vwo, havo en vmbo", "Mezzo Scholen"),
        ('Algemeen Bijzondere basisschool "de Fluessen"', "Algemeen Bijzondere basisschool de Fluessen"),
        ("Scholengroep Penta voor gym ath havo mavo lwoo, loc. Hoogvliet", "Scholengroep Penta, locatie Hoogvliet"),
        ("Mavo Schravenlant XL", "Mavo Schravenlant XL"),
        ("Havo Vwo", "Havo Vwo"),
    ],
)
def test_names_are_spoken_without_what_only_a_list_needs(written: str, spoken: str) -> None:
    assert spoken_name(written) == spoken


def test_a_place_is_said_once() -> None:
    assert spoken_caller("De Velduil", "Houten") == "De Velduil, Houten"
    assert spoken_caller("Dalton Dordrecht", "Dordrecht") == "Dalton Dordrecht"
    assert spoken_caller("Wijkteam", None) == "Wijkteam"


@given(st.text(max_size=200))
def test_any_name_can_be_said_in_time(name: str) -> None:
    assert len(spoken_name(name)) <= 50 or spoken_name(name) == name
