"""The output and exit status of `schools import` and `contacts import`."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from callcenter.cli.schools import contacts, schools

EXTRACTS = Path(__file__).parents[1] / "data" / "duo"
APRIL, AUGUST = str(EXTRACTS / "primary_april.csv"), str(EXTRACTS / "primary_august.csv")


@pytest.fixture(autouse=True)
def _a_database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", sqlite_url)


def import_schools(*files: str) -> Result:
    return CliRunner().invoke(schools, ["import", *files])


def test_an_import_ends_with_one_line_of_counts_and_the_refused_numbers() -> None:
    result = import_schools(AUGUST)
    assert result.exit_code == 0
    counts, refused = result.stdout.splitlines()
    assert counts == "read 20, added 20, changed 0, gone 0, refused 1"
    assert refused.startswith(f"{AUGUST}:")
    assert "23EU00" in refused


def test_the_next_month_is_reported_as_a_difference() -> None:
    import_schools(APRIL)
    assert import_schools(AUGUST).stdout.startswith("read 20, added 3, changed 6, gone 1, refused 1")


def test_a_broken_file_among_good_ones_loads_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_bytes(Path(AUGUST).read_bytes() + b"Drenthe;1\r\nDrenthe;2;3\r\n")
    result = import_schools(AUGUST, str(broken), str(tmp_path / "absent.csv"))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"{broken}:22: 2 cells where the header has 31",
        f"{broken}:23: 3 cells where the header has 31",
        f"{tmp_path / 'absent.csv'}: cannot be read: No such file or directory",
    ]
    assert import_schools(AUGUST).stdout.startswith("read 20, added 20")


def test_contacts_are_reported_in_the_same_way(tmp_path: Path) -> None:
    file = tmp_path / "contacten.csv"
    file.write_text("naam;groep;nummers;voorkeur\nWijkteam;partner;078 770 00 00;AIS\nX;ouder;geen;\n")
    result = CliRunner().invoke(contacts, ["import", str(file)])
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "read 2, added 2, changed 0, gone 0, refused 1",
        f"{file}:3: X: 'geen' holds no valid number",
    ]
