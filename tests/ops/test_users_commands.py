"""The output and exit status of the commands for logins and tokens."""

import pytest
from click import UsageError
from click.testing import CliRunner, Result

from callcenter.access.allowances import take
from callcenter.access.audit import latest
from callcenter.access.lockout import ACCOUNT
from callcenter.access.logins import log_in
from callcenter.access.sessions import begin_session, find_session
from callcenter.access.sources import user_key
from callcenter.access.tokens import authenticate, create_token
from callcenter.access.users import find_user
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


def test_a_number_that_no_token_can_have_is_refused() -> None:
    for number in ("0", "-1", "99999999999999999999999"):
        assert run("tokens", "revoke", "--", number).exit_code == UsageError.exit_code


def test_a_locked_login_is_unlocked_and_a_forgotten_password_replaced(clock: VirtualClock) -> None:
    run("users", "add", "els@rbl.example", "--role", "admin", "--password-stdin", typed="een-lang-wachtwoord\n")
    with open_sessions().begin() as session:
        user_id = find_user(session, "els@rbl.example").id
        for _ in range(ACCOUNT.burst):
            take(session, user_key(user_id), ACCOUNT, clock.now())
        open_page = begin_session(session, clock.now(), user_id, stay=True, how="password")
    asker = an_asker()
    assert log_in(open_sessions(), clock.now(), "els@rbl.example", "een-lang-wachtwoord", asker).user_id is None
    assert run("users", "unlock", "Els@rbl.example").stdout == "els@rbl.example can try again\n"
    assert log_in(open_sessions(), clock.now(), "els@rbl.example", "een-lang-wachtwoord", asker).user_id == user_id
    printed = run("users", "password", "els@rbl.example").stdout
    assert log_in(open_sessions(), clock.now(), "els@rbl.example", printed.split()[-1], asker).user_id == user_id
    with open_sessions()() as session:
        assert find_session(session, clock.now(), open_page) is None
    given = run("users", "password", "els@rbl.example", "--password-stdin", typed="fiets kaas regenjas\n")
    assert given.stdout == "els@rbl.example has a new password\n"
    assert log_in(open_sessions(), clock.now(), "els@rbl.example", "fiets kaas regenjas", asker).user_id == user_id
    with open_sessions()() as session:
        done = [event.action for event in latest(session) if event.actor == "command line"]
    assert done == ["password_set", "password_set", "user_unlocked", "user_added"]


def test_disabling_names_the_tokens_of_programs_that_go_on(clock: VirtualClock) -> None:
    run("users", "add", "ais@rbl.example", "--role", "consultant", "--consultant", "AIS")
    own = run("tokens", "create", "--role", "lead", "--name", "own", "--owner", "ais@rbl.example").stdout.split()[-1]
    with open_sessions().begin() as session:
        user_id = find_user(session, "ais@rbl.example").id
        create_token(session, clock.now(), "lead", name="grafana", made_by_id=user_id)
    said = run("users", "disable", "ais@rbl.example").stdout.splitlines()
    assert said[1:] == ["tokens that this login made for programs go on working: grafana"]
    with open_sessions()() as session:
        assert authenticate(session, clock.now(), own) is None
    assert isinstance(run("tokens", "create", "--role", "lead", "--owner", "nobody@x.example").exception, NotFound)


def test_a_token_for_ever_is_asked_for_in_words() -> None:
    run("tokens", "create", "--role", "lead", "--name", "ever", "--days", "0")
    run("tokens", "create", "--role", "lead", "--name", "week", "--days", "7")
    ever, week = run("tokens", "list").stdout.splitlines()
    assert ever == "1  ever  lead  -  active  for ever  not used yet  -"
    assert "until 20" in week
    assert isinstance(run("tokens", "create", "--role", "lead", "--name", "ever").exception, InvalidInput)
    assert isinstance(run("tokens", "create", "--role", "lead", "--days", "-1").exception, InvalidInput)


def test_what_cannot_be_done_is_said_and_nothing_is_made() -> None:
    assert isinstance(run("users", "add", "els@rbl.example", "--role", "consultant").exception, InvalidInput)
    for words in ("disable", "unlock", "password"):
        assert isinstance(run("users", words, "els@rbl.example").exception, NotFound)
    common = run("users", "add", "els@rbl.example", "--role", "lead", "--password-stdin", typed="welkom123456\n")
    assert isinstance(common.exception, InvalidInput)
    assert isinstance(run("tokens", "revoke", "4").exception, NotFound)
    assert run("users", "add", "els@rbl.example", "--role", "boss").exit_code == 2
    assert run("users", "list").stdout == ""
