"""Which address a request counts as coming from."""

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.front.forwarded import LOOPBACK, Network, apply, client_address

OURS: tuple[Network, ...] = (*LOOPBACK, ip_network("10.88.0.0/16"))


@pytest.mark.parametrize(
    ("peer", "header", "client"),
    [
        ("192.0.2.9", "", "192.0.2.9"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "192.0.2.9", "192.0.2.9"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:127.0.0.1", "192.0.2.9", "192.0.2.9"),
        ("10.88.0.1", "192.0.2.9", "192.0.2.9"),
        # A stranger's header is not believed.
        ("192.0.2.9", "198.51.100.1", "192.0.2.9"),
        ("192.0.2.9", "127.0.0.1", "192.0.2.9"),
        # What a stranger wrote before our proxy added his address is not believed either.
        ("127.0.0.1", "198.51.100.1, 192.0.2.9", "192.0.2.9"),
        ("127.0.0.1", "127.0.0.1, 192.0.2.9", "192.0.2.9"),
        # Two of our proxies after one another.
        ("127.0.0.1", "198.51.100.1, 192.0.2.9, 10.88.0.7", "192.0.2.9"),
        ("127.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("127.0.0.1", "192.0.2.9:4711", "192.0.2.9"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "192.0.2.9, ", "127.0.0.1"),
        ("127.0.0.1", "'; drop table", "127.0.0.1"),
        ("localhost", "192.0.2.9", "localhost"),
    ],
)
def test_the_client_is_the_last_that_is_no_proxy_of_ours(peer: str, header: str, client: str) -> None:
    assert client_address(peer, header, OURS) == client


@given(st.text())
def test_a_stranger_cannot_choose_an_address_whatever_he_writes(header: str) -> None:
    assert client_address("192.0.2.9", header, OURS) == "192.0.2.9"
    assert client_address("127.0.0.1", f"{header}, 192.0.2.9", OURS) == "192.0.2.9"


def _environ(peer: str, **headers: str) -> dict[str, Any]:
    return {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", **headers}


def test_our_proxy_tells_the_scheme_and_the_header_stays_for_metrics_to_see() -> None:
    environ = _environ("127.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.9", HTTP_X_FORWARDED_PROTO="https")
    apply(environ, LOOPBACK)
    assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]) == ("192.0.2.9", "https")
    assert environ["HTTP_X_FORWARDED_FOR"] == "192.0.2.9"


def test_a_stranger_does_not_tell_the_scheme() -> None:
    environ = _environ("192.0.2.9", HTTP_X_FORWARDED_PROTO="https")
    apply(environ, LOOPBACK)
    assert environ["wsgi.url_scheme"] == "http"
