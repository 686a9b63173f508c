"""The output and exit status of the commands for logins and tokens."""

import pytest
from click.testing import CliRunner, Result

from callcenter.access.logins import log_in
from callcenter.access.tokens import authenticate
from callcenter.cli.context import open_sessions
from callcenter.cli.users import tokens, users
from callcenter.clock import VirtualClock
from callcenter.errors import InvalidInput, NotFound
from tests.support.askers import an_asker


@pytest.fixture(autouse=True)
def _a_database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", sqlite_url)


def run(*words: str, typed: str | None = None) -> Result:
    group = {"users": users, "tokens": tokens}[words[0]]
    return CliRunner().invoke(group, words[1:], input=typed)


def test_a_password_is_made_and_shown_once_and_lets_its_owner_in(clock: VirtualClock) -> None:
    shown = run("users", "add", "Els@rbl.example", "--role", "consultant", "--consultant", "els").stdout
    password = shown.split()[-1]
    assert log_in(open_sessions(), clock.now(), "els@rbl.example", password, an_asker()).user_id is not None
    assert run("users", "list").stdout == "els@rbl.example  consultant  ELS  active\n"


def test_a_password_from_standard_input_is_not_repeated(clock: VirtualClock) -> None:
    added = run("users", "add", "els@rbl.example", "--role", "lead", "--password-stdin", typed="een-lang-wachtwoord\n")
    assert added.stdout == "els@rbl.example can log in as lead\n"
    assert (
        log_in(open_sessions(), clock.now(), "els@rbl.example", "een-lang-wachtwoord", an_asker()).user_id is not None
    )
    run("users", "disable", "els@rbl.example")
    assert run("users", "list").stdout.split()[-1] == "disabled"


def test_the_token_is_the_last_word_and_works_until_it_is_revoked(clock: VirtualClock) -> None:
    secret = run("tokens", "create", "--role", "lead", "--name", "grafana").stdout.split()[-1]
    with open_sessions()() as session:
        found = authenticate(session, clock.now(), secret)
        assert found is not None
        assert (found.role, found.consultant, found.actor) == ("lead", None, "grafana (token 1)")
    assert run("tokens", "list").stdout.startswith("1  grafana  lead  -  active  until ")
    run("tokens", "revoke", "1")
    with open_sessions()() as session:
        assert authenticate(session, clock.now(), secret) is None


def test_what_cannot_be_done_is_said_and_nothing_is_made() -> None:
    assert isinstance(run("users", "add", "els@rbl.example", "--role", "consultant").exception, InvalidInput)
    assert isinstance(run("users", "disable", "els@rbl.example").exception, NotFound)
    assert isinstance(run("tokens", "revoke", "4").exception, NotFound)
    assert run("users", "add", "els@rbl.example", "--role", "boss").exit_code == 2
    assert run("users", "list").stdout == ""
