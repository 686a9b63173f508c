"""Calls are answered while one machine without any account attacks: directly, through nginx and through Caddy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import proxies
from tests.support.attacks import BUSY, CONNECTIONS, HELD, under
from tests.support.served import ServedOffice, served_office
from tests.support.waiting import wait_until
from tests.support.wire import connected, one_answer

# What Must hold: no signed webhook waits longer.
LONGEST_S = 2.0
MOST_MIB = 300
ROADS = ("direct", *proxies.NAMES)


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
    with under(road, attack) as held:
        wait_until(lambda: held.open == CONNECTIONS, "all connections", within_s=30)
        assert [_is_answered(office, road) for _ in range(3)] == [True] * 3
        assert held.open > CONNECTIONS * 0.9, "the attack had ended before"
    assert max(office.peak_mib()) < MOST_MIB


@pytest.mark.parametrize("attack", BUSY)
def test_calls_are_answered_while_the_server_is_flooded(office: ServedOffice, road: str, attack: str) -> None:
    with under(road, attack) as held:
        wait_until(lambda: held.opened >= CONNECTIONS, "all connections", within_s=30)
        # The attacker shares two processors with the server and other tests: one pause of the machine is forgiven.
        assert [_is_answered(office, road) for _ in range(4)].count(True) >= 3
    assert max(office.peak_mib()) < MOST_MIB


def test_a_flood_leaves_no_traceback_and_no_line_of_the_server_below(office: ServedOffice, road: str) -> None:
    assert "waitress" not in office.log
    assert "callcenter.front" not in office.log


def test_both_proxies_are_the_shipped_ones(tmp_path: Path) -> None:
    nginx, caddy = proxies.shipped_nginx("127.0.0.1:1", 2), proxies.shipped_caddy("127.0.0.1:1", 2)
    assert "client_body_timeout 10s;" in nginx
    assert "read_body 30s" in caddy
