"""The settings of logging in: half of them is refused by name, and so is a provider for everybody."""

from pathlib import Path

import pytest

from callcenter.errors import SettingsError
from callcenter.settings import load_settings

COMPLETE = {
    "CALLCENTER_PUBLIC_URL": "https://line.example.nl",
    "CALLCENTER_SECRET_KEY": "a-secret-of-some-length",
    "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000",
    "TWILIO_AUTH_TOKEN": "the-first-auth-token",
}
OFFICE = {
    "CALLCENTER_OIDC_ISSUER": "https://login.microsoftonline.com/11111111-2222/v2.0",
    "CALLCENTER_OIDC_CLIENT_ID": "our-client",
    "CALLCENTER_OIDC_CLIENT_SECRET": "hidden-client-secret",
    "CALLCENTER_OIDC_GROUPS": "lead=G1 lead=G2, consultant=Lijn.Consulent admin=G3",
}


@pytest.fixture(autouse=True)
def _complete(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {**COMPLETE, **OFFICE}.items():
        monkeypatch.setenv(name, value)


def test_groups_are_read_by_role() -> None:
    accounts = load_settings().office_accounts
    assert accounts is not None
    assert accounts.roles == {"lead": {"g1", "g2"}, "consultant": {"lijn.consulent"}, "admin": {"g3"}}
    assert (accounts.issuer, accounts.client_id, accounts.name) == (
        OFFICE["CALLCENTER_OIDC_ISSUER"],
        "our-client",
        None,
    )
    assert "hidden" not in repr(load_settings()) + repr(accounts)


def test_without_them_there_are_passwords_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OFFICE:
        monkeypatch.delenv(name)
    settings = load_settings()
    assert (settings.office_accounts, settings.local_passwords, settings.second_factor) == (None, "on", "optional")


def test_the_address_of_the_discovery_document_is_the_issuers(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = OFFICE["CALLCENTER_OIDC_ISSUER"]
    monkeypatch.setenv("CALLCENTER_OIDC_ISSUER", f"{issuer}/.well-known/openid-configuration")
    assert load_settings().oidc_issuer == issuer


@pytest.mark.parametrize("missing", sorted(OFFICE))
def test_half_of_them_is_refused_by_the_name_of_what_is_missing(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value).startswith(f"{missing} is not set, but CALLCENTER_OIDC_")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CALLCENTER_OIDC_ISSUER", "login.microsoftonline.com/tenant/v2.0"),
        ("CALLCENTER_OIDC_ISSUER", "http://login.microsoftonline.com/tenant/v2.0"),
        ("CALLCENTER_OIDC_ISSUER", "https://login.microsoftonline.com/common/v2.0"),
        ("CALLCENTER_OIDC_ISSUER", "https://login.microsoftonline.com/Organizations/v2.0"),
        ("CALLCENTER_OIDC_ISSUER", "https://login.microsoftonline.com/consumers/v2.0"),
        ("CALLCENTER_OIDC_ISSUER", "https://issuer.example.nl/?tenant=1"),
        ("CALLCENTER_OIDC_ISSUER", "https:///v2.0"),
        ("CALLCENTER_OIDC_CLIENT_SECRET", "short"),
        ("CALLCENTER_OIDC_GROUPS", "boss=G1"),
        ("CALLCENTER_OIDC_GROUPS", "lead="),
        ("CALLCENTER_OIDC_GROUPS", "G1"),
        ("CALLCENTER_OIDC_GROUPS", ","),
        ("CALLCENTER_OIDC_NAME", "x" * 41),
        ("CALLCENTER_LOCAL_PASSWORDS", "no"),
        ("CALLCENTER_SECOND_FACTOR", "yes"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value).startswith(name)
    assert "\n" not in str(refused.value)


def test_passwords_can_be_off_only_when_there_is_another_way_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_LOCAL_PASSWORDS", "off")
    assert load_settings().local_passwords == "off"
    for name in OFFICE:
        monkeypatch.delenv(name)
    with pytest.raises(SettingsError, match="CALLCENTER_LOCAL_PASSWORDS is off, but CALLCENTER_OIDC_ISSUER is not set"):
        load_settings()
