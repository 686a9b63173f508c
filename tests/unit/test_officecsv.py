"""CSV files are read as office programs save them, and refused at the right line where rows would be lost."""

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.officecsv import CsvTable, Record, UnreadableCsv, decode, read_csv

PLAIN = "naam;plaats\nJosé;Dordrecht\n"


def cells(data: bytes | str) -> list[tuple[str, ...]]:
    """The header and the cells of each record."""
    table = read_csv(data if isinstance(data, bytes) else data.encode())
    return [table.header, *(record.cells for record in table.records)]


def lines(text: str) -> list[int]:
    """The line of the header and of each record."""
    table = read_csv(text.encode())
    return [table.line, *(record.line for record in table.records)]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(PLAIN.encode("utf-8"), id="utf-8"),
        pytest.param(PLAIN.encode("utf-8-sig"), id="utf-8 with a mark"),
        pytest.param(PLAIN.encode("cp1252"), id="windows-1252"),
        pytest.param(b"\xff\xfe" + PLAIN.encode("utf-16-le"), id="utf-16, little end first"),
        pytest.param(b"\xfe\xff" + PLAIN.encode("utf-16-be"), id="utf-16, big end first"),
        pytest.param(PLAIN.replace("\n", "\r\n").encode(), id="windows line ends"),
        pytest.param(PLAIN.replace("\n", "\r").encode(), id="old macintosh line ends"),
        pytest.param(PLAIN.rstrip("\n").encode(), id="no last line end"),
        pytest.param(PLAIN.replace(";", ",").encode(), id="commas"),
        pytest.param(PLAIN.replace(";", "\t").encode(), id="tabs"),
        pytest.param(b"\xff\xfe" + PLAIN.replace(";", "\t").encode("utf-16-le"), id="excel's unicode text"),
        pytest.param(b"sep=;\r\n" + PLAIN.encode(), id="sep=;"),
        pytest.param(b"SEP=;\n" + PLAIN.encode(), id="SEP=;"),
        pytest.param(b"\xef\xbb\xbfsep=;\n" + PLAIN.encode(), id="a mark and sep=;"),
        pytest.param(b'"sep=;"\n' + PLAIN.encode(), id="sep=; in quotes"),
        pytest.param(b"sep=;;\n" + PLAIN.encode(), id="sep=; saved again"),
        pytest.param(b"sep=\t\n" + PLAIN.replace(";", "\t").encode(), id="sep=tab"),
        pytest.param(b"sep=,\n" + PLAIN.encode(), id="sep= names another separator than the file has"),
        pytest.param(b"\n;\n \n" + PLAIN.encode(), id="blank lines first"),
        pytest.param(b"naam;plaats;;\nJos\xc3\xa9;Dordrecht;;\n;;;\n", id="empty columns and rows at the end"),
        pytest.param(b"naam;plaats\nJos\xc3\xa9;Dordrecht;;;\n", id="more empty cells than the header has"),
        pytest.param(b' "naam";"plaats"\n"Jos\xc3\xa9";" Dordrecht"\n'.lstrip(), id="quotes"),
        pytest.param("naam;plaats\n\u00a0José ; Dordrecht\u00a0\n".encode(), id="spaces around"),
    ],
)
def test_a_table_reads_the_same_however_it_was_saved(data: bytes) -> None:
    assert cells(data) == [("naam", "plaats"), ("José", "Dordrecht")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;b;c\n1\n", ("1", "", "")),
        ("a;b;c\n1;2\n", ("1", "2", "")),
        ("a;;c\n1;;3\n", ("1", "", "3")),
        ('a;b\n"one;two";"say ""yes"""\n', ("one;two", 'say "yes"')),
        ('a;b\n"two\nlines";x\n', ("two\nlines", "x")),
        ('a;b\n12" screen;x\n', ('12" screen', "x")),
        ('a;b\n"";x\n', ("", "x")),
        ("a,b\n1;2,3\n", ("1;2", "3")),
        ("a;b\n1,2;3\n", ("1,2", "3")),
        ('"a,b,c";d\n1;2\n', ("1", "2")),
        ("a\nonly one column\n", ("only one column",)),
        ("a;b\n1;line\u2028separator\n", ("1", "line\u2028separator")),
    ],
)
def test_cells_are_found_in_a_row(text: str, expected: tuple[str, ...]) -> None:
    assert cells(text)[1] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;b\n1;2\n3;4\n", [1, 2, 3]),
        ("sep=;\na;b\n1;2\n", [2, 3]),
        ("\n\na;b\n\n1;2\n;\n3;4\n", [3, 5, 7]),
        ('a;b\n"two\nlines";2\n3;4\n', [1, 2, 4]),
        ('a;b\r\n"two\r\nlines";2\r\n3;4\r\n', [1, 2, 4]),
        ("a;b\r1;2\r3;4\r", [1, 2, 3]),
    ],
)
def test_a_record_has_the_line_on_which_it_starts(text: str, expected: list[int]) -> None:
    assert lines(text) == expected


def test_a_short_row_says_how_many_cells_were_written() -> None:
    assert read_csv(b"a;b;c\n1;2\n").records == (Record(2, ("1", "2", ""), 2),)


@pytest.mark.parametrize(
    ("text", "unnamed"),
    [
        ("a;b\n1;2\n", ()),
        ("a;b\n1;2;3\n", (3,)),
        ("a;b\n1;2;;4;5\n", (4, 5)),
        ("a;b;;\n1;2;;4\n", (4,)),
        ("a;;c\n1;2;3\n", (2,)),
        ("a;b;;\n1;2;;\n", ()),
    ],
)
def test_text_without_a_column_name_is_reported(text: str, unnamed: tuple[int, ...]) -> None:
    (record,) = read_csv(text.encode()).records
    assert record.unnamed == unnamed


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b";;;\n", b"sep=;\n", b"\xff\xfe"])
def test_a_file_without_text_has_no_header(data: bytes) -> None:
    assert read_csv(data) == CsvTable((), ())


@pytest.mark.parametrize(
    ("data", "line", "cause", "message"),
    [
        (b"PK\x03\x04rest", 1, "zip", "this is a zip or Excel file"),
        (b"a;b\n1;\x81\n", 2, "encoding", "byte 0x81 is neither UTF-8 nor Windows-1252"),
        (b"a;b\n1;2\n\0\n", 3, "encoding", "a zero byte"),
        (b"\xff\xfea", 1, "encoding", "not complete UTF-16"),
        (b"\xff\xfe\0\0a\0\0\0", 1, "encoding", "a zero byte"),
    ],
)
def test_bytes_that_are_no_text_are_refused(data: bytes, line: int, cause: str, message: str) -> None:
    with pytest.raises(UnreadableCsv) as refused:
        read_csv(data)
    assert (refused.value.line, refused.value.cause) == (line, cause)
    assert str(refused.value).startswith(message) or message in str(refused.value)


EIGHT = "id;soort;code;van;tot;vervanger;opmerking;door\n"


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        pytest.param('1;verlof;AIS;1-1;2-1;;"met Bram;WIL\n2;ziek;BAS;1-1;2-1;;griep;WIL\n', 2, id="never closed"),
        pytest.param('\n1;verlof;AIS;1-1;2-1;;x;"WIL\n2;ziek;BAS;1-1;2-1;;;WIL\n', 3, id="after a blank line"),
        pytest.param('1;verlof;AIS;1-1;2-1;;"met" Bram;WIL\n', 2, id="text after the closing quote"),
        pytest.param('1;a;A;1;2;;x;W\n2;a;A;1;2;;"y;W\n3;a;A;1;2;;"z";W\n', 3, id="closed by the next opening quote"),
        pytest.param('1;a;A;1;2;;"y;W\n2;b;B;1;2;;z";W\n', 2, id="two strays make one cell of two rows"),
        pytest.param('1;a;A;1;2;;"y;W\n2;b;B;1;2;;;W\n3;c;C;1;2;;z";W\n', 2, id="two strays make one cell of three"),
        pytest.param('1;a;A;1;2;;"y;W\r2;b;B;1;2;;z";W\r', 2, id="two strays and old macintosh line ends"),
        pytest.param('1;a;A;1;2;;"y;W\n' + "2;b;B;1;2;;z;W\n" * 9000, 2, id="a long file"),
    ],
)
def test_a_stray_quote_is_an_error_at_its_line_and_loses_no_row(rows: str, line: int) -> None:
    with pytest.raises(UnreadableCsv, match="quotes do not match") as refused:
        read_csv((EIGHT + rows).encode())
    assert (refused.value.line, refused.value.cause) == (line, "quotes")


@pytest.mark.parametrize(
    "note",
    ["two\nlines", "one; two\nthree; four; five", "AIS;BAS\nWIL", 'say ""yes""\nand ""no""', "1;2;3;4;5;6;7;8"],
)
def test_a_note_of_several_lines_is_no_stray_quote(note: str) -> None:
    table = read_csv(f'{EIGHT}1;verlof;AIS;1-1;2-1;;"{note}";WIL\n2;ziek;BAS;1-1;2-1;;;WIL\n'.encode())
    assert [record.cells[0] for record in table.records] == ["1", "2"]
    assert table.records[0].cells[6] == note.replace('""', '"')


def test_text_that_is_no_table_is_decoded_too() -> None:
    assert decode("zone = 'é'".encode("cp1252")) == "zone = 'é'"


@pytest.mark.parametrize("odd", ["\x01", "\x0b", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\ufffe"])
def test_a_character_that_cannot_be_shown_is_an_error_at_its_line(odd: str) -> None:
    with pytest.raises(UnreadableCsv, match=f"U\\+{ord(odd):04X}") as refused:
        read_csv(f"naam;plaats\nJan;Dordrecht\na{odd}b;Gouda\n".encode())
    assert (refused.value.line, refused.value.cause) == (3, "character")


def test_a_file_that_was_taken_before_such_characters_were_faults_is_still_read() -> None:
    table = read_csv(b"naam;plaats\na\x01b;Gouda\n", strict=False)
    assert table.records[0].cells == ("ab", "Gouda")


def test_the_end_of_file_mark_of_old_programs_is_no_odd_character() -> None:
    assert cells("naam;plaats\nJan;Gouda\n\x1a") == [("naam", "plaats"), ("Jan", "Gouda")]


TEXTS = st.text(
    st.characters(codec="cp1252", exclude_categories=["Cc"], include_characters="\t\r\n"),
    max_size=12,
)


@given(
    st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=6),
    st.sampled_from([";", ",", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_whatever_a_spreadsheet_writes_is_read_back(rows: list[list[str]], separator: str, encoding: str) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerow(["one", "two", "three"])
    writer.writerows(rows)
    wanted = [tuple(cell.strip() for cell in row) for row in rows]
    swallowed = any(cell.count(separator) >= 4 for row in rows for cell in row)
    try:
        assert cells(out.getvalue().encode(encoding))[1:] == [row for row in wanted if any(row)]
    except UnreadableCsv:
        assert swallowed


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail_otherwise(noise: bytes) -> None:
    for start in (b"", b"a;b\n1;2\n", b"\xff\xfe", b"sep=;\n"):
        with suppress(UnreadableCsv):
            table = read_csv(start + noise)
            assert all(len(record.cells) == len(table.header) for record in table.records)
