"""Times, days, due times and numbers are spoken in good Dutch and English."""

import csv
import gzip
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.telephony.prompts.moments import before, clock_time, day, greeting, opening, part_of_day, written_time
from callcenter.telephony.prompts.names import LONGEST, spoken_caller, spoken_name, spoken_place
from callcenter.telephony.prompts.numerals import number_words, telephone_words

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def at(text: str) -> datetime:
    """A local time of the office."""
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
    """The minute of a twelve-hour clock that these Dutch words mean."""
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


@pytest.mark.parametrize(
    ("now", "opens", "dutch"),
    [
        ("2027-03-26T23:59:59", "2027-03-29T08:30", "maandagochtend vanaf half negen"),
        ("2027-03-27T00:00:00", "2027-03-29T08:30", "maandagochtend vanaf half negen"),
        ("2027-03-28T23:59:59", "2027-03-29T08:30", "morgen vanaf half negen"),
        ("2027-03-29T00:00:01", "2027-03-29T08:30", "vandaag vanaf half negen"),
        # The clocks change on Sunday 28 March 2027 and on Sunday 31 October.
        ("2027-03-27T23:30:00", "2027-03-28T08:30", "morgen vanaf half negen"),
        ("2027-03-27T12:00:00", "2027-03-29T08:30", "maandagochtend vanaf half negen"),
        ("2027-10-30T23:30:00", "2027-11-01T08:30", "maandagochtend vanaf half negen"),
        ("2027-10-31T02:30:00", "2027-10-31T08:30", "vandaag vanaf half negen"),
        # Christmas 2026: Thursday until three, open again on Monday.
        ("2026-12-24T15:01:00", "2026-12-28T08:30", "maandagochtend vanaf half negen"),
        ("2027-03-26T20:00:00", "2027-03-29T19:00", "maandagavond vanaf zeven uur"),
        ("2027-03-26T20:00:00", "2027-03-27T19:00", "morgen vanaf zeven uur 's avonds"),
    ],
)
def test_the_next_opening_is_right_around_midnight_weekends_and_clock_changes(now: str, opens: str, dutch: str) -> None:
    assert opening(at(opens), at(now), "nl") == dutch


def test_a_promise_across_a_clock_change_is_told_on_the_clock_of_its_day() -> None:
    saturday, monday = at("2027-03-27T22:00").astimezone(UTC), at("2027-03-29T09:28").astimezone(UTC)
    assert before(monday, saturday, "nl") == "maandag vóór half tien"
    night = datetime(2027, 3, 28, 0, 58, tzinfo=UTC)  # 01.58 uur, two minutes before the clock jumps to 03.00
    assert before(night, saturday, "nl") == "morgen vóór drie uur 's nachts"


@pytest.mark.parametrize(
    ("due", "dutch", "english"),
    [
        ("2027-03-26T14:30:00", "vandaag vóór half drie", "today before half past two"),
        ("2027-03-26T14:28:07", "vandaag vóór half drie", "today before half past two"),
        ("2027-03-26T14:30:01", "vandaag vóór vijf over half drie", "today before twenty-five to three"),
        ("2027-03-26T15:50:00", "vandaag uiterlijk om tien voor vier", "today before ten to four"),
        ("2027-03-27T09:57:00", "morgen vóór tien uur", "tomorrow before ten o'clock"),
        ("2027-03-26T12:59:00", "zo snel mogelijk", "as soon as possible"),
        # Midnight is not "twelve o'clock" of the next day, and an evening is not a morning.
        ("2027-03-27T00:00:00", "vandaag vóór middernacht", "today before midnight"),
        ("2027-03-26T23:57:00", "vandaag vóór middernacht", "today before midnight"),
        ("2027-03-26T23:30:00", "vandaag vóór half twaalf 's avonds", "today before half past eleven in the evening"),
        ("2027-03-27T00:30:00", "morgen vóór half één 's nachts", "tomorrow before half past twelve at night"),
        ("2027-03-29T09:30:00", "maandag vóór half tien", "Monday before half past nine"),
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


def test_written_times() -> None:
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
        ("Mavo Schravenlant XL", "Mavo Schravenlant X L"),
        ("Ds. Baxschool", "dominee Baxschool"),
        ("Kath BS St Willibrordus", "Katholieke basisschool Sint Willibrordus"),
        ("Joh. Calvijnschool", "Johannes Calvijnschool"),
        ("Joh De Wittgymnasium", "Johan De Wittgymnasium"),
        ("Prot. Chr. Basisschool Dr. H. Bavinck", "protestants-christelijke Basisschool doctor H Bavinck"),
        ("Chr. Lyceum Delft", "Christelijk Lyceum Delft"),
        ("rkbs De Regenboog", "katholieke basisschool De Regenboog"),
        ("o.b.s. De Meander", "openbare basisschool De Meander"),
        ("C B S De Noordkaap", "christelijke basisschool De Noordkaap"),
        ("PC BS Prof. Casimir", "protestants-christelijke basisschool professor Casimir"),
        ("Jhr. Mr. Versluijsschool", "jonkheer meester Versluijsschool"),
        ("Bs Burg Sigmond", "Basisschool burgemeester Sigmond"),
        ("Kon Julianasch", "koningin Julianaschool"),
        ("Kon Willem-Alexanderschool", "koning Willem-Alexanderschool"),
        ("Pr Beatrixschool", "prinses Beatrixschool"),
        ("Pr Bernhardschool", "prins Bernhardschool"),
        ("Mgr Bekkers", "monseigneur Bekkers"),
        ("Ir. Lely Lyceum voor Atheneum Havo Mavo Vmbo", "ingenieur Lely Lyceum"),
        ("Gen Vd Bosch", "generaal van den Bosch"),
        ("J W v d Doelschool", "J W van de Doelschool"),
        ("Lucas V Leyden", "Lucas van Leyden"),
        ("Pius X College", "Pius de tiende College"),
        ("Rooms Katholieke Basisschool Joannes XXIII", "Rooms Katholieke Basisschool Joannes de drieëntwintigste"),
        ("IKC Zeevonk", "I K C Zeevonk"),
        ("VSO De Piramide", "V S O De Piramide"),
        ("Aeres VMBO Sneek", "Aeres V M B O Sneek"),
        ("KC De Ruimte", "kindcentrum De Ruimte"),
        ("Reg. Basisschool Oudenbosch", "Reg. Basisschool Oudenbosch"),
        ("P.C. basisschool Kon-Tiki", "protestants-christelijke basisschool Kon-Tiki"),
        ("P.C. Hooft-School", "P C Hooft-School"),
        ("Gem. Dordrecht", "Gemeente Dordrecht"),
        (
            "Christelijke Scholengemeenschap voor Lyceum Havo Mavo Vbo Lwoo Oude Hoven",
            "Christelijke Scholengemeenschap Oude Hoven",
        ),
        ("Vallei College voor Ath Havo Mavo loc.PRO33", "Vallei College, locatie PRO33"),
        ("Havo Vwo", "Havo Vwo"),
        ("Christelijke Basisschool 'T Jok", "Christelijke Basisschool 't Jok"),
        ("H N Werkman College, school voor atheneum, havo,mavo en vbo", "H N Werkman College"),
        (
            "Het Baken Almere, interconfessioneel VO VWO Havo Vmbo loc. Trinitas Gymnasium",
            "Het Baken Almere, Trinitas Gymnasium",
        ),
    ],
)
def test_names_are_spoken_without_what_only_a_list_needs(written: str, spoken: str) -> None:
    assert spoken_name(written) == spoken


def test_a_place_is_said_once() -> None:
    assert spoken_caller("De Velduil", "Houten") == "De Velduil, Houten"
    assert spoken_caller("Dalton Dordrecht", "Dordrecht") == "Dalton Dordrecht"
    assert spoken_caller("Wijkteam", None) == "Wijkteam"


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        # Shortening drops "locatie" and "vestiging" first, then the kind of school, then the last parts of the name.
        ("Christelijke Scholengemeenschap Groningen - locatie Augustinus",
         "Christelijke Scholengemeenschap Groningen, Augustinus"),
        ("Willem van Oranjeschool voor Protestants Christelijk Basisonderwijs", "Willem van Oranjeschool"),
        ("Bijbelgetrouw KindCentrum de Bongerd (Geref. Onderw. & Chr. kinderopvang)",
         "Bijbelgetrouw KindCentrum de Bongerd"),
        ("Protestants Christelijke Basisschool Willem De Zwijgerschool", "Willem De Zwijgerschool"),
        # Nothing can be dropped, so the name is said whole.
        ("Vereniging tot het Verstrekken van Basisonderwijs op Gereformeerde Grondslag",
         "Vereniging tot het Verstrekken van Basisonderwijs op Gereformeerde Grondslag"),
    ],
)  # fmt: skip
def test_a_long_name_gives_up_whole_parts_and_is_never_cut(written: str, spoken: str) -> None:
    assert spoken_name(written) == spoken


def test_places_of_one_name_are_told_apart_in_words() -> None:
    assert spoken_place("Laren NH") == "Laren Noord-Holland"
    assert spoken_place("Alteveer gem De Wolden") == "Alteveer gemeente De Wolden"
    assert spoken_place("Nuenen ca") == "Nuenen"


# A name that ends in one of these words was cut, unless it ends so in the list ("De Klim Op").
DANGLING = re.compile(
    r"\b(voor|van|de|het|een|en|met|der|den|te|ter|oude|nieuwe|sint|christelijke?|openbare?|katholieke?|protestants"
    r"|rooms|reformatorische|gemeentelijke|locatie|vestiging)$",
    re.IGNORECASE,
)
SHORT = re.compile(r"\b(?:St|Ds|Dr|Chr|Kath|Joh|Mgr|Prof|loc|vest|SGM|OBS|CBS|BS)(?![@\w])")
EXTRACTS = sorted((Path(__file__).parents[1] / "data" / "duo").glob("*.csv"))
FULL = sorted((Path(__file__).parents[3] / "shared" / "data").glob("duo_*.csv.gz"))


@pytest.mark.parametrize("file", [*EXTRACTS, *FULL], ids=lambda path: path.name)
def test_no_name_of_duos_lists_is_spoken_as_if_cut(file: Path) -> None:
    raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    names = {
        " ".join(row["VESTIGINGSNAAM"].split()) for row in csv.DictReader(StringIO(raw.decode("cp1252")), delimiter=";")
    }
    assert names
    for name in names:
        spoken = spoken_name(name)
        last = spoken.split()[-1]
        assert not DANGLING.search(spoken) or name.lower().endswith(last.lower()), (name, spoken)
        # Every word, except expanded abbreviations, is a whole word of the name in the list.
        assert not SHORT.search(spoken), (name, spoken)
    too_long = [name for name in names if len(spoken_name(name)) > LONGEST]
    assert len(too_long) <= len(names) // 300


@given(st.text(max_size=200))
def test_any_name_can_be_said(name: str) -> None:
    assert spoken_name(name) or not name
