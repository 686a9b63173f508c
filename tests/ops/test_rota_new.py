"""`rota new` writes a rota that passes every check on every day, in Dutch or English, and overwrites nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from callcenter.cli.rota import rota
from callcenter.errors import CallcenterError
from callcenter.rota.duty import duty
from callcenter.rota.reading.files import read_files
from callcenter.rota.starter import starter_files

DUTCH = {"lijn.toml", "consulenten.csv", "diensten.csv", "afwijkingen.csv", "werkgebied.csv"}
ENGLISH = {"policy.toml", "consultants.csv", "shifts.csv", "exceptions.csv", "caseload.csv"}


def run(*words: str) -> Result:
    return CliRunner().invoke(rota, list(words))


@pytest.mark.parametrize(("language", "names"), [("nl", DUTCH), ("en", ENGLISH)])
def test_the_files_are_written_and_pass_the_checks(tmp_path: Path, language: str, names: set[str]) -> None:
    folder = tmp_path / "new" / "rota"
    made = run("new", str(folder), "--language", language)
    assert made.exit_code == 0, made.output
    assert {path.name for path in folder.iterdir()} == names
    assert f"callcenter rota load {folder}" in made.stdout
    checked = run("check", str(folder), "--language", language)
    assert (checked.exit_code, checked.output) == (0, "")


def test_a_folder_with_something_in_it_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "diensten.csv").write_text("ours")
    refused = run("new", str(tmp_path))
    assert isinstance(refused.exception, CallcenterError)
    assert "is not empty" in str(refused.exception)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["ours"]


def test_an_empty_folder_is_filled_and_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run("new", str(tmp_path / "empty")).exit_code == 0
    (tmp_path / "file").write_text("")
    assert "File exists" in str(run("new", str(tmp_path / "file")).exception)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_it_passes_the_checks_on_every_day(language: str) -> None:
    # Two weeks before Christmas, Easter, King's Day, Ascension and Whitsun the examples must not fall on a closed day.
    before = ((12, 11), (12, 18), (3, 15), (4, 13), (4, 22), (5, 3), (6, 30))
    for month, day in before:
        now = datetime(2027, month, day, 23, 30, tzinfo=UTC)
        found = read_files(starter_files(language, now), now)
        assert [fault.report("en") for fault in found.faults] == []


def test_both_languages_say_the_same() -> None:
    now = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    dutch, english = (read_files(starter_files(language, now), now).rota for language in ("nl", "en"))
    assert dutch is not None
    assert english is not None
    for hours in range(0, 24 * 30, 3):
        at = now + timedelta(hours=hours)
        assert [(p.consultant, p.role) for p in duty(dutch, at)] == [(p.consultant, p.role) for p in duty(english, at)]


def test_a_folder_without_a_rota_tells_the_next_step(tmp_path: Path) -> None:
    checked = run("check", str(tmp_path))
    assert checked.exit_code == 1
    assert f"`callcenter rota new {tmp_path}`" in checked.stderr


def test_a_first_rota_that_is_refused_leaves_none_and_a_later_one_the_last(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", sqlite_url)
    folder = tmp_path / "rota"
    run("new", str(folder))
    shifts = folder / "diensten.csv"
    good = shifts.read_bytes()
    shifts.write_bytes(good.replace(b"ANN;", b"XYZ;"))
    assert run("load", str(folder)).stderr.endswith("rota refused; none is active yet, so nobody can be rung\n")
    shifts.write_bytes(good)
    assert run("load", str(folder)).stdout == "rota version 1 is active\n"
    shifts.write_bytes(good.replace(b"ANN;", b"XYZ;"))
    assert run("load", str(folder)).stderr.endswith("rota refused; the last good one stays active\n")
