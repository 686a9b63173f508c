"""Do `twilio connect` and `twilio check` set and prove the connection, against a server that behaves as Twilio does?"""

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine

from callcenter.app import make_app, make_office
from callcenter.cli.twilio_check import check_all, connect_lines
from callcenter.clock import SystemClock
from callcenter.errors import CallcenterError
from callcenter.office import Office
from callcenter.routing.lines import add
from callcenter.settings import Settings
from callcenter.standin.office import ACCOUNT_SID, AUTH_TOKEN, StandIn
from callcenter.standin.server import Server

LINE = "+31858880000"


@dataclass
class Connection:
    """An installation that can be reached over HTTP, and its Twilio."""

    office: Office
    standin: StandIn


@pytest.fixture
def connection(sqlite_engine: Engine) -> Iterator[Connection]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    standin = StandIn(SystemClock(), app=lambda _environ, _start: [], base_url=address)
    twilio = Server(standin.rest)
    settings = Settings(
        CALLCENTER_PUBLIC_URL=address,
        CALLCENTER_SECRET_KEY="only-for-these-tests",
        TWILIO_ACCOUNT_SID=ACCOUNT_SID,
        TWILIO_AUTH_TOKEN=AUTH_TOKEN,
        TWILIO_API_BASE_URL=twilio.url,
        _env_file=None,
    )
    office = make_office(settings, SystemClock(), sqlite_engine)
    with office.sessions.begin() as session:
        add(session, LINE, "RBL", office.clock.now())
    ours = Server(make_app(office), port=port)
    yield Connection(office, standin)
    ours.stop()
    twilio.stop()


def test_connecting_points_every_address_of_the_number_here_and_the_check_then_holds(connection: Connection) -> None:
    line = connection.standin.line(LINE, voice_url="https://elsewhere.example/voice", sms_url="")
    before = [text for ok, text in check_all(connection.office) if not ok]
    assert len(before) == 1
    assert "twilio connect" in before[0]

    connect_lines(connection.office)

    address = connection.office.settings.public_url
    assert line.voice_url == f"{address}/webhooks/voice"
    assert line.voice_fallback_url == f"{address}/webhooks/voice/fallback"
    assert line.status_callback == f"{address}/webhooks/voice/status"
    assert line.sms_url == f"{address}/webhooks/sms"
    assert [text for ok, text in check_all(connection.office) if not ok] == []


def test_a_number_that_is_not_of_the_account_is_named(connection: Connection) -> None:
    with pytest.raises(CallcenterError, match=r"does not have the number \+31858880000"):
        connect_lines(connection.office)
    assert any("does not have this number" in text for ok, text in check_all(connection.office) if not ok)


def test_wrong_credentials_are_told_first(connection: Connection) -> None:
    wrong = connection.office.settings.model_copy(update={"twilio_api_key": "SKwrong", "twilio_api_secret": None})
    wrong = wrong.model_copy(update={"twilio_account_sid": "AC" + "9" * 32})
    connection.office.settings = wrong
    (only,) = list(check_all(connection.office))
    assert only[0] is False
    assert "TWILIO_ACCOUNT_SID" in only[1]
