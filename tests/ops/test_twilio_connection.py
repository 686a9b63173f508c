"""`twilio connect` configures the connection and `twilio check` tests it, against a server like Twilio's."""

import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from callcenter.app import make_app, make_office
from callcenter.clock import SystemClock
from callcenter.doctor.twilio_check import check_all, connect_lines
from callcenter.errors import CallcenterError
from callcenter.lines.register import add
from callcenter.office import Office
from callcenter.settings import Settings
from callcenter.standin.faults import FaultRule
from callcenter.standin.server import Server
from callcenter.standin.stand_in import ACCOUNT_SID, AUTH_TOKEN, StandIn
from callcenter.telephony.twilio_api import TwilioApi, make_client
from tests.support.town import MakeTown

LINE = "+31858880000"
MOBILE = "+31620000001"


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


def wrong(connection: Connection) -> list[str]:
    """The problems that the check reports."""
    return [text for ok, text in check_all(connection.office) if not ok]


def test_connecting_points_every_address_of_the_number_here_and_the_check_then_holds(connection: Connection) -> None:
    line = connection.standin.line(LINE, voice_url="https://elsewhere.example/voice", sms_url="")
    before = wrong(connection)
    assert [text.split()[1] for text in before] == ["voice_url", "sms_url"]
    assert all("`callcenter twilio connect`" in text for text in before)

    connect_lines(connection.office)

    address = connection.office.settings.public_url
    assert line.voice_url == f"{address}/webhooks/voice"
    assert line.voice_fallback_url == f"{address}/webhooks/voice/fallback"
    assert line.status_callback == f"{address}/webhooks/voice/status"
    assert line.sms_url == f"{address}/webhooks/sms"
    assert wrong(connection) == []


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


APPLICATION, TRUNK = "AP" + "1" * 32, "TK" + "2" * 32
# The wrong setting, as the check names it, and whether `twilio connect` corrects it.
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "voice url": ({"voice_url": "https://elsewhere.example/voice"}, "voice_url is https://elsewhere.example/voice"),
    "no voice address": ({"voice_url": ""}, "voice_url is empty"),
    "voice by GET": ({"voice_method": "GET"}, "voice_method is GET, must be POST"),
    "no fallback": ({"voice_fallback_url": ""}, "voice_fallback_url is empty"),
    "fallback by GET": ({"voice_fallback_method": "GET"}, "voice_fallback_method is GET, must be POST"),
    "no word of the end": ({"status_callback": ""}, "status_callback is empty"),
    "the end by GET": ({"status_callback_method": "GET"}, "status_callback_method is GET, must be POST"),
    "sms url": ({"sms_url": "https://elsewhere.example/sms"}, "sms_url is https://elsewhere.example/sms"),
    "texts by GET": ({"sms_method": "GET"}, "sms_method is GET, must be POST"),
    "application": ({"voice_application_sid": APPLICATION}, f"voice_application_sid is {APPLICATION}, must be empty"),
    "a trunk": ({"trunk_sid": TRUNK}, f"trunk_sid is {TRUNK}, must be empty"),
    "text application": ({"sms_application_sid": APPLICATION}, f"sms_application_sid is {APPLICATION}, must be"),
    "a fax": ({"voice_receive_mode": "fax"}, "voice_receive_mode is fax, must be voice"),
}


@pytest.mark.parametrize("what", WRONG)
def test_each_wrong_setting_is_one_line_that_connecting_mends(connection: Connection, what: str) -> None:
    settings, told = WRONG[what]
    line = connection.standin.line(LINE, **settings)
    (found,) = wrong(connection)
    assert found.startswith(f"{LINE}: {told}")
    assert "run `callcenter twilio connect`" in found

    done = connect_lines(connection.office)
    assert done[0].startswith(f"{LINE}: {next(iter(settings))} was ")
    assert done[-1] == f"{LINE} is connected to {connection.office.settings.public_url}"
    assert wrong(connection) == []
    right = connection.standin.line("+31858880009")
    assert asdict(line) == {**asdict(right), "sid": line.sid, "number": LINE}


def test_all_that_is_wrong_is_told_at_once_of_every_line(connection: Connection) -> None:
    other = "+31858880001"
    with connection.office.sessions.begin() as session:
        add(session, other, "RBL 2", connection.office.clock.now())
    connection.standin.line(LINE, voice_method="GET", sms_method="GET", trunk_sid=TRUNK)
    connection.standin.line(other, voice_fallback_url="")
    assert [text.split()[:2] for text in wrong(connection)] == [
        [f"{LINE}:", "voice_method"],
        [f"{LINE}:", "trunk_sid"],
        [f"{LINE}:", "sms_method"],
        [f"{other}:", "voice_fallback_url"],
    ]


def test_a_line_that_is_not_of_the_account_keeps_no_other_from_being_connected(connection: Connection) -> None:
    other = "+31858880001"
    with connection.office.sessions.begin() as session:
        add(session, other, "RBL 2", connection.office.clock.now())
    connected = connection.standin.line(other, voice_url="")
    with pytest.raises(CallcenterError, match=r"does not have the number \+31858880000$"):
        connect_lines(connection.office)
    assert connected.asks_voice_url


def test_a_number_without_a_voice_is_told_and_nothing_mends_it(connection: Connection) -> None:
    connection.standin.line(LINE, takes_calls=False)
    (found,) = wrong(connection)
    assert found.startswith(f"{LINE}: capabilities.voice is false, must be true: no setting")
    with pytest.raises(CallcenterError, match="take another number"):
        connect_lines(connection.office)


def test_a_number_that_takes_no_texts_needs_no_address_for_them(connection: Connection) -> None:
    connection.standin.line(LINE, takes_texts=False, sms_url="")
    assert wrong(connection) == []
    assert any("no presence by text" in text for _, text in check_all(connection.office))


def test_a_number_whose_calls_are_processed_in_another_region_is_told(connection: Connection) -> None:
    line = connection.standin.line(LINE, voice_region="ie1")
    (found,) = wrong(connection)
    assert found.startswith(f"{LINE}: voice_region is ie1, must be us1: set TWILIO_REGION=ie1")
    connection.office.settings.twilio_region = "ie1"
    assert wrong(connection) == []
    line.voice_region = "us1"
    assert [text.split(":")[1] for text in wrong(connection)] == [" voice_region is us1, must be ie1"]


def test_a_longer_number_that_holds_ours_is_not_ours(connection: Connection) -> None:
    connection.standin.line(f"{LINE}7")
    assert any("does not have this number" in text for text in wrong(connection))


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_is_not_active_is_told_and_the_number_is_looked_at_all_the_same(
    connection: Connection, status: str
) -> None:
    connection.standin.line(LINE, voice_method="GET")
    connection.standin.rest.account.status = status
    first, second = wrong(connection)
    assert f"is {status}, must be active" in first
    assert "voice_method" in second


def test_no_network_says_so_and_blames_no_credentials(connection: Connection) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        connection.office.settings.twilio_api_base_url = address
        (found,) = wrong(connection)
        assert found.startswith("account: cannot reach Twilio (connect)")
        assert "credentials" not in found
        with pytest.raises(CallcenterError, match=r"cannot reach Twilio \(connect\)"):
            connect_lines(connection.office)


def test_a_wrong_token_is_named(connection: Connection) -> None:
    connection.standin.line(LINE)
    connection.standin.rest.account.auth_token = "another"
    (found,) = wrong(connection)
    assert found.startswith("account: Twilio refused the credentials (20003)")
    assert "TWILIO_AUTH_TOKEN" in found


def test_an_outage_of_twilio_is_no_fault_of_the_credentials(connection: Connection) -> None:
    connection.standin.line(LINE)
    connection.standin.faults.add(FaultRule("rest_error", status=503))
    assert "status.twilio.com" in wrong(connection)[0]
    assert "credentials" not in "".join(wrong(connection))


def test_an_api_key_that_may_not_read_the_account_is_taken_all_the_same(connection: Connection) -> None:
    connection.standin.line(LINE)
    connection.standin.rest.account.keys["SK1"] = "only-for-these-tests"
    connection.office.settings.twilio_api_key = "SK1"
    connection.office.settings.twilio_api_secret = SecretStr("only-for-these-tests")
    connection.standin.faults.add(FaultRule("rest_error", kind="fetch-account", status=401))
    assert wrong(connection) == []


def test_calls_on_a_number_with_an_application_or_a_trunk_ask_none_of_our_addresses(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.standin.platform.lines[LINE].trunk_sid = TRUNK
    town.somebody().dials(LINE, patience=5)
    town.live(tail_s=1)
    assert [call.status for call in town.standin.calls] == ["failed"]
    assert "voice" not in {webhook.kind for webhook in town.webhooks()}


def test_a_leg_is_found_although_the_clock_of_the_host_that_asks_is_ahead(connection: Connection) -> None:
    twilio = TwilioApi(make_client(connection.office.settings))
    our = "http://127.0.0.1/leg"
    connection.standin.line(LINE)
    sid = twilio.create_call(to=MOBILE, from_=LINE, url=our, status_callback=our, events=("completed",), timeout_s=20)
    ahead = connection.office.clock.now() + timedelta(seconds=50)
    assert twilio.live_call_to(MOBILE, ahead) == sid
    assert twilio.live_call_to(MOBILE, ahead + timedelta(minutes=5)) is None
