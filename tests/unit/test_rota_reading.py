"""Rota files are read as Dutch Excel writes them."""

from dataclasses import astuple, fields

import pytest

from callcenter.rota.model import Limits, Rota, Survey
from callcenter.rota.reading.files import read_files
from tests.support.rota_files import NOW, files, reports, rota_of

DUTCH = {
    "consulenten.csv": (
        "code;naam;mobiel;email;regios;actief_van;actief_tm\n"
        "JOS;José Büter;06 3500 0001;j@rbl.example;Hoeksche Waard,30;1-9-2026;\n"
        "MIA;Mia Vos;0635000002;;;;31-12-2027\n"
    ),
    "diensten.csv": (
        "code;dagen;van;tot;elke;anker;geldig_van;geldig_tm;rol;opmerking;nacht\n"
        "JOS;ma-do;9:00;12.30;;;;;;;\n"
        "MIA;ma,wo;9u30;17:00;2;23-11-2026;1-1-2027;31-12-2027;achterwacht;even;nee\n"
    ),
    "afwijkingen.csv": (
        "id;soort;code;van;tot;vervanger;opmerking;door\n"
        "1;verlof;JOS;24-12-2026;31-12-2026;;kerst;MIA\n"
        "2;ruil;JOS;08-06-2027 9:00;08-06-2027 12.30;MIA;;\n"
        "3;ziek;MIA;2027-02-01;;;;\n"
        "4;extra;JOS;2027-06-11T09:00;2027-06-11T10:00;;;\n"
    ),
    "werkgebied.csv": "brin;gemeente;code\n01AB00;;JOS\n;Hoeksche Waard;MIA\n",
    "lijn.toml": (
        '[open]\nma-vr = ["08:30-17:00"]\n[closed_days]\ngoede_vrijdag = "dicht"\nbevrijdingsdag = "elk_jaar"\n'
        '24-12-2026 = "tot 15.00"\nkoningsdag = "open"\n'
        '[vacation]\nregions = ["Zuid"]\nrule = "een_van"\nopen = { ma-vr = ["09:00-12:30"] }\n'
    ),
}
ENGLISH = {
    "consultants.csv": (
        "code,name,mobile,email,regions,active_from,active_until\n"
        'JOS,José Büter,+31635000001,j@rbl.example,"Hoeksche Waard, 30",2026-09-01,\n'
        "MIA,Mia Vos,+31635000002,,,,2027-12-31\n"
    ),
    "shifts.csv": (
        "consultant,days,from,to,every,anchor,valid_from,valid_until,role,note,night\n"
        "JOS,mon-thu,09:00,12:30,,,,,line,,\n"
        'MIA,"mon,wed",09:30,17:00,2,2026-11-23,2027-01-01,2027-12-31,backup,even,no\n'
    ),
    "exceptions.csv": (
        "id,kind,consultant,from,to,substitute,note,by\n"
        "1,leave,JOS,2026-12-24,2026-12-31,,kerst,MIA\n"
        "2,swap,JOS,2027-06-08 09:00,2027-06-08 12:30,MIA,,\n"
        "3,sick,MIA,2027-02-01,,,,\n"
        "4,extra,JOS,2027-06-11 09:00,2027-06-11 10:00,,,\n"
    ),
    "caseload.csv": "school,municipality,consultant\n01AB00,,JOS\n,Hoeksche Waard,MIA\n",
    "policy.toml": (
        '[open]\nmon-fri = ["08:30-17:00"]\n[closed_days]\ngood_friday = "closed"\nliberation_day = "every_year"\n'
        '2026-12-24 = "until 15:00"\nkings_day = "open"\n'
        '[vacation]\nregions = ["Zuid"]\nrule = "any"\nopen = { mon-fri = ["09:00-12:30"] }\n'
    ),
}


def read(texts: dict[str, str], encoding: str = "utf-8", newline: str = "\n") -> Rota:
    return rota_of({name: text.replace("\n", newline).encode(encoding) for name, text in texts.items()})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_dutch_and_english_files_are_the_same_rota(encoding: str, newline: str) -> None:
    dutch, english = read(DUTCH, encoding, newline), read(ENGLISH)
    assert dutch == english
    assert dutch.consultants["JOS"].name == "José Büter"
    assert dutch.consultants["JOS"].regions == ("Hoeksche Waard", "30")
    assert dutch.consultants["JOS"].mobile == "+31635000001"


def test_languages_may_be_mixed() -> None:
    mixed = {"consulenten.csv": DUTCH["consulenten.csv"], "shifts.csv": ENGLISH["shifts.csv"]}
    mixed |= {"afwijkingen.csv": DUTCH["afwijkingen.csv"], "caseload.csv": ENGLISH["caseload.csv"]}
    mixed["lijn.toml"] = ENGLISH["policy.toml"]
    assert read(mixed) == read(ENGLISH)


def test_lines_are_counted_over_excel_s_own_line_blank_lines_and_quoted_ones() -> None:
    written = files()
    written["shifts.csv"] = (
        b"sep=;\r\nconsultant;days;from;to;note\r\n\r\n;;;;\r\n"
        b'A;mon;09:00;17:00;"two\r\nlines"\r\nZ;mon;09:00;17:00;\r\n'
    )
    assert reports(read_files(written, NOW)) == ["shifts.csv:7: unknown_consultant"]


def test_a_list_may_be_split_over_files() -> None:
    whole = files(["A;mon;09:00;17:00", "B;tue;09:00;17:00"])
    split = files(["A;mon;09:00;17:00"])
    split["diensten-2.csv"] = b"code;dagen;van;tot\nB;di;9:00;17:00\n"
    assert rota_of(split).shifts == rota_of(whole).shifts


def test_the_caseload_and_exceptions_may_be_left_out() -> None:
    written = files(["A;mon;09:00;17:00"])
    del written["exceptions.csv"]
    assert rota_of(written).exceptions == ()


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", {0}),
        ("MON-THU", {0, 1, 2, 3}),
        ("ma, wo", {0, 2}),
        ("vr-ma", {4, 5, 6, 0}),
        ("mon–wed,fri", {0, 1, 2, 4}),
        ("za zo", {5, 6}),
        ("mon - tue", {0, 1}),
    ],
)
def test_days_are_read_as_people_write_them(text: str, days: set[int]) -> None:
    (shift,) = rota_of(files([f"A;{text};09:00;17:00"])).shifts
    assert shift.days == days


@pytest.mark.parametrize(
    ("text", "minute"), [("9:00", 540), ("09.00", 540), ("9u30", 570), ("9U30", 570), ("00:00", 0), ("9:00:00", 540)]
)
def test_times_are_read_as_people_write_them(text: str, minute: int) -> None:
    (shift,) = rota_of(files([f"A;mon;{text};17:00"])).shifts
    assert shift.start == minute


def test_defaults_are_those_of_the_contract() -> None:
    chosen = rota_of(files()).policy
    assert (chosen.zone, chosen.min_on_duty) == ("Europe/Amsterdam", 1)
    assert (chosen.presence.pause_min, chosen.presence.busy_min, chosen.presence.no_answer_after) == (30, 60, 2)
    assert (chosen.presence.no_answer_pause_min, chosen.presence.min_available) == (15, 2)
    assert (chosen.hunt.cap_s, chosen.hunt.wrap_up_s) == (90, 60)
    assert [(t.name, t.who, t.ring_s, t.at_once) for t in chosen.hunt.tiers] == [
        ("preferred", "preferred", 15, 1),
        ("region", "region", 20, 2),
        ("anyone", "anyone", 20, 3),
        ("backup", "backup", 20, 2),
    ]
    due = chosen.callbacks
    assert (due.missed_min, due.requested_min, due.voicemail_min) == (60, 60, 120)
    assert (chosen.callbacks.attempts, chosen.callbacks.countries) == (3, ("NL", "BE", "DE"))
    assert (chosen.figures.abandon_grace_s, chosen.figures.service_level_s) == (5, 30)
    assert (chosen.figures.target, chosen.figures.baseline) == (0.88, 0.69)
    assert chosen.limits == Limits(6, 30, 20, 4, 3, 10, 240, 20_000)


def test_each_limit_of_the_policy_is_read() -> None:
    names = [field.name for field in fields(Limits)]
    written = files()
    rows = "".join(f"{name} = {n}\n" for n, name in enumerate(names, start=11))
    written["policy.toml"] += f"[limits]\n{rows}".encode()
    assert astuple(rota_of(written).policy.limits) == tuple(range(11, 11 + len(names)))


def test_the_survey_of_the_policy_is_read() -> None:
    written = files()
    written["policy.toml"] += b"[survey]\nrate = 0.25\ntexts = true\n"
    assert rota_of(written).policy.survey == Survey(0.25, True)
    assert rota_of(files()).policy.survey == Survey(1 / 3, False)


@pytest.mark.parametrize("row", ["rate = 1.5", "rate = true", 'texts = "ja"', "texts = 1", "share = 0.5"])
def test_a_wrong_value_of_the_survey_is_a_fault(row: str) -> None:
    written = files()
    written["policy.toml"] += f"[survey]\n{row}\n".encode()
    assert len(read_files(written).errors) == 1
