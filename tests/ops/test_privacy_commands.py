"""The output and the exit status of `callcenter privacy`."""

import json
import sys
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from callcenter.cli import main
from callcenter.clock import SystemClock
from callcenter.storage.engine import make_sessions
from tests.support.promises import LINE, an_office
from tests.support.traces import PARENT, a_life_of


@pytest.fixture
def installation(sqlite_engine: Engine, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = SystemClock().now() - timedelta(days=100)
    with make_sessions(sqlite_engine).begin() as session:
        a_life_of(session, an_office(session, now), now)
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", sqlite_url)


def run(*words: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["callcenter", "privacy", *words])
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.mark.usefixtures("installation")
def test_export_then_forget_then_nothing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("export", "06-12345678", monkeypatch=monkeypatch) == 0
    assert len(json.loads(capsys.readouterr().out)["calls"]) == 3
    assert run("forget", "06-12345678", monkeypatch=monkeypatch) == 0
    assert "erased: 3 calls, 1 messages, 1 callbacks" in capsys.readouterr().out
    assert run("forget", PARENT, monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out == "nothing was kept of this number\n"


@pytest.mark.usefixtures("installation")
def test_purge_says_what_it_ended(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("purge", monkeypatch=monkeypatch) == 0
    printed = capsys.readouterr().out
    assert "receipts: 3 ended (kept 7 days)" in printed
    assert "callers' numbers and names: 3 ended (kept 90 days)" in printed


@pytest.mark.usefixtures("installation")
@pytest.mark.parametrize("number", ["twaalf", LINE])
def test_what_cannot_be_forgotten_is_one_line_and_status_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    assert run("forget", number, monkeypatch=monkeypatch) == 1
    assert capsys.readouterr().err.count("\n") == 1
