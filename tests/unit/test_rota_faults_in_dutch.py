"""Faults of a rota in Dutch files are told in Dutch, with the names that those files have."""

import re
import tomllib
from datetime import UTC, datetime

import pytest

from callcenter.rota.reading.files import read_files
from callcenter.rota.reading.toml_words import in_dutch

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
GOOD = {
    "lijn.toml": (
        '[open]\nma-vr = ["08:30-17:00"]\n[closed_days]\ngoede_vrijdag = "dicht"\nbevrijdingsdag = "lustrum"\n'
    ),
    "consulenten.csv": "code;naam;mobiel;email\nAIS;Aïsha;06 35000001;\n",
    "diensten.csv": "code;dagen;van;tot;rol;nacht;elke\nAIS;ma-vr;8:30;17:00;lijn;;\n",
    "afwijkingen.csv": "soort;code;van;tot;vervanger\n",
    "werkgebied.csv": "brin;gemeente;code\n",
}
# Words of the English form of the files. A Dutch sentence about Dutch files has none of them.
ENGLISH = (
    r"\b(consultants|shifts|exceptions|caseload|policy|name|mobile|from|to|days|every|night|role|kind|substitute|school"
    r"|yes|leave|sick|swap|backup|closed|until|mon|fri|characters|Expected|Invalid|Illegal|Unclosed|Unterminated|True)\b"
)


def dutch(**changed: str | None) -> list[str]:
    """The faults in Dutch when files are other than GOOD; None: the file is missing. `lijn`: lijn.toml."""
    files = dict(GOOD)
    for stem, text in changed.items():
        name = "lijn.toml" if stem == "lijn" else f"{stem}.csv"
        if text is None:
            del files[name]
        else:
            files[name] = text
    return [one.report("nl") for one in read_files({name: text.encode() for name, text in files.items()}, NOW).faults]


def test_good_dutch_files_have_no_fault() -> None:
    assert dutch() == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"diensten": None}, "diensten.csv:1: missing_file het bestand diensten.csv ontbreekt"),
        ({"lijn": None}, "lijn.toml:1: missing_file het bestand lijn.toml ontbreekt"),
        ({"consulenten": "code;naam\nAIS;Aïsha\n"}, "consulenten.csv:1: missing_column de kolom mobiel ontbreekt"),
        ({"diensten": "code;dagen;van;tot\nXYZ;ma;8:30;9:00\n"}, "consulent XYZ staat niet in consulenten.csv"),
        ({"diensten": "code;dagen;van;tot\nAIS;ma;;9:00\n"}, "diensten.csv:2: missing_value van is leeg"),
        ({"diensten": GOOD["diensten.csv"] + "AIS;ma;6:00;7:00;baas;;\n"}, "Gebruik: lijn, achterwacht."),
        (
            {"diensten": GOOD["diensten.csv"] + "AIS;ma;6:00;7:00;;soms;\n"},
            "nacht = soms is niet geldig. Verwacht: ja, nee",
        ),
        ({"diensten": GOOD["diensten.csv"] + "AIS;ma;6:00;7:00;;;x\n"}, "elke: x is geen heel getal"),
        (
            {"afwijkingen": "soort;code;van;tot\nvrij;AIS;1-6-2027;1-6-2027\n"},
            "Gebruik: verlof, ziek, training, ruil, extra",
        ),
        ({"afwijkingen": "soort;code;van;tot;vervanger\nruil;AIS;9-6-2027;9-6-2027;\n"}, "vervanger is leeg"),
        ({"werkgebied": "brin;gemeente;code\n;;AIS\n"}, "werkgebied.csv:2: missing_value brin is leeg"),
        ({"consulenten": "code;naam;mobiel;kleur\nAIS;Aïsha;06 35000001;rood\n"}, "code, naam, mobiel, email, regios"),
        ({"lijn": GOOD["lijn.toml"].replace('"dicht"', '"misschien"')}, '"dicht", "open", "tot 15:00"'),
        ({"lijn": GOOD["lijn.toml"].replace('"lustrum"', "true")}, 'Verwacht: "lustrum", "elk_jaar", "open"'),
        ({"lijn": GOOD["lijn.toml"].replace("bevrijdingsdag", "feest")}, "nieuwjaar, goede_vrijdag"),
        ({"lijn": GOOD["lijn.toml"].replace('["08:30-17:00"]', '"08:30"')}, 'Verwacht: ma-vr = ["08:30-17:00"]'),
        ({"lijn": GOOD["lijn.toml"].replace('"dicht"', '"dicht')}, "deze regel van het beleid is niet te lezen ("),
        ({"diensten": "code;dagen;van;tot\n"}, "diensten.csv:1: gap let op: niemand ingepland"),
    ],
)
def test_a_fault_names_what_the_files_name(changed: dict[str, str | None], said: str) -> None:
    told = dutch(**changed)
    assert any(said in one for one in told), told
    # The code of a fault (`missing_value`) and the keys of the policy are the same in both languages.
    sentences = [re.sub(r"^\S+ \w+ |\[?closed_days\]?", "", one) for one in told]
    assert [one for one in sentences if re.search(ENGLISH, one)] == []


@pytest.mark.parametrize(
    "text",
    [
        *("a", "a 1", "a =", "a = [1", 'a = "x', "a = {b = 1", "a = {b = 1, b = 2}", "[a", "[[a]", "a = 1 b = 2"),
        *("a = 1\na = 2", "[a]\n[a]", 'a = "\\q"', "a = 2027-13-45", 'a = "\\uZZZZ"', "= 1", "a = x", "a = 'x\x01'"),
        'a = "\\ud800"',
    ],
)
def test_what_is_no_toml_is_told_in_dutch(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as raised:
        tomllib.loads(text)
    assert in_dutch(str(raised.value)) != str(raised.value)
    assert not re.search(ENGLISH, in_dutch(str(raised.value)))
