"""The team lead's addresses are checked at the start and can be tried; nothing of one is ever printed or logged."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from bench import outside
from bench.servers import serving
from bench.town import SETTINGS, furnished
from callcenter.cli.notify import notify
from callcenter.clock import SystemClock
from callcenter.errors import CallcenterError, SettingsError
from callcenter.notify.addresses import check
from callcenter.notify.channels import to_lead
from callcenter.settings import load_settings
from callcenter.storage.engine import make_engine, make_sessions
from callcenter.telephony.outbox import enqueue
from callcenter.telephony.records import OutboxMessage
from tests.support.slow_channels import MailServer, WebHook, a_mail_server, a_web_hook
from tests.support.waiting import wait_until

# Nothing listens there.
DOWN = "json://geheim1:geheim2@127.0.0.1:9/geheim3"


@pytest.fixture(autouse=True)
def _an_installation(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {**SETTINGS, "CALLCENTER_DATABASE_URL": sqlite_url}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def hook() -> Iterator[WebHook]:
    with a_web_hook() as found:
        yield found


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with a_mail_server() as found:
        yield found


@pytest.mark.parametrize(
    ("addresses", "number"),
    [
        ("teams-geheim", 1),
        ("json://127.0.0.1:9/geheim workflows://geheim", 2),
        ("json://127.0.0.1:9/geheim,mailto://geheim:geheim@", 2),
        ("msteams://geheim json://127.0.0.1:9/geheim", 1),
        ("mailto://geheim:geheim@mail.example.nl?to=a@x.nl,b@x.nl&mode=insecure,geheim://geheim", 2),
    ],
)
def test_of_a_wrong_address_only_the_number_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, addresses: str, number: int
) -> None:
    monkeypatch.setenv("CALLCENTER_NOTIFY_URLS", addresses)
    with caplog.at_level(1), pytest.raises(SettingsError) as refused:
        check(load_settings().notify_urls)
    assert str(refused.value) == f"CALLCENTER_NOTIFY_URLS: address {number} is not understood"
    assert caplog.text == ""


@pytest.mark.parametrize("command", ["serve", "scheduler"])
def test_a_wrong_address_stops_the_start_with_one_line(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("CALLCENTER_NOTIFY_URLS", "json://127.0.0.1:9/geheim workflows://geheim")
    start = [sys.executable, "-c", "from callcenter.cli import main; main()", command]
    ended = subprocess.run(start, capture_output=True, text=True, timeout=60, check=False)
    line = "callcenter: CALLCENTER_NOTIFY_URLS: address 2 is not understood\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", line)


def test_a_process_that_cannot_reach_a_channel_logs_nothing_of_its_address(
    monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> None:
    monkeypatch.setenv("CALLCENTER_NOTIFY_URLS", DOWN)
    engine = make_engine(sqlite_url)
    furnished(engine)
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        enqueue(session, SystemClock().now(), *to_lead(body="een proef", channels=1, dedupe_key="proef"))

    def error() -> str | None:
        with sessions() as session:
            return session.scalar(select(OutboxMessage.error).where(OutboxMessage.kind == "notify_lead"))

    with outside.twilio() as twilio, serving(sqlite_url, twilio.url, tmp_path):
        assert wait_until(error, "the first attempt", within_s=60) == "connect"
    engine.dispose()
    log = (tmp_path / "product.log").read_text()
    assert "Listening at" in log
    assert "geheim" not in log


def notify_test() -> Result:
    return CliRunner().invoke(notify, ["test"])


def test_a_test_message_goes_to_each_address(monkeypatch: pytest.MonkeyPatch, hook: WebHook, mail: MailServer) -> None:
    monkeypatch.setenv("CALLCENTER_NOTIFY_URLS", f"{hook.url} {mail.url}")
    tried = notify_test()
    assert (tried.exit_code, tried.stdout) == (0, "address 1: taken\naddress 2: taken\n")
    assert hook.got == ["Een test van callcenter: berichten voor de teamleider komen hier aan."]
    assert "Een test van callcenter" in mail.mails[0]


def test_each_that_fails_says_why_without_its_address(
    monkeypatch: pytest.MonkeyPatch, hook: WebHook, mail: MailServer
) -> None:
    hook.statuses.extend([404, 502])
    mail.refuses["RCPT"] = "550 geheim does not live here"
    other = hook.url.replace("json://", "json://geheim:geheim@")
    monkeypatch.setenv("CALLCENTER_NOTIFY_URLS", f"{hook.url} {other} {mail.url} {DOWN} geheim://x {hook.url}/again")
    tried = notify_test()
    assert tried.stdout.splitlines() == [
        "address 1: refused: http 404",
        "address 2: perhaps taken: http 502",
        "address 3: refused: smtp 550",
        "address 4: not taken: connect",
        "address 5: refused: address not understood",
        "address 6: taken",
    ]
    assert isinstance(tried.exception, CallcenterError)
    assert str(tried.exception) == "5 of 6 addresses did not confirm the message"


def test_without_an_address_there_is_nothing_to_test() -> None:
    tried = notify_test()
    assert isinstance(tried.exception, CallcenterError)
    assert str(tried.exception) == "CALLCENTER_NOTIFY_URLS is not set: nobody is told when a callback is overdue"
