"""The documents that an office fills in have the periods of the program, and nothing of the register is missing."""

import re
from pathlib import Path

import pytest

from callcenter.privacy.retention import periods

NL = Path(__file__).parents[2] / "docs" / "privacy" / "nl"
# The Dutch row of the register, by the kinds that it stands for.
REGISTER = {
    "opname bij Twilio": ["recordings at Twilio", "sound of withdrawn messages"],
    "ingesproken bericht": ["messages"],
    "nummer en naam van de beller": ["callers' numbers and names"],
    "nummer, naam, notitie en reden van annuleren bij een terugbelverzoek": ["callbacks' numbers, names and notes"],
    "contact dat van de lijst is gehaald": ["contacts who left the list"],
    "redenen waarom een consulent wel of niet gebeld is": ["reasons of decisions"],
    "ontvangstbewijzen van Twilio's verzoeken": ["receipts"],
    "verstuurde opdrachten en berichten": ["sent orders"],
    "nummer aan wie de belpeiling gevraagd is": ["whom the survey was asked"],
    "blokkade van een nummer": ["ended blocks"],
    "ziekte en opmerkingen in roosterversies": ["illness and remarks in rota versions"],
    "opmerking bij een roosterversie": ["remarks on rota versions"],
    "vervangen roosterversie": ["replaced rota versions"],
    "oproepen naar consulenten": ["legs"],
    "tellingen van inlogpogingen, met een versleutelde afdruk van adres en apparaat": ["counts of log-ins"],
    "wat een wijziging op de pagina's verving, om die ongedaan te maken": ["undone deeds"],
    "sessies van ingelogde medewerkers": ["sessions"],
    "bekende browsers van medewerkers": ["known browsers"],
    "logboek": ["audit log"],
    "gesprek zonder beller, terugbelverzoek zonder beller, spoor van een bericht": [
        "calls without their caller",
        "callbacks without their caller",
        "traces of erased messages",
    ],
}
# Every other sentence with a period: what comes before its number, and the kind.
SENTENCES = [
    ("bellers", "Uw bericht wissen wij na {} dagen", "messages"),
    ("bellers", "Uw nummer en naam wissen wij {} dagen na uw telefoontje", "callers' numbers and names"),
    ("bellers", "of {} dagen nadat het terugbelverzoek is afgesloten", "callbacks' numbers, names and notes"),
    ("bellers", "zonder dat wij weten van wie: {} dagen (drie jaar)", "calls without their caller"),
    ("personeel", "in vervangen versies {} dagen", "replaced rota versions"),
    ("personeel", "| {} dagen na het einde |", "illness and remarks in rota versions"),
    ("personeel", "| {} dagen |\n| waarom iemand", "legs"),
    ("personeel", "| uitleg bij een gesprek | {} dagen |", "reasons of decisions"),
    ("personeel", "| {} dagen, zonder beller |", "calls without their caller"),
    ("personeel", "| verantwoording | {} dagen |", "audit log"),
    ("personeel", "de rij verdwijnt {} dagen na het einde", "illness and remarks in rota versions"),
    ("dpia", "bericht {} dagen", "messages"),
    ("dpia", "nummer en naam {} dagen", "callers' numbers and names"),
    ("dpia", "ziekte in het rooster {} dagen", "illness and remarks in rota versions"),
    ("dpia", "gesprek zonder beller {} dagen", "calls without their caller"),
    ("dpia", "opname binnen {} dag gewist", "recordings at Twilio"),
    ("dpia", "korte notities, wissen na {} dagen", "callbacks' numbers, names and notes"),
    ("dpia", "oproepen {} dagen", "legs"),
    ("dpia", "redenen {} dagen", "reasons of decisions"),
    ("dpia", "verdwijnen na {} dagen uit alle versies", "illness and remarks in rota versions"),
    ("dpia", "één keer per {} dagen, steekproef", "whom the survey was asked"),
    ("bellers", "Dat wij u iets vroegen, wissen wij na {} dagen", "whom the survey was asked"),
]


def test_the_register_has_every_kind_once() -> None:
    assert sorted(kind for kinds in REGISTER.values() for kind in kinds) == sorted(periods())


@pytest.mark.parametrize(("row", "kinds"), REGISTER.items())
def test_each_row_of_the_register_has_the_period_of_the_program(row: str, kinds: list[str]) -> None:
    text = (NL / "verwerkingsregister").with_suffix(".md").read_text(encoding="utf-8")
    (days,) = re.findall(rf"^\| {re.escape(row)} \| (\d+) dag(?:en)? \|", text, re.M)
    assert {periods()[kind] for kind in kinds} == {int(days)}


@pytest.mark.parametrize(("page", "sentence", "kind"), SENTENCES)
def test_each_sentence_of_the_other_documents_has_it_too(page: str, sentence: str, kind: str) -> None:
    assert sentence.format(periods()[kind]) in (NL / page).with_suffix(".md").read_text(encoding="utf-8")


def test_no_other_period_is_named_unseen() -> None:
    """A sentence that is added with a number of days belongs into the list above."""
    for page in ("bellers", "personeel", "dpia"):
        text = (NL / page).with_suffix(".md").read_text(encoding="utf-8")
        known = [sentence.format(periods()[kind]) for name, sentence, kind in SENTENCES if name == page]
        for sentence in known:
            text = text.replace(sentence, "")
        # The advice for backups is the office's own.
        assert re.findall(r"(?<!hoogstens )\b\d+ dag(?:en)?\b", text) == [], page
