"""A bad setting is named in one line, and no secret is shown."""

from pathlib import Path

import pytest

from callcenter.errors import SettingsError
from callcenter.settings import load_database_settings, load_settings

COMPLETE = {
    "CALLCENTER_PUBLIC_URL": "https://line.example.nl/",
    "CALLCENTER_SECRET_KEY": "a-secret-of-some-length",
    "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000",
    "TWILIO_AUTH_TOKEN": "the-first-token",
}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def _set(monkeypatch: pytest.MonkeyPatch, **changes: str) -> None:
    for name, value in {**COMPLETE, **changes}.items():
        monkeypatch.setenv(name, value)


def test_four_settings_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch)
    settings = load_settings()
    assert settings.database_url == "sqlite:///callcenter.db"
    assert settings.public_url == "https://line.example.nl"
    assert settings.locale == "nl"
    assert settings.lines == ()
    assert settings.auth_tokens == ("the-first-token",)


@pytest.mark.parametrize("name", sorted(COMPLETE))
def test_a_missing_setting_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    _set(monkeypatch)
    monkeypatch.delenv(name)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value) == f"{name} is not set: set it in the environment or in .env"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CALLCENTER_PUBLIC_URL", "line.example.nl"),
        ("CALLCENTER_PUBLIC_URL", "ftp://line.example.nl"),
        ("CALLCENTER_SECRET_KEY", "short"),
        ("CALLCENTER_DATABASE_URL", "mysql://somewhere/callcenter"),
        ("CALLCENTER_LINES", "+31858880000,nonsense"),
        ("CALLCENTER_LOCALE", "fr"),
        ("TWILIO_ACCOUNT_SID", ""),
        ("TWILIO_AUTH_TOKEN", ""),
        ("TWILIO_API_BASE_URL", "api"),
    ],
)
def test_a_malformed_setting_is_named_in_one_line_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    _set(monkeypatch, **{name: value})
    with pytest.raises(SettingsError) as refused:
        load_settings()
    line = str(refused.value)
    assert line.startswith(name)
    assert "\n" not in line
    assert not value or f"'{value}'" not in line


def test_names_that_others_use_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    # Terminals export LINES; other programs export SECRET_KEY, DATABASE_URL and LOCALE.
    _set(monkeypatch)
    for name in ("LINES", "SECRET_KEY", "DATABASE_URL", "LOCALE", "PUBLIC_URL", "ROTA"):
        monkeypatch.setenv(name, "50")
    settings = load_settings()
    assert settings.lines == ()
    assert settings.database_url == "sqlite:///callcenter.db"


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(
        monkeypatch,
        CALLCENTER_LINES="085 888 0000, +31302345678",
        CALLCENTER_NOTIFY_URLS="mailto://lead.example.nl, json://hooks.example.nl",
        TWILIO_AUTH_TOKEN_SECONDARY="the-second-token",
    )
    settings = load_settings()
    assert settings.lines == ("+31858880000", "+31302345678")
    assert [address.get_secret_value() for address in settings.notify_urls] == [
        "mailto://lead.example.nl",
        "json://hooks.example.nl",
    ]
    assert settings.auth_tokens == ("the-first-token", "the-second-token")


@pytest.mark.parametrize(
    ("setting", "addresses"),
    [
        ("json://a json://b\n mailto://c", ["json://a", "json://b", "mailto://c"]),
        ("json://a,json://b , json://c,", ["json://a", "json://b", "json://c"]),
        (
            "mailto://u:p@mail.example.nl?to=a@x.nl,b@x.nl&mode=insecure,json://b",
            ["mailto://u:p@mail.example.nl?to=a@x.nl,b@x.nl&mode=insecure", "json://b"],
        ),
        ("json://a/1,2,JSONS://b/3,4", ["json://a/1,2", "JSONS://b/3,4"]),
        ("json://a,json://a json://b", ["json://a", "json://b"]),
        ("teams-office", ["teams-office"]),
        (" , ", []),
    ],
)
def test_an_address_may_hold_commas_and_equal_ones_are_one(
    monkeypatch: pytest.MonkeyPatch, setting: str, addresses: list[str]
) -> None:
    _set(monkeypatch, CALLCENTER_NOTIFY_URLS=setting)
    assert [address.get_secret_value() for address in load_settings().notify_urls] == addresses


def test_settings_may_stand_in_a_file_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in COMPLETE.items()))
    monkeypatch.setenv("CALLCENTER_PUBLIC_URL", "https://other.example.nl")
    settings = load_settings()
    assert settings.public_url == "https://other.example.nl"
    assert settings.twilio_auth_token.get_secret_value() == "the-first-token"


def test_no_secret_shows_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "CALLCENTER_SECRET_KEY": "hidden-secret-key-1",
        "CALLCENTER_METRICS_TOKEN": "hidden-metrics-2",
        "CALLCENTER_NOTIFY_URLS": "mailto://hidden-user-3:pw@example.nl",
        "TWILIO_AUTH_TOKEN": "hidden-token-4",
        "TWILIO_AUTH_TOKEN_SECONDARY": "hidden-token-5",
        "TWILIO_API_SECRET": "hidden-secret-6",
    }
    _set(monkeypatch, **secrets)
    settings = load_settings()
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "hidden" not in shown


def test_commands_that_only_read_the_database_need_no_twilio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", "postgresql+psycopg://callcenter@/callcenter")
    assert load_database_settings().database_url == "postgresql+psycopg://callcenter@/callcenter"
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", "oracle://")
    with pytest.raises(SettingsError, match="CALLCENTER_DATABASE_URL: must start with sqlite:///"):
        load_database_settings()
