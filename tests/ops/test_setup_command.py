"""`callcenter setup` asks what is needed, checks each answer at once, and writes settings that nobody else can read."""

import os
import pty
import shutil
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from callcenter.access.records import AuditEvent, User
from callcenter.cli.setup import setup
from callcenter.clock import SystemClock
from callcenter.errors import CallcenterError
from callcenter.lines.records import Line
from callcenter.settings import load_settings
from callcenter.standin.faults import FaultRule
from callcenter.standin.server import Server
from callcenter.standin.stand_in import ACCOUNT_SID, AUTH_TOKEN, StandIn
from callcenter.storage.engine import make_engine, make_sessions

LINE = "+31858880000"
HERE = "http://127.0.0.1:8000"
ADMIN = "beheer@rbl.example"


@pytest.fixture
def standin() -> StandIn:
    made = StandIn(SystemClock(), app=lambda _environ, _start: [], base_url=HERE)
    made.line(LINE)
    return made


@pytest.fixture
def folder(tmp_path: Path, standin: StandIn, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which the command runs, with a Twilio that has one number, and a database with empty tables."""
    shutil.copyfile(sqlite_template, tmp_path / "office.db")
    twilio = Server(standin.rest)
    monkeypatch.setenv("TWILIO_API_BASE_URL", twilio.url)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    twilio.stop()


def run(*words: str, answers: str = "", token: str | None = None) -> Result:
    return CliRunner().invoke(setup, list(words), input=answers, env={"TWILIO_AUTH_TOKEN": token})


def options(**changed: str) -> list[str]:
    given = {"public-url": HERE, "account-sid": ACCOUNT_SID, "number": "085 888 0000", "admin": ADMIN}
    given |= {"database": "sqlite:///office.db"} | changed
    return ["--no-input", *(word for name, value in given.items() for word in (f"--{name}", value))]


def test_each_answer_is_checked_when_it_is_given_and_asked_again(folder: Path) -> None:
    answers = [
        *("callcenter.example.nl", "http://line.example.nl", HERE),
        *("ACshort", ACCOUNT_SID, "short", "1" * 32),
        *(ACCOUNT_SID, AUTH_TOKEN),
        *("twelve", "+31858889999", "085 888 0000"),
        "Leerplicht",
        *(f"sqlite:///{folder}/nowhere/office.db", "mysql://x", "sqlite:///office.db"),
        *("nobody", ADMIN),
    ]
    result = run(answers="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    refused = [line for line in result.stderr.splitlines() if line.startswith("  ✕")]
    for sentence, told in zip(
        (
            *("must be an address alone", "Twilio needs https"),
            *("an account SID is AC", "is too short", "Twilio refused the credentials"),
            *("is not a telephone number", "does not have +31858889999"),
            *("nowhere does not exist", "must start with sqlite"),
            "this is not an e-mail address",
        ),
        refused,
        strict=True,
    ):
        assert sentence in told
    assert "callcenter rota new" in result.stdout
    settings = load_settings()
    assert (settings.public_url, settings.twilio_account_sid) == (HERE, ACCOUNT_SID)
    assert settings.auth_tokens == (AUTH_TOKEN,)
    with make_sessions(make_engine(settings.database_url))() as session:
        assert [(line.number, line.name) for line in session.scalars(select(Line))] == [(LINE, "Leerplicht")]
        assert [(user.email, user.role) for user in session.scalars(select(User))] == [(ADMIN, "admin")]
        assert session.scalars(select(AuditEvent.action)).all() == ["user_added"]


def test_the_settings_are_readable_by_their_owner_alone_and_no_secret_is_shown(folder: Path) -> None:
    result = run(*options(), token=AUTH_TOKEN)
    assert result.exit_code == 0, result.output
    file = folder / ".env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert AUTH_TOKEN not in result.output
    assert load_settings().secret_key.get_secret_value() not in result.output


def test_nothing_is_overwritten(folder: Path) -> None:
    (folder / ".env").write_text("OURS=1\n")
    (folder / "link").symlink_to(folder / "elsewhere")
    for name in (".env", "link"):
        refused = run(*options(file=name), token=AUTH_TOKEN)
        assert isinstance(refused.exception, CallcenterError)
        assert "nothing is overwritten" in str(refused.exception)
    assert (folder / ".env").read_text() == "OURS=1\n"
    assert not (folder / "elsewhere").exists()
    assert {path.name for path in folder.iterdir()} == {".env", "link", "office.db"}


@pytest.mark.parametrize(
    ("changed", "token", "sentence"),
    [
        ({"public-url": "http://line.example.nl"}, AUTH_TOKEN, "--public-url: Twilio needs https"),
        ({"number": "+31858889999"}, AUTH_TOKEN, "--number: the Twilio account does not have"),
        ({"admin": "nobody"}, AUTH_TOKEN, "--admin: this is not an e-mail address"),
        ({}, "1" * 32, "--account-sid: Twilio refused the credentials"),
    ],
)
def test_a_wrong_option_is_one_line_and_leaves_nothing(
    folder: Path, changed: dict[str, str], token: str, sentence: str
) -> None:
    refused = run(*options(**changed), token=token)
    assert isinstance(refused.exception, CallcenterError)
    assert str(refused.exception).startswith(sentence)
    assert [path.name for path in folder.iterdir()] == ["office.db"]


def test_what_is_missing_without_input_is_named(folder: Path) -> None:
    assert "give --public-url" in run("--no-input").output
    assert "give --token-file" in run(*options()).output
    assert [path.name for path in folder.iterdir()] == ["office.db"]


def test_without_a_network_the_answers_are_kept_and_the_remark_blames_nobody(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("TWILIO_API_BASE_URL", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        result = run(*options(), token=AUTH_TOKEN)
    assert result.exit_code == 0, result.output
    assert result.stderr.count("! not checked: cannot reach Twilio") == 2
    assert "credentials" not in result.output


def test_a_suspended_account_and_a_fault_of_twilio_are_told(folder: Path, standin: StandIn) -> None:
    standin.rest.account.status = "suspended"
    assert "the account is suspended" in str(run(*options(), token=AUTH_TOKEN).exception)
    standin.rest.account.status = "active"
    standin.faults.add(FaultRule("rest_error", status=500))
    assert "Twilio does not answer as it should" in str(run(*options(), token=AUTH_TOKEN).exception)


def test_an_administrator_who_is_there_keeps_the_password(folder: Path) -> None:
    assert "password (shown once)" in run(*options(), token=AUTH_TOKEN).stdout
    again = run(*options(file="second.env"), token=AUTH_TOKEN)
    assert "has a login already: its password stays" in again.stdout
    assert "password (shown once)" not in again.stdout


def test_a_terminal_does_not_show_the_token_that_is_typed(folder: Path) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", "from callcenter.cli import main; main()", "setup"])
    shown = ""
    for waits_for, answer in (
        ("Public address", HERE),
        ("account SID", ACCOUNT_SID),
        ("auth token", AUTH_TOKEN),
        ("line's number", LINE),
        ("is called", ""),
        ("Database", ""),
        ("administrator", ADMIN),
    ):
        shown = _read_until(terminal, waits_for, shown)
        os.write(terminal, f"{answer}\n".encode())
    shown = _read_until(terminal, "shows what is still to be done", shown)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) in (0, -1)
    assert ACCOUNT_SID in shown
    assert AUTH_TOKEN not in shown
    assert AUTH_TOKEN in (folder / ".env").read_text()


def _read_until(terminal: int, text: str, shown: str) -> str:
    """What the terminal shows, until a prompt is in what came after `shown`."""
    before = len(shown)
    while text not in shown[before:]:
        shown += os.read(terminal, 4096).decode()
    return shown
