"""`callcenter simulate` sends callers to a running installation over HTTP, and reports the results."""

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from click.testing import CliRunner
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from callcenter.cli.simulate import simulate
from callcenter.standin.server import Server
from callcenter.standin.stand_in import ACCOUNT_SID, AUTH_TOKEN
from tests.support.toy_product import ANN, LINE, Product, twiml

HOLD = twiml('<Gather numDigits="1" timeout="1" action="/pressed"/>')
LEAVE = twiml("<Say>Dag</Say>", "<Hangup/>")


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Rewritten(TwilioHttpClient):
    """The official client's own HTTP client, with the stand-in as base address."""

    def __init__(self, port: int) -> None:
        super().__init__(timeout=5)
        self._port = port

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        parts = urlsplit(url)._replace(scheme="http", netloc=f"127.0.0.1:{self._port}")
        return super().request(method, urlunsplit(parts), *args, **kwargs)


class Installation:
    """A product on a port that rings one mobile for every caller and then says goodbye."""

    def __init__(self) -> None:
        self.rest_port = a_free_port()
        self.product = Product({"/webhooks/voice": LEAVE, "/screen": LEAVE})
        self._client = Client(ACCOUNT_SID, AUTH_TOKEN, http_client=Rewritten(self.rest_port))
        self.server = Server(self)
        self.url = self.server.url

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = list(self.product(environ, start_response))
        if environ["PATH_INFO"] == "/webhooks/voice" and b"<Response>" in answer[0]:
            self._client.calls.create(to=ANN, from_=LINE, url=self.url + "/screen", timeout=1)
        return answer

    def simulate(self, *more: str) -> Any:
        arguments = ["--target", self.url, "--line", LINE, "--rest-bind", f"127.0.0.1:{self.rest_port}",
                     "--account-sid", ACCOUNT_SID, "--auth-token", AUTH_TOKEN, *more]  # fmt: skip
        return CliRunner().invoke(simulate, arguments)


@pytest.fixture
def installation() -> Iterator[Installation]:
    running = Installation()
    yield running
    running.server.stop()


def test_a_storm_over_http_is_counted_in_full(installation: Installation) -> None:
    result = installation.simulate("--storm", "12", "--seconds", "0.5", "--json")
    report = json.loads(result.stdout)
    assert report["calls"] == 12
    assert report["without_end"] == 0
    assert report["rest_requests"] == {"create-call": 12}
    assert report["answered"] == 0
    assert 0 < report["first_answer_p50_s"] <= report["first_answer_p99_s"] < 5
    assert report["webhooks"] >= 24
    assert installation.product.forged == 0
    assert report["double_rings"] > 0  # this product rings one mobile for twelve callers
    assert result.exit_code == 1
    assert "double rings" in result.stderr
    assert not [thread for thread in threading.enumerate() if thread.name == "standin-rest" and not thread.daemon]


def test_a_sound_run_exits_with_zero_and_prints_a_table(installation: Installation) -> None:
    result = installation.simulate("--calls", "1", "--seconds", "0.1", "--numbers", "078 204 1234")
    assert result.exit_code == 0, result.output
    assert "first answer p95" in result.stdout
    assert installation.product.asked("/webhooks/voice")[0]["From"] in ("+31782041234", "+266696687")


def test_a_slow_rest_side_is_slow_for_the_requests_it_names(installation: Installation) -> None:
    caller = ["--calls", "1", "--seconds", "0.1", "--json"]
    quick = json.loads(installation.simulate(*caller, "--rest-latency", "update-call=9").stdout)
    slow = json.loads(installation.simulate(*caller, "--rest-latency", "create-call=0.6-0.7").stdout)
    # This product answers its first webhook only after it has created the leg.
    assert quick["first_answer_p50_s"] < 0.6 <= slow["first_answer_p50_s"]
    assert slow["torn_talks"] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--line", "12"], "--line"),
        (["--rest-bind", "8090"], "--rest-bind"),
        (["--fault", "do=explode"], "do="),
        (["--fault", "do=drop,probability=often"], "--fault"),
        (["--numbers", "nobody"], "--numbers"),
        (["--rest-latency", "5-1"], "--rest-latency"),
        (["--rest-latency", "slow"], "--rest-latency"),
    ],
)
def test_what_cannot_be_understood_is_a_usage_error(arguments: list[str], told: str) -> None:
    usual = ["--target", "http://127.0.0.1:1", "--line", LINE, "--account-sid", "AC1", "--auth-token", "x"]
    result = CliRunner().invoke(simulate, [*usual, *arguments])
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_port_in_use_is_told_in_one_line(installation: Installation) -> None:
    taken = urlsplit(installation.url).port
    result = installation.simulate("--rest-bind", f"127.0.0.1:{taken}")
    assert result.exit_code == 1
    assert f"cannot serve on 127.0.0.1:{taken}" in result.stderr
