"""DUO's lists of school locations are read as published, and broken lists are refused."""

import gzip
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.directory.duo import PRIMARY, SECONDARY, SPECIAL, DuoFile, SchoolRow, read_duo, school_numbers
from callcenter.directory.places import place_name
from callcenter.directory.report import FileRefused

EXTRACTS = Path(__file__).parents[1] / "data" / "duo"
AUGUST = (EXTRACTS / "primary_august.csv").read_bytes()


def the_list(name: str) -> DuoFile:
    return read_duo(name, (EXTRACTS / name).read_bytes())


def the_school(name: str, code: str) -> SchoolRow:
    return next(school for school in the_list(name).schools if school.duo_code == code)


def faults_of(content: bytes) -> list[str]:
    with pytest.raises(FileRefused) as refused:
        read_duo("list.csv", content)
    return [str(fault) for fault in refused.value.faults]


def with_row(*cells: tuple[str, str]) -> bytes:
    """The August extract with one more row, whose other cells are those of the first row."""
    lines = AUGUST.decode("cp1252").split("\r\n")
    names = lines[0].split(";")
    row = dict(zip(names, lines[1].split(";"), strict=True)) | dict(cells)
    return (AUGUST.decode("cp1252") + ";".join(row[name] for name in names) + "\r\n").encode("cp1252")


def test_a_school_is_read_by_the_names_of_the_columns() -> None:
    school = the_school("primary_august.csv", "13WO00")
    assert (school.name, school.place, school.municipality, school.municipality_code) == (
        "RS 11",
        "Geldermalsen",
        "West Betuwe",
        "1960",
    )
    assert (school.brin, school.rmc_region_code, school.rmc_region) == ("13WO", "15", "Rivierenland")
    assert school.vacation_region == "Midden"
    assert school.numbers == ("+31345572651",)


def test_a_secondary_list_has_its_columns_elsewhere_and_is_known_by_them() -> None:
    assert the_list("secondary_duo.csv").kind == SECONDARY
    assert the_school("secondary_duo.csv", "18BR00").numbers == ("+31592340973",)
    assert the_list("primary_august.csv").kind == PRIMARY


def test_a_special_education_list_begins_with_another_column() -> None:
    header, *rows = AUGUST.decode("cp1252").splitlines()
    special = [f"SOORT PRIMAIR ONDERWIJS;{header};CLUSTER;ONDERWIJS", *(f"SPEC;{row};4;SO" for row in rows)]
    duo = read_duo("special.csv", "\r\n".join(special).encode("cp1252"))
    assert duo.kind == SPECIAL
    assert [school.name for school in duo.schools] == [school.name for school in the_list("primary_august.csv").schools]


def test_windows_characters_and_quoted_names_are_kept() -> None:
    assert the_school("primary_august.csv", "05OC00").name == "Dalton Kindcentrum ’t Kompas"
    assert the_school("primary_august.csv", "04NA00").name == 'Algemeen Bijzondere basisschool "de Fluessen"'
    assert the_school("primary_august.csv", "04KN00").name == "Mienskipsskoalle De Legeaën"


def test_a_blank_cell_is_one_space_and_means_no_number() -> None:
    assert the_school("primary_april.csv", "32HY00").numbers == ()


def test_a_telephone_number_in_the_web_address_is_not_taken() -> None:
    web_only = with_row(("VESTIGINGSCODE", "99ZZ00"), ("TELEFOONNUMMER", " "), ("INTERNETADRES", "0528266192"))
    assert read_duo("list.csv", web_only).schools[-1].numbers == ()
    assert the_school("secondary_duo.csv", "19IW02").numbers == ("+31528266192",)


def test_a_number_that_is_not_valid_is_refused_and_its_school_kept() -> None:
    duo = the_list("primary_august.csv")
    assert the_school("primary_august.csv", "23EU00").numbers == ()
    (refused,) = duo.refused_numbers
    assert str(refused).startswith("primary_august.csv:")
    assert "23EU00" in refused.reason
    assert AUGUST.decode("cp1252").split("\r\n")[refused.line - 1].split(";")[3] == "23EU00"


def test_a_blank_municipality_name_is_found_by_its_number() -> None:
    meierijstad = (("VESTIGINGSCODE", "99ZZ00"), ("GEMEENTENUMMER", "1948"), ("GEMEENTENAAM", "MEIERIJSTAD"))
    named = read_duo("list.csv", with_row(*meierijstad))
    assert next(school for school in named.schools if school.duo_code == "32LY00").municipality == "Meierijstad"


def test_regions_named_without_a_code_get_it() -> None:
    assert the_school("secondary_restored.csv", "17VF00").rmc_region_code == "21"


def test_a_packed_list_reads_as_the_plain_one() -> None:
    assert read_duo("list.csv", gzip.compress(AUGUST)) == read_duo("list.csv", AUGUST)


def test_a_list_saved_again_in_utf8_reads_the_same() -> None:
    assert read_duo("list.csv", AUGUST.decode("cp1252").encode("utf-8-sig")) == read_duo("list.csv", AUGUST)


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("0413283000 (menukeuze 1)", ("+31413283000",)),
        ("0412-224160 / 224150", ("+31412224160", "+31412224150")),
        ("0547-284141 of 0548-378383", ("+31547284141", "+31548378383")),
        ("(0412) 224160", ("+31412224160",)),
        ("06 – 10007855", ("+31610007855",)),
        ("5994163270", ("+5994163270",)),
        ("0324099448", ()),
        ("", ()),
    ],
)
def test_numbers_are_understood_as_people_write_them(written: str, numbers: tuple[str, ...]) -> None:
    assert school_numbers(written) == numbers


@pytest.mark.parametrize(
    ("capitals", "spelling"),
    [
        ("DORDRECHT", "Dordrecht"),
        ("'S-GRAVENDEEL", "'s-Gravendeel"),
        ("S GRAVENHAGE", "'s-Gravenhage"),
        ("IJSSELSTEIN", "IJsselstein"),
        ("CAPELLE AAN DEN IJSSEL", "Capelle aan den IJssel"),
        ("HENDRIK-IDO-AMBACHT", "Hendrik-Ido-Ambacht"),
        ("BERGEN OP ZOOM", "Bergen op Zoom"),
        ("DE BILT", "De Bilt"),
        ("OUDEGA GEM DE FRYSKE MARREN", "Oudega gem De Fryske Marren"),
        ("LAREN NH", "Laren NH"),
        ("", ""),
    ],
)
def test_places_are_spelt_as_people_spell_them(capitals: str, spelling: str) -> None:
    assert place_name(capitals) == spelling


def test_every_fault_is_reported_with_its_line() -> None:
    broken = with_row(("VESTIGINGSNAAM", " "), ("GEMEENTENUMMER", "x"))
    assert faults_of(broken) == [
        "list.csv:22: VESTIGINGSCODE 05OC00 occurs already on line 2",
        "list.csv:22: VESTIGINGSNAAM is blank",
        "list.csv:22: GEMEENTENUMMER 'x' is not a number",
    ]


def test_a_missing_column_is_named() -> None:
    assert faults_of(AUGUST.replace(b"TELEFOONNUMMER", b"TELEFOON")) == ["list.csv:1: column TELEFOONNUMMER is missing"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "list.csv:1: the file is empty"),
        (AUGUST.split(b"\r\n")[0], "list.csv:1: the file lists no schools"),
        (AUGUST + b"Drenthe;1\r\n", "list.csv:22: 2 cells where the header has 31"),
        (AUGUST + b'Drenthe;"1\r\n', "list.csv:22: quotes do not match"),
        (AUGUST + b"\x81\r\n", "list.csv:22: byte 0x81"),
        (AUGUST + b"\0\r\n", "list.csv:22: a zero byte"),
        (gzip.compress(AUGUST)[:-40], "list.csv:1: the gzip file is damaged"),
        (b"PK\x03\x04rest", "list.csv:1: this is a zip or Excel file"),
    ],
)
def test_a_file_that_is_no_list_is_refused_as_a_whole(content: bytes, fault: str) -> None:
    assert faults_of(content)[0].startswith(fault)


@given(st.binary(max_size=400))
def test_no_bytes_whatever_bring_the_reader_down(noise: bytes) -> None:
    with suppress(FileRefused):
        read_duo("list.csv", AUGUST[:1500] + noise)
