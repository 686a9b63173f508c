"""The demo never reaches a real Twilio account: it refuses to start when credentials are set."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from callcenter.demo.fixtures import demo_settings
from callcenter.demo.guard import RealCredentials, refuse_credentials

NAMES = (
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_AUTH_TOKEN_SECONDARY",
    "TWILIO_API_KEY",
    "TWILIO_API_SECRET",
    "twilio_auth_token",
)


@pytest.mark.parametrize("name", NAMES)
def test_it_refuses_beside_a_credential_in_the_environment(tmp_path: Path, name: str) -> None:
    with pytest.raises(RealCredentials, match=name):
        refuse_credentials({name: "secret-value"}, tmp_path / ".env")


@pytest.mark.parametrize("name", NAMES)
def test_it_refuses_beside_a_credential_in_an_env_file(tmp_path: Path, name: str) -> None:
    (tmp_path / ".env").write_text(f"export {name}='secret-value'\n")

    with pytest.raises(RealCredentials, match=name) as refused:
        refuse_credentials({}, tmp_path / ".env")

    assert "secret-value" not in str(refused.value)


def test_it_starts_where_there_are_none(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CALLCENTER_LOCALE=en\nTWILIO_AUTH_TOKEN=\n")

    refuse_credentials({"TWILIO_REGION": "ie1", "TWILIO_ACCOUNT_SID": ""}, tmp_path / ".env")


def test_neither_environment_nor_env_file_reaches_its_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("CALLCENTER_METRICS_TOKEN=abc\n")
    monkeypatch.setenv("CALLCENTER_NOTIFY_URLS", "json://real.example")
    monkeypatch.setenv("CALLCENTER_MAIL_URL", "mailto://real.example")
    monkeypatch.setenv("TWILIO_API_BASE_URL", "https://real.example")
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", "postgresql+psycopg://real/real")

    settings = demo_settings(tmp_path, "http://127.0.0.1:8000")

    assert settings.notify_urls == ()
    assert settings.mail_url is None
    assert settings.twilio_api_base_url is None
    assert settings.metrics_token is None
    assert settings.database_url.startswith("sqlite:///")


def test_the_command_says_so_in_one_line(tmp_path: Path) -> None:
    environment = {**os.environ, "TWILIO_ACCOUNT_SID": "AC0"}

    done = subprocess.run(
        [sys.executable, "-c", "from callcenter.cli import main; main()", "demo"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "TWILIO_ACCOUNT_SID" in done.stderr
