"""`callcenter report` writes one A4 for a month, and refuses what is no month, school or time."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click import UsageError
from click.testing import CliRunner, Result

from callcenter.cli.context import open_sessions
from callcenter.cli.report import report
from callcenter.errors import CallcenterError, NotFound
from callcenter.rota import versions
from tests.support.api_office import a_call, a_line, a_school, rota_files

OCTOBER = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _an_office(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", sqlite_url)
    monkeypatch.chdir(tmp_path)
    with open_sessions().begin() as session:
        versions.load(session, rota_files(), "test", OCTOBER)
        a_call(session, a_line(session, OCTOBER), OCTOBER, contact_id=a_school(session, OCTOBER).id)


def run(*words: str) -> Result:
    return CliRunner().invoke(report, words)


def test_it_writes_the_month_and_says_where() -> None:
    assert run("--month", "2026-10").stdout == "rapport-2026-10.pdf: Bereikbaarheid oktober 2026, Alle bellers\n"
    assert Path("rapport-2026-10.pdf").read_bytes().startswith(b"%PDF-")


def test_it_writes_the_month_of_a_school_in_a_file(tmp_path: Path) -> None:
    out = tmp_path / "school.pdf"
    shown = run("--month", "2026-10", "--school", "05hl00", "--out", str(out)).stdout
    assert shown == f"{out}: Bereikbaarheid oktober 2026, obs De Wegwijzer 05HL00\n"
    assert out.read_bytes().startswith(b"%PDF-")


def test_it_refuses_what_it_cannot_report() -> None:
    assert run("--month", "oktober").exit_code == UsageError.exit_code
    assert isinstance(run("--month", "2199-01").exception, CallcenterError)
    assert isinstance(run("--month", "2026-10", "--school", "00XX00").exception, NotFound)
