"""Calls are answered while one machine without any account attacks: directly, through nginx and through Caddy."""

from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.support import proxies
from tests.support.attacks import (
    CONNECTIONS,
    MEGABYTE,
    Attack,
    flood,
    form,
    head,
    huge_body,
    silence,
    slow_body,
    slow_chunks,
    slow_headers,
    slow_reading,
    under,
)
from tests.support.served import ServedOffice, served_office
from tests.support.waiting import wait_until
from tests.support.wire import connected, one_answer

# What Must hold: no signed webhook waits longer.
LONGEST_S = 2.0
MOST_MIB = 300
ROADS = ("direct", *proxies.NAMES)

# These keep connections and cost next to no processor time.
HELD: dict[str, Attack] = {
    "slow headers": slow_headers("/webhooks/voice"),
    "slow bodies": slow_body("/webhooks/voice"),
    "slow chunks": slow_chunks("/webhooks/voice"),
    "slow log-ins": slow_body("/inloggen"),
    "slow uploads": slow_body("/rooster/versies"),
    "silence": silence,
    "slow reading": slow_reading,
}
# These keep the machine busy, on which the attacker runs too.
BUSY: dict[str, Attack] = {
    "bodies of 19 MB": huge_body("/webhooks/voice", 19 * MEGABYTE),
    "log-ins of 60 MB": huge_body("/inloggen", 60 * MEGABYTE),
    "uploads of 19 MB": huge_body("/rooster/versies", 19 * MEGABYTE, "multipart/form-data; boundary=x"),
    "the largest forged webhooks": flood(form("/webhooks/voice", b"a=b&" * 16_000)),
    "forged webhooks with many fields": flood(form("/webhooks/voice", b"a=b&" * 249)),
    "pages": flood(head("GET", "/inloggen")),
    "files": flood(head("GET", "/bootstrap/css/bootstrap.min.css")),
    "requests in one packet": flood(head("GET", "/inloggen") * 8),
    "tiny chunks": flood(head("POST", "/webhooks/voice", "Transfer-Encoding: chunked") + b"1\r\na\r\n" * 10_000),
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedOffice]:
    with served_office(tmp_path_factory.mktemp("attacked")) as found:
        yield found


@pytest.fixture(scope="module", params=ROADS)
def road(
    request: pytest.FixtureRequest, office: ServedOffice, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address that both the attacker and Twilio use."""
    if request.param == "direct":
        yield office.server.url
        return
    with proxies.before(office.server.url, request.param, tmp_path_factory.mktemp(request.param)) as url:
        yield url


def _is_answered(office: ServedOffice, url: str) -> bool:
    """Whether a new call's first webhook, on a connection of its own, is answered in time."""
    try:
        with connected(url, within_s=LONGEST_S) as line:
            line.sendall(office.webhook())
            status, twiml = one_answer(line)
    except TimeoutError:
        return False
    return status.startswith(b"HTTP/1.1 200") and b"<Gather" in twiml


@pytest.mark.parametrize("attack", HELD)
def test_calls_are_answered_while_connections_are_held(office: ServedOffice, road: str, attack: str) -> None:
    with under(road, HELD[attack]) as held:
        wait_until(lambda: held.open == CONNECTIONS, "all connections", within_s=30)
        assert [_is_answered(office, road) for _ in range(3)] == [True] * 3
        assert held.open > CONNECTIONS * 0.9, "the attack had ended before"
    assert max(office.peak_mib()) < MOST_MIB


@pytest.mark.parametrize("attack", BUSY)
def test_calls_are_answered_while_the_server_is_flooded(office: ServedOffice, road: str, attack: str) -> None:
    with under(road, BUSY[attack]) as held:
        wait_until(lambda: held.opened >= CONNECTIONS, "all connections", within_s=30)
        # The attacker shares two processors with the server and other tests: one pause of the machine is forgiven.
        assert [_is_answered(office, road) for _ in range(4)].count(True) >= 3
    assert max(office.peak_mib()) < MOST_MIB


def test_nothing_was_logged_of_it_but_the_requests_are_counted(office: ServedOffice) -> None:
    with urlopen(f"{office.server.url}/metrics", timeout=30) as answer:
        figures = answer.read().decode()
    assert 'callcenter_requests_refused_total{reason="too_large"}' in figures
    assert 'callcenter_requests_refused_total{reason="too_large"} 0' not in figures
    assert "callcenter.front" not in office.log
    assert "waitress" not in office.log


def test_both_proxies_are_the_shipped_ones(tmp_path: Path) -> None:
    nginx, caddy = proxies.shipped_nginx("127.0.0.1:1", 2), proxies.shipped_caddy("127.0.0.1:1", 2)
    assert "client_body_timeout 10s;" in nginx
    assert "read_body 30s" in caddy
