"""A bad setting is named in one line, and no secret is shown."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.errors import SettingsError
from callcenter.settings import Settings, load_database_settings, load_settings
from callcenter.stated_settings import is_blank
from webhooks.signature import SignatureCheck

COMPLETE = {
    "CALLCENTER_PUBLIC_URL": "https://line.example.nl/",
    "CALLCENTER_SECRET_KEY": "a-secret-of-some-length",
    "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000",
    "TWILIO_AUTH_TOKEN": "the-first-auth-token",
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
    assert settings.auth_tokens == ("the-first-auth-token",)


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
        ("CALLCENTER_METRICS_TOKEN", "fifteen-letters"),
        ("TWILIO_ACCOUNT_SID", ""),
        ("TWILIO_AUTH_TOKEN", ""),
        ("TWILIO_AUTH_TOKEN", "fifteen-letters"),
        ("TWILIO_AUTH_TOKEN_SECONDARY", "fifteen-letters"),
        ("TWILIO_AUTH_TOKEN_SECONDARY", f"{'short':<20}"),
        ("TWILIO_API_BASE_URL", "api"),
        # What people leave where a secret belongs, and a comment behind a value, which systemd and Docker keep.
        ("CALLCENTER_SECRET_KEY", 'python3 -c "import secrets; print(secrets.token_urlsafe(32))"'),
        ("CALLCENTER_SECRET_KEY", "$(openssl rand -hex 32)"),
        ("TWILIO_AUTH_TOKEN_SECONDARY", "<your second auth token>"),
        ("TWILIO_AUTH_TOKEN_SECONDARY", "${TWILIO_OLD_AUTH_TOKEN}"),
        ("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef # main account"),
        ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000000 # main account"),
        ("CALLCENTER_PUBLIC_URL", "https://line.example.nl # ours"),
        ("CALLCENTER_PUBLIC_URL", "https://line.example.nl:https"),
        ("CALLCENTER_PUBLIC_URL", "https://[::1"),
        ("CALLCENTER_PUBLIC_URL", "https://:443"),
        ("CALLCENTER_PUBLIC_URL", "https://line.example.nl/?from=twilio"),
        ("CALLCENTER_PUBLIC_URL", "https://user:password@line.example.nl"),
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


# As an empty line of an env file, with spaces or tabs, and with quotes that Docker's --env-file keeps.
BLANKS = ["", " ", "\t \t", '""', "''", '" "', "“”", "\u00a0", "\u200b", "\r", "\ufeff"]
# Comments behind the equals sign, which systemd and Docker keep.
BLANKS += ["# unset", " # the old token, for now"]
SETTINGS = sorted(str(field.alias) for field in Settings.model_fields.values())


@pytest.mark.parametrize("name", SETTINGS)
def test_a_blank_setting_is_an_unset_one_in_the_environment_and_in_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    def outcome() -> object:
        try:
            return load_settings()
        except SettingsError as refused:
            return str(refused)

    _set(monkeypatch)
    monkeypatch.delenv(name, raising=False)
    unset = outcome()
    for blank in BLANKS:
        monkeypatch.setenv(name, blank)
        assert outcome() == unset, repr(blank)
        monkeypatch.delenv(name)
        (tmp_path / ".env").write_text(f"{name}={blank}\n", "utf-8")
        assert outcome() == unset, repr(blank)
        (tmp_path / ".env").unlink()


def test_a_file_that_is_no_text_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _set(monkeypatch)
    (tmp_path / ".env").write_bytes(b"# caf\xe9\n")
    for load in (load_settings, load_database_settings):
        with pytest.raises(SettingsError, match=r"^\.env is not UTF-8"):
            load()


def test_a_blank_in_the_environment_leaves_the_value_of_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("CALLCENTER_DATABASE_URL=sqlite:///other.db\n")
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", '""')
    assert load_database_settings().database_url == "sqlite:///other.db"
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", " sqlite:///this.db ")
    assert load_database_settings().database_url == "sqlite:///this.db"


def test_a_blank_token_beside_the_real_one_signs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, TWILIO_AUTH_TOKEN_SECONDARY="")
    assert load_settings().auth_tokens == ("the-first-auth-token",)
    with pytest.raises(ValueError, match="empty auth token"):
        SignatureCheck("https://line.example.nl", ["the-first-auth-token", ""])


@pytest.mark.parametrize(
    ("stated", "missing"),
    [
        ("TWILIO_API_KEY", "TWILIO_API_SECRET"),
        ("TWILIO_API_SECRET", "TWILIO_API_KEY"),
        ("TWILIO_REGION", "TWILIO_EDGE"),
        ("TWILIO_EDGE", "TWILIO_REGION"),
    ],
)
def test_half_of_a_pair_is_refused_by_the_name_of_the_other_half(
    monkeypatch: pytest.MonkeyPatch, stated: str, missing: str
) -> None:
    _set(monkeypatch, **{stated: "a-value-of-some-length", missing: " "})
    with pytest.raises(SettingsError, match=f"^{missing} is not set, but {stated} is: set both or neither$"):
        load_settings()
    monkeypatch.setenv(missing, "another-of-some-length")
    load_settings()


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=6))
def test_a_value_with_a_letter_or_a_digit_is_never_blank(text: str) -> None:
    assert not (is_blank(text) and any(character.isalnum() for character in text))


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
        TWILIO_AUTH_TOKEN_SECONDARY="the-second-auth-token",
    )
    settings = load_settings()
    assert settings.lines == ("+31858880000", "+31302345678")
    assert [address.get_secret_value() for address in settings.notify_urls] == [
        "mailto://lead.example.nl",
        "json://hooks.example.nl",
    ]
    assert settings.auth_tokens == ("the-first-auth-token", "the-second-auth-token")


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


@pytest.mark.parametrize("address", ["json://hooks.example.nl", "user@mail.example.nl", "smtp://mail.example.nl"])
def test_reports_go_by_a_mail_server_and_nothing_else(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    _set(monkeypatch, CALLCENTER_MAIL_URL=address)
    with pytest.raises(SettingsError, match=r"^CALLCENTER_MAIL_URL: must be a mail server") as refused:
        load_settings()
    assert "example" not in str(refused.value)


def test_settings_may_stand_in_a_file_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in COMPLETE.items()))
    monkeypatch.setenv("CALLCENTER_PUBLIC_URL", "https://other.example.nl")
    settings = load_settings()
    assert settings.public_url == "https://other.example.nl"
    assert settings.twilio_auth_token.get_secret_value() == "the-first-auth-token"


def test_no_secret_shows_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "CALLCENTER_SECRET_KEY": "hidden-secret-key-1",
        "CALLCENTER_METRICS_TOKEN": "hidden-metrics-token-2",
        "CALLCENTER_NOTIFY_URLS": "mailto://hidden-user-3:pw@example.nl",
        "CALLCENTER_MAIL_URL": "mailtos://hidden-user-7:pw@mail.example.nl",
        "TWILIO_AUTH_TOKEN": "hidden-auth-token-4",
        "TWILIO_AUTH_TOKEN_SECONDARY": "hidden-auth-token-5",
        "TWILIO_API_KEY": "SK6",
        "TWILIO_API_SECRET": "hidden-api-secret-6",
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
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", "sqlite:///:memory:")
    with pytest.raises(SettingsError, match="CALLCENTER_DATABASE_URL: must name a file"):
        load_database_settings()
