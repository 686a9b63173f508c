"""The commands for second factors, office accounts and emergency codes."""

from pathlib import Path

import pyotp
import pytest
from click import UsageError
from click.testing import CliRunner, Result
from sqlalchemy import select

from callcenter.access.audit import latest
from callcenter.access.office_account.records import OfficeAccount
from callcenter.access.second_factor import stored
from callcenter.access.second_factor.emergency import use_emergency_code
from callcenter.access.users import add_user, disable_user, find_user
from callcenter.cli.context import open_sessions
from callcenter.cli.users import users
from callcenter.clock import SystemClock
from callcenter.errors import InvalidInput, NotFound

ELS, KEY = "els@rbl.example", "a-key-for-tests-only-0123456789"


@pytest.fixture(autouse=True)
def _an_installation(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "CALLCENTER_DATABASE_URL": sqlite_url,
        "CALLCENTER_PUBLIC_URL": "https://line.example.nl",
        "CALLCENTER_SECRET_KEY": KEY,
        "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000",
        "TWILIO_AUTH_TOKEN": "the-first-auth-token",
        "CALLCENTER_OIDC_ISSUER": "https://issuer.example/tenant/",
        "CALLCENTER_OIDC_CLIENT_ID": "client",
        "CALLCENTER_OIDC_CLIENT_SECRET": "a-secret-of-the-provider",
        "CALLCENTER_OIDC_GROUPS": "admin=g",
    }.items():
        monkeypatch.setenv(name, value)
    with open_sessions().begin() as session:
        add_user(session, SystemClock().now(), ELS, "admin", "een-lang-genoeg-wachtwoord")


def run(*words: str) -> Result:
    return CliRunner().invoke(users, words)


def test_a_lost_telephone_is_taken_away() -> None:
    now = SystemClock().now()
    assert run("second-factor", ELS).stdout == f"{ELS} has no second factor\n"
    with open_sessions().begin() as session:
        user_id = find_user(session, ELS).id
        stored.begin(session, now, user_id, KEY)
        secret = stored.unconfirmed_secret(session, now, user_id, KEY)
        assert secret is not None
        assert stored.confirm(session, now, user_id, pyotp.TOTP(secret).at(now), KEY) is not None
    assert run("second-factor", ELS).stdout == f"{ELS} has a second factor and 8 recovery codes\n"
    assert run("second-factor", ELS, "--remove").exit_code == 0
    assert run("second-factor", ELS).stdout == f"{ELS} has no second factor\n"
    assert isinstance(run("second-factor", "nobody@rbl.example").exception, NotFound)
    with open_sessions()() as session:
        assert latest(session)[0].action == "second_factor_off"


def test_an_office_account_is_tied_by_hand_and_untied() -> None:
    assert run("office-account", ELS, "--account", "object-1").stdout == f"{ELS} logs in with this office account\n"
    with open_sessions()() as session:
        tied = session.scalars(select(OfficeAccount)).one()
        assert (tied.issuer, tied.subject) == ("https://issuer.example/tenant", "object-1")
    with open_sessions().begin() as session:
        add_user(session, SystemClock().now(), "an@rbl.example", "lead", "een-lang-genoeg-wachtwoord")
    assert isinstance(run("office-account", "an@rbl.example", "--account", "object-1").exception, InvalidInput)
    assert run("office-account", ELS, "--remove").stdout == f"{ELS} has no office account\n"
    with open_sessions()() as session:
        assert session.scalars(select(OfficeAccount)).all() == []


@pytest.mark.parametrize("subject", ["", " ", "x" * 256, "a\x01b", "a\udcffb"])
def test_what_is_no_id_of_an_account_is_refused(subject: str) -> None:
    assert isinstance(run("office-account", ELS, "--account", subject).exception, InvalidInput)


def test_a_question_that_asks_for_nothing_or_both_is_refused() -> None:
    assert run("office-account", ELS).exit_code == UsageError.exit_code
    assert run("office-account", ELS, "--account", "x", "--remove").exit_code == UsageError.exit_code


def test_an_office_account_needs_a_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "GROUPS"):
        monkeypatch.delenv(f"CALLCENTER_OIDC_{name}")
    refused = run("office-account", ELS, "--remove")
    assert refused.exit_code == 1
    assert "CALLCENTER_OIDC_ISSUER is not set" in refused.stderr


def test_the_emergency_code_is_the_last_word_and_is_only_for_administrators() -> None:
    code = run("emergency", ELS).stdout.split()[-1]
    with open_sessions().begin() as session:
        assert use_emergency_code(session, SystemClock().now(), code) == find_user(session, ELS).id
        disable_user(session, SystemClock().now(), ELS)
    assert isinstance(run("emergency", ELS).exception, InvalidInput)
