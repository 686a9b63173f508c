"""The faults of rota files: every code with its text and its remedy, in Dutch and English."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from callcenter.rota.model import Source

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault at a place in the files. An error prevents loading them, a warning does not."""

    code: str
    severity: Severity
    file: str
    line: int
    text_nl: str
    text_en: str
    mend_nl: str
    mend_en: str

    def sentence(self, language: str = "nl") -> str:
        """What is wrong and how to mend it, in `nl` or `en`."""
        dutch = language != "en"
        text, mend = (self.text_nl, self.mend_nl) if dutch else (self.text_en, self.mend_en)
        if self.severity == "warning":
            text = ("let op: " if dutch else "note: ") + text
        return f"{text}. {mend}." if mend else f"{text}."

    def report(self, language: str = "nl") -> str:
        """One line, `FILE:LINE: CODE text`."""
        return f"{self.file}:{self.line}: {self.code} {self.sentence(language)}"


class Words(NamedTuple):
    """The text of a fault in Dutch and English, and how to mend it in both."""

    nl: str
    en: str
    mend_nl: str = ""
    mend_en: str = ""


ERRORS: dict[str, Words] = {
    "missing_file": Words(
        "het bestand {value} ontbreekt", "the file {value} is missing", "Zet het in de map", "Put it in the folder"
    ),
    "unknown_file": Words(
        "het bestand {value} wordt niet herkend, maar lijkt op {known}",
        "the file {value} is not recognised but looks like {known}",
        "Verbeter de naam of haal het uit de map",
        "Correct its name or take it out of the folder",
    ),
    "unreadable": Words(
        "het bestand is niet te lezen ({value})",
        "the file cannot be read ({value})",
        "Bewaar het in Excel als CSV (UTF-8)",
        "Save it from Excel as CSV (UTF-8)",
    ),
    "stray_quote": Words(
        "een aanhalingsteken in deze regel wordt niet gesloten, of er staat tekst achter",
        "a quote in this row is not closed, or text follows it",
        "Haal het weg, of zet de hele tekst van de cel tussen aanhalingstekens",
        "Remove it, or put the whole text of the cell in quotes",
    ),
    "odd_character": Words(
        "in deze regel staat een teken dat niet te zien is (een besturingsteken)",
        "this row holds a character that cannot be seen (a control character)",
        "Haal het weg, of typ de cel opnieuw",
        "Remove it, or type the cell again",
    ),
    "bad_toml": Words(
        "deze regel van het beleid is niet te lezen ({value})",
        "the policy is not valid TOML ({value})",
        "Verbeter deze regel",
        "Correct this line",
    ),
    "unknown_column": Words(
        "onbekende kolom {value}", "unknown column {value}", "Gebruik alleen: {known}", "Use only: {known}"
    ),
    "missing_column": Words(
        "de kolom {value} ontbreekt", "the column {value} is missing", "Voeg de kolom toe", "Add the column"
    ),
    "duplicate_column": Words(
        "de kolom {value} staat er twee keer", "the column {value} is there twice", "Haal er een weg", "Remove one"
    ),
    "too_many_cells": Words(
        "meer cellen dan kolommen",
        "more cells than columns",
        "Zet een tekst met het scheidingsteken tussen aanhalingstekens",
        "Put a text that holds the separator in quotes",
    ),
    "unknown_key": Words(
        "onbekende sleutel {value}", "unknown key {value}", "Gebruik alleen: {known}", "Use only: {known}"
    ),
    "missing_key": Words(
        "de sleutel {value} ontbreekt", "the key {value} is missing", "Voeg de sleutel toe", "Add the key"
    ),
    "bad_value": Words(
        "{key} = {value} is niet geldig", "{key} = {value} is not valid", "Verwacht: {known}", "Expected: {known}"
    ),
    "missing_value": Words("{column} is leeg", "{column} is empty", "Vul de cel in", "Fill in the cell"),
    "unknown_consultant": Words(
        "consulent {value} staat niet in {people}",
        "consultant {value} is not in {people}",
        "Voeg de consulent toe of verbeter de code",
        "Add the consultant or correct the code",
    ),
    "unknown_role": Words("onbekende rol {value}", "unknown role {value}", "Gebruik: {known}", "Use: {known}"),
    "unknown_kind": Words("onbekende soort {value}", "unknown kind {value}", "Gebruik: {known}", "Use: {known}"),
    "unknown_weekday": Words(
        "onbekende dag {value}",
        "unknown weekday {value}",
        "Gebruik ma di wo do vr za zo, ma-do of ma,wo",
        "Use mon tue wed thu fri sat sun, mon-thu or mon,wed",
    ),
    "bad_date": Words(
        "{value} is geen datum",
        "{value} is not a date",
        "Schrijf dd-mm-jjjj of jjjj-mm-dd, met vier cijfers voor het jaar",
        "Write dd-mm-yyyy or yyyy-mm-dd, with a year of four digits",
    ),
    "bad_time": Words(
        "{value} is geen tijd",
        "{value} is not a time",
        "Schrijf 9:00, 09.00 of 9u30 (24:00 alleen als einde); maak in Excel van de kolom tekst",
        "Write 9:00, 09.00 or 9u30 (24:00 as an end only); make the column text in Excel",
    ),
    "bad_number": Words(
        "{column}: {value} is geen heel getal van 1 of meer",
        "{column}: {value} is not a whole number of 1 or more",
        "Schrijf bijvoorbeeld 2",
        "Write 2, for instance",
    ),
    "empty_window": Words(
        "begin en einde zijn gelijk ({value})",
        "start and end are the same ({value})",
        "Verbeter een van beide; de hele dag is 00:00 tot 24:00",
        "Correct one of them; the whole day is 00:00 to 24:00",
    ),
    "end_before_start": Words(
        "het einde {end} ligt voor het begin {start}",
        "the end {end} is before the start {start}",
        "Wissel ze om, of zet ja in de kolom nacht voor een nachtdienst",
        "Swap them, or put yes in the column night for a night shift",
    ),
    "ends_before_start": Words(
        "de afwijking eindigt ({end}) voor zij begint ({start})",
        "the exception ends ({end}) before it starts ({start})",
        "Verbeter de datums",
        "Correct the dates",
    ),
    "moment_missing": Words(
        "{value} bestaat niet: die nacht gaat de klok vooruit",
        "{value} does not exist: the clock goes forward that night",
        "Kies een tijd ervoor of erna",
        "Choose a time before or after it",
    ),
    "moment_twice": Words(
        "{value} komt twee keer voor: die nacht gaat de klok terug",
        "{value} occurs twice: the clock goes back that night",
        "Kies een tijd ervoor of erna",
        "Choose a time before or after it",
    ),
    "anchor_missing": Words(
        "elke {value} weken zonder anker",
        "every {value} weeks without an anchor",
        "Vul de maandag in van een week waarin de dienst er is",
        "Fill in the Monday of a week in which the shift is on",
    ),
    "anchor_not_monday": Words(
        "het anker {value} is geen maandag",
        "the anchor {value} is not a Monday",
        "Neem de maandag van die week",
        "Take the Monday of that week",
    ),
    "role_overlap": Words(
        "{consultant} heeft hier een andere rol dan in {other}, op dezelfde tijd",
        "{consultant} has another role here than in {other}, at the same time",
        "Laat de tijden niet overlappen",
        "Do not let the times overlap",
    ),
    "swap_overlap": Words(
        "{consultant} ruilt deze uren ook in {other}",
        "{consultant} swaps these hours in {other} as well",
        "Laat de ruilingen niet overlappen",
        "Do not let the swaps overlap",
    ),
    "swap_chain": Words(
        "{consultant} neemt uren over en geeft ze weer weg (zie {other})",
        "{consultant} takes hours over and gives them away again (see {other})",
        "Ruil rechtstreeks met de laatste",
        "Swap directly with the last one",
    ),
    "swap_self": Words(
        "{consultant} ruilt met zichzelf",
        "{consultant} swaps with himself or herself",
        "Vul een ander in als vervanger",
        "Fill in somebody else as the substitute",
    ),
    "swap_inactive": Words(
        "vervanger {consultant} is dan niet actief",
        "the substitute {consultant} is not active then",
        "Kies een ander, of verbeter actief_van of actief_tm",
        "Choose somebody else, or correct active_from or active_until",
    ),
    "duplicate_id": Words(
        "{value} staat al in {other}",
        "{value} is already in {other}",
        "Geef elke regel een eigen code",
        "Give each row its own",
    ),
    "caseload_conflict": Words(
        "{value} heeft in {other} een andere consulent",
        "{value} has another consultant in {other}",
        "Laat er een staan",
        "Keep one of them",
    ),
    "good_friday_not_chosen": Words(
        "voor Goede Vrijdag is niets gekozen",
        "nothing is chosen for Good Friday",
        'Zet onder [closed_days] goede_vrijdag = "open", "dicht" of "09:00-12:00"',
        'Put under [closed_days] good_friday = "open", "closed" or "09:00-12:00"',
    ),
    "liberation_day_not_chosen": Words(
        "voor 5 mei is niets gekozen",
        "nothing is chosen for 5 May",
        'Zet onder [closed_days] bevrijdingsdag = "lustrum", "elk_jaar" of "open"',
        'Put under [closed_days] liberation_day = "lustrum", "every_year" or "open"',
    ),
    "day_twice": Words(
        "{value} heeft twee keer openingstijden",
        "{value} has opening hours twice",
        "Zet alle tijden van een dag bij elkaar",
        "Put all hours of a day together",
    ),
    "name_twice": Words("{value} staat er twee keer", "{value} is there twice", "Laat er een staan", "Keep one"),
    "no_final_tier": Words(
        "geen trap kan de zoekronde afmaken",
        "no tier can end the hunt",
        'Voeg een trap toe met who = "anyone" of "backup"',
        'Add a tier with who = "anyone" or "backup"',
    ),
    "mobile_missing": Words(
        "{consultant} heeft geen mobiel nummer",
        "{consultant} has no mobile number",
        "Vul het nummer in, of sluit af met actief_tm",
        "Fill in the number, or end with active_until",
    ),
    "mobile_uncallable": Words(
        "het mobiele nummer van {consultant} kan niet gebeld worden",
        "the mobile number of {consultant} cannot be called",
        "Schrijf bijvoorbeeld 06 12345678 of +31612345678, uit een land van [callbacks] countries",
        "Write for instance 06 12345678 or +31612345678, of a country in [callbacks] countries",
    ),
    "shared_mobile": Words(
        "{consultant} heeft hetzelfde mobiele nummer als {second} in {other}",
        "{consultant} has the same mobile number as {second} in {other}",
        "Geef ieder een eigen nummer, of sluit een van beiden af met actief_tm",
        "Give each a number of their own, or end one of them with active_until",
    ),
    "zone_unknown": Words(
        "de tijdzone {value} kan niet geladen worden",
        "the time zone {value} cannot be loaded",
        'Gebruik een naam als "Europe/Amsterdam"',
        'Use a name such as "Europe/Amsterdam"',
    ),
    "vacation_data_ends": Words(
        "de meegeleverde schoolvakanties lopen tot en met {value}, minder dan twaalf maanden vooruit",
        "the school vacations shipped with the product end on {value}, less than twelve months ahead",
        "Werk callcenter bij, of haal [vacation] weg",
        "Update callcenter, or remove [vacation]",
    ),
}

WARNINGS: dict[str, Words] = {
    "ignored_file": Words("het bestand {value} hoort niet bij het rooster", "the file {value} is no part of the rota"),
    "no_effect": Words(
        "deze regel heeft geen effect ({why_nl})",
        "this row has no effect ({why_en})",
        "Verbeter de regel of haal hem weg",
        "Correct the row or remove it",
    ),
    "swap_absent": Words(
        "vervanger {consultant} is dan afwezig ({other}); die uren zijn niet gedekt",
        "the substitute {consultant} is absent then ({other}); those hours are uncovered",
        "Kies een ander",
        "Choose somebody else",
    ),
    "coverage_lost": Words(
        "vervanger {consultant} is dan al ingepland; er is een collega minder",
        "the substitute {consultant} is planned then already; there is one colleague less",
    ),
    "clipped": Words(
        "de dienst valt deels buiten de openingstijden en wordt ingekort ({value})",
        "the shift lies partly outside the opening hours and is clipped ({value})",
    ),
    "clock_change": Words(
        "op {value} valt dit weg door het verzetten van de klok",
        "on {value} this is removed by the clock change",
    ),
    "gap": Words("niemand ingepland: {value}", "nobody is planned: {value}", "Plan iemand in", "Plan somebody"),
    "below_minimum": Words(
        "minder dan {least} ingepland: {value}",
        "fewer than {least} planned: {value}",
        "Plan iemand bij",
        "Plan one more",
    ),
    "sick_review": Words(
        "{consultant} is ziek sinds {value}, zonder einddatum",
        "{consultant} has been sick since {value}, without an end",
        "Vraag hoe het gaat en vul zo mogelijk de einddatum in",
        "Ask how it is, and fill in the end when it is known",
    ),
    "duplicate_row": Words(
        "dezelfde regel staat ook in {other}", "the same row is in {other} as well", "Haal er een weg", "Remove one"
    ),
    "never_planned": Words(
        "{consultant} wordt nergens ingepland",
        "{consultant} is never planned",
        "Voeg een dienst toe, of sluit af met actief_tm",
        "Add a shift, or end with active_until",
    ),
    "minute_lost": Words(
        "einde 23:59 laat een minuut open",
        "the end 23:59 leaves a minute uncovered",
        "Schrijf 24:00",
        "Write 24:00",
    ),
    "substitute_ignored": Words(
        "een vervanger geldt alleen bij ruil",
        "a substitute counts for a swap only",
        "Gebruik soort ruil of maak de cel leeg",
        "Use kind swap or empty the cell",
    ),
}


def fault(code: str, source: Source, **values: object) -> Fault:
    """The fault with this code at a place, with its texts filled in. Raises KeyError for a code that does not exist.

    A value whose Dutch differs is given twice: `known`, and `known_nl` for the Dutch texts.
    """
    words = ERRORS.get(code) or WARNINGS[code]
    dutch = values | {name.removesuffix("_nl"): value for name, value in values.items() if name.endswith("_nl")}
    texts = [
        text.format(**(dutch if field.endswith("nl") else values))
        for field, text in zip(Words._fields, words, strict=True)
    ]
    return Fault(code, "error" if code in ERRORS else "warning", source.file, source.line, *texts)
