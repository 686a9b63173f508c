"""The readers of rota, contacts and schools accept and refuse the same CSV files."""

from collections.abc import Callable

import pytest

from callcenter.directory.contacts import read_contacts
from callcenter.directory.duo import read_duo
from callcenter.directory.report import FileRefused
from callcenter.rota.reading.files import read_files
from tests.support.rota_files import NOW, files

Table = list[list[str]]
EXCEPTIONS = [
    ["soort", "code", "van", "tot", "opmerking"],
    ["verlof", "A", "08-06-2027", "08-06-2027", ""],
    ["ziek", "A", "10-06-2027", "11-06-2027", "zó"],
]
CONTACTS = [
    ["naam", "groep", "nummers", "voorkeur"],
    ["Wijkteam", "partner", "078 770 00 00", ""],
    ["Zórg", "partner", "078 770 00 01", "AIS"],
]
SCHOOLS = [
    ["VESTIGINGSCODE", "VESTIGINGSNAAM", "PLAATSNAAM", "GEMEENTENUMMER", "GEMEENTENAAM", "TELEFOONNUMMER"],
    ["03WU00", "De Regenboog", "DORDRECHT", "0505", "DORDRECHT", ""],
    ["04AB00", "Zónnebloem", "DORDRECHT", "0505", "DORDRECHT", "078 614 00 01"],
]


def rota_faults(data: bytes) -> list[str]:
    """The faults of an exceptions file, as `LINE`; the two rows in force have none."""
    result = read_files(files(["A;mon-fri;09:00;17:00"]) | {"exceptions.csv": data}, NOW)
    if result.rota is not None:
        assert [row.kind for row in result.rota.exceptions] == ["leave", "sick"]
        assert result.rota.exceptions[1].note == "zó"
    return [str(fault.line) for fault in result.errors]


def contacts_faults(data: bytes) -> list[str]:
    """The faults of a contacts file, as `LINE`."""
    try:
        contacts = read_contacts("contacts.csv", data).contacts
    except FileRefused as refused:
        return [str(fault.line) for fault in refused.faults]
    assert [contact.columns["name"] for contact in contacts] == ["Wijkteam", "Zórg"]
    assert [contact.columns["preferred"] for contact in contacts] == [None, "AIS"]
    return []


def schools_faults(data: bytes) -> list[str]:
    """The faults of a DUO list, as `LINE`."""
    try:
        schools = read_duo("list.csv", data).schools
    except FileRefused as refused:
        return [str(fault.line) for fault in refused.faults]
    assert [school.name for school in schools] == ["De Regenboog", "Zónnebloem"]
    assert [school.numbers for school in schools] == [(), ("+31786140001",)]
    return []


DOORS = pytest.mark.parametrize(
    ("table", "faults"),
    [
        pytest.param(EXCEPTIONS, rota_faults, id="rota"),
        pytest.param(CONTACTS, contacts_faults, id="contacts"),
        pytest.param(SCHOOLS, schools_faults, id="schools"),
    ],
)


def saved(table: Table, separator: str = ";") -> str:
    """A table as a spreadsheet saves it."""
    return "".join(separator.join(row) + "\r\n" for row in table)


ODD: dict[str, Callable[[Table], bytes]] = {
    "plain": lambda table: saved(table).encode(),
    "windows-1252": lambda table: saved(table).encode("cp1252"),
    "utf-8 with a mark": lambda table: saved(table).encode("utf-8-sig"),
    "utf-16": lambda table: saved(table).encode("utf-16"),
    "commas": lambda table: saved(table, ",").encode(),
    "tabs": lambda table: saved(table, "\t").encode(),
    "excel's unicode text": lambda table: saved(table, "\t").encode("utf-16"),
    "sep=;": lambda table: b"sep=;\r\n" + saved(table).encode(),
    "sep=, in a file with ;": lambda table: b"sep=,\r\n" + saved(table).encode(),
    "blank lines": lambda table: b"\r\n" + saved(table).replace("\r\n", "\r\n\r\n").encode(),
    "old macintosh line ends": lambda table: saved(table).replace("\r\n", "\r").encode(),
    "short rows": lambda table: saved(table).replace(";\r\n", "\r\n").encode(),
    "empty cells beyond the header": lambda table: saved([table[0], *([*row, "", ""] for row in table[1:])]).encode(),
    "empty columns": lambda table: saved([[*row, "", ""] for row in [*table, [""]]]).encode(),
    "quotes": lambda table: saved([[f'"{cell}"' for cell in row] for row in table]).encode(),
}
BROKEN: dict[str, tuple[Callable[[Table], bytes], list[str]]] = {
    "a stray quote": (lambda table: saved([table[0], ['"' + table[1][0], *table[1][1:]], table[2]]).encode(), ["2"]),
    "text after a quoted cell": (
        lambda table: saved([*table[:2], [f'"{table[2][0]}"x', *table[2][1:]]]).encode(),
        ["3"],
    ),
    "text beyond the header": (lambda table: saved([*table[:2], [*table[2], "", "more"]]).encode(), ["3"]),
    "text below no name": (lambda table: saved([[*table[0], ""], table[1], [*table[2], "more"]]).encode(), ["3"]),
    "an Excel file": (lambda table: b"PK\x03\x04\x14\0" + saved(table).encode(), ["1"]),
}


@DOORS
@pytest.mark.parametrize("odd", ODD)
def test_every_door_accepts_an_odd_file(table: Table, faults: Callable[[bytes], list[str]], odd: str) -> None:
    assert faults(ODD[odd](table)) == []


@DOORS
@pytest.mark.parametrize("broken", BROKEN)
def test_every_door_refuses_a_broken_file_at_its_line(
    table: Table, faults: Callable[[bytes], list[str]], broken: str
) -> None:
    write, expected = BROKEN[broken]
    assert faults(write(table)) == expected


def test_a_stray_quote_is_explained_to_the_team_lead() -> None:
    written = files(["A;mon-fri;09:00;17:00"])
    written["exceptions.csv"] = b'soort;code;van;tot;opmerking\nverlof;A;08-06-2027;08-06-2027;"met B\nziek;A;;;\n'
    (found,) = read_files(written, NOW).errors
    assert found.report("en") == (
        "exceptions.csv:2: stray_quote a quote in this row is not closed, or text follows it. "
        "Remove it, or put the whole text of the cell in quotes."
    )


def test_a_policy_may_be_saved_as_utf_16() -> None:
    written = files(["A;mon-fri;09:00;17:00"])
    written["policy.toml"] = written["policy.toml"].decode().encode("utf-16")
    assert read_files(written, NOW).errors == ()
