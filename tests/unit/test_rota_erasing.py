"""Past illnesses and remarks leave a rota's files; every duty to come, and every other line, stays as it was."""

import csv
import io
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.rota.duty import timeline
from callcenter.rota.erasing import still_ill, without_past
from callcenter.rota.model import Rota
from callcenter.rota.reading.files import read_files
from tests.support.rota_files import a_rota, files, local

BEFORE = local("2027-06-10 00:00")
SHIFTS = ["A;mon-fri;08:30;17:00", "B;mon-fri;08:30;13:00", "C;mon-fri;13:00;17:00"]
HEADER = "id;kind;consultant;from;to;substitute;note;by"


def office(exceptions: str, shifts: str = "") -> dict[str, bytes]:
    """The files with these two lists as they are written here."""
    made = files(SHIFTS)
    made["exceptions.csv"] = exceptions.encode()
    if shifts:
        made["shifts.csv"] = shifts.encode()
    return made


def rota_of(made: dict[str, bytes]) -> Rota:
    found = read_files(made, warnings=False)
    assert found.rota is not None, [one.report("en") for one in found.errors]
    return found.rota


def left(exceptions: str, *, replaced: bool = False, ill: frozenset[str] = frozenset()) -> str:
    made = without_past(office(exceptions), BEFORE, replaced=replaced, ill=ill).files
    return made["exceptions.csv"].decode()


def test_an_illness_that_ended_before_goes_and_leaves_an_empty_line() -> None:
    rows = f"{HEADER}\n1;sick;A;2027-06-01;2027-06-02;;griep;WIL\n2;leave;B;2027-06-11;2027-06-12;;;WIL\n"
    assert left(rows) == f"{HEADER}\n\n2;leave;B;2027-06-11;2027-06-12;;;WIL\n"


@pytest.mark.parametrize(
    ("row", "stays"),
    [
        ("sick;A;2027-06-01;2027-06-09;;griep", False),  # up to the midnight that is `before`
        ("sick;A;2027-06-01;2027-06-10;;griep", True),
        ("ziek;A;2027-06-01;2027-06-09 17:00;;griep", False),
        ("ZIEK;A;2027-06-01;;;griep", True),  # without an end
    ],
)
def test_an_illness_stays_until_it_has_ended(row: str, stays: bool) -> None:
    assert ("griep" in left(f"{HEADER.removeprefix('id;').removesuffix(';by')}\n{row}\n")) is stays


def test_an_illness_that_another_row_ends_goes_with_that_row() -> None:
    rows = f"{HEADER}\n1;sick;A;2027-06-01;;;;\n2;sick;A;2027-06-01;2027-06-04;;;\n3;sick;B;2027-06-01;;;;\n"
    assert left(rows) == f"{HEADER}\n\n\n3;sick;B;2027-06-01;;;;\n"


def test_in_a_replaced_version_an_illness_without_an_end_goes_unless_the_person_is_still_ill() -> None:
    rows = f"{HEADER}\n1;sick;A;2027-06-01;;;;\n2;sick;B;2027-06-01;;;;\n"
    assert left(rows, replaced=True, ill=frozenset({"B"})) == f"{HEADER}\n\n2;sick;B;2027-06-01;;;;\n"
    planned = f"{HEADER}\n1;sick;A;2027-06-01;2999-12-31;;;;\n"
    assert "sick" in left(planned)
    assert "sick" not in left(planned, replaced=True)
    active = a_rota(*SHIFTS, exceptions=["sick;A;2027-06-01;2027-06-04", "sick;B;2027-06-01;"])
    assert still_ill(active, BEFORE) == {"B"}


def test_remarks_go_when_their_row_has_ended_or_the_version_is_replaced() -> None:
    rows = f"{HEADER}\n1;leave;A;2027-06-01;2027-06-02;;begrafenis;WIL\n2;leave;B;2027-06-20;2027-06-21;;bruiloft;WIL\n"
    assert left(rows) == rows.replace("begrafenis", "")
    assert left(rows, replaced=True) == rows.replace("begrafenis", "").replace("bruiloft", "")
    shifts = (
        "consultant;days;from;to;valid_until;note\n"
        "A;mon;09:00;17:00;2027-06-09;therapie op dinsdag\nB;mon;09:00;17:00;;ouderschapsverlof\n"
    )
    ended = without_past(office(HEADER, shifts), BEFORE, replaced=False)
    assert ended.files["shifts.csv"].decode() == shifts.replace("therapie op dinsdag", "")
    assert ended.more
    all_ = without_past(office(HEADER, shifts), BEFORE, replaced=True)
    assert b"verlof" not in all_.files["shifts.csv"]
    assert not all_.more


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(("separator", "end"), [(";", "\r\n"), (",", "\n"), ("\t", "\r\n")])
def test_the_files_of_any_office_keep_their_form(encoding: str, separator: str, end: str) -> None:
    lines = [
        "sep=;",
        "Code;Soort;Van;Tot;Opmerking",
        "",
        'A;ziek;01-06-2027;02-06-2027;"griep; al"',
        "B;verlof;20-06-2027;21-06-2027;één dag",
        "A;training;01-06-2027;02-06-2027;belt zelf",
    ]
    lines = [line.replace(";", separator) if line != "sep=;" else f"sep={separator}" for line in lines]
    written = end.join([*lines, ""])
    data = written.encode(encoding)
    (new,) = without_past({"afwijkingen.csv": data}, BEFORE, replaced=False).files.values()
    expected = written.replace(lines[3], "").replace("belt zelf", "")
    assert new == expected.encode(encoding)


def test_a_remark_of_several_lines_goes_and_the_lines_below_keep_their_numbers() -> None:
    rows = f'{HEADER}\n1;leave;A;2027-06-01;2027-06-02;;"zij\nhij\r\nhet";WIL\n2;extra;B;2027-06-20;2027-06-21;;x;\n'
    lines = left(rows).split("\n")
    assert lines[1] == "1;leave;A;2027-06-01;2027-06-02;;;WIL"
    assert lines[2].strip() == lines[3].strip() == ""
    assert lines[4] == "2;extra;B;2027-06-20;2027-06-21;;x;"


def test_a_file_that_belongs_to_no_rota_goes_with_the_remarks_of_a_replaced_version() -> None:
    made = office(HEADER) | {"ziekmeldingen.csv": b"AIS;griep\n"}
    assert "ziekmeldingen.csv" in without_past(made, BEFORE, replaced=False).files
    assert "ziekmeldingen.csv" not in without_past(made, BEFORE, replaced=True).files


DAYS = st.integers(-20, 20).map(lambda n: BEFORE.date() + timedelta(days=n))
REMARKS = st.sampled_from(["", "griep", 'zegt "morgen"', "a;b,c", "twee\nregels", "één"])


@st.composite
def exceptions(draw: st.DrawFn) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for number in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(["sick", "sick", "leave", "training"]))
        first = draw(DAYS)
        last = first + timedelta(days=draw(st.integers(0, 5)))
        open_ = kind == "sick" and draw(st.booleans())
        end = "" if open_ else date.isoformat(last)
        person = draw(st.sampled_from("ABC"))
        rows.append((str(number), kind, person, date.isoformat(first), end, "", draw(REMARKS), "WIL"))
    return rows


@settings(max_examples=30)
@given(rows=exceptions(), replaced=st.booleans(), encoding=st.sampled_from(["utf-8", "cp1252", "utf-16"]))
def test_no_duty_to_come_changes_and_nothing_of_the_past_is_left(
    rows: list[tuple[str, ...]], replaced: bool, encoding: str
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows([HEADER.split(";"), *rows])
    made = office("") | {"exceptions.csv": out.getvalue().encode(encoding)}
    before, ill = rota_of(made), still_ill(rota_of(made), BEFORE)
    done = without_past(made, BEFORE, replaced=replaced, ill=ill)
    after = rota_of(dict(done.files))
    ahead = BEFORE, BEFORE + timedelta(days=40)
    assert timeline(after, *ahead) == timeline(before, *ahead)
    assert still_ill(after, BEFORE) == ill
    stay = {row.id: row for row in after.exceptions}
    for row in before.exceptions:
        past = row.end is not None and row.end <= BEFORE
        if row.kind == "sick" and past:
            assert row.id not in stay
        elif row.kind != "sick":
            assert stay[row.id].note == ("" if past or replaced else row.note)
            assert stay[row.id].source == row.source
    assert without_past(done.files, BEFORE, replaced=replaced, ill=ill).files == done.files
    assert replaced <= (not any(row.note for row in after.exceptions))
