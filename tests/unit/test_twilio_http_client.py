"""Requests reach Twilio as intended, and one without an answer raises the right error."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from callcenter.settings import Settings
from callcenter.standin.server import Server
from callcenter.standin.stand_in import ACCOUNT_SID, AUTH_TOKEN
from callcenter.telephony.http_client import PooledHttpClient
from callcenter.telephony.twilio_api import RestError, TwilioApi, make_client, may_have_taken_effect

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
Answer = tuple[str, list[tuple[str, str]], bytes]
CREATED: Answer = ("201 Created", [], b'{"sid": "CA1", "status": "queued"}')


class Twilio:
    """A server that records requests and sends the given answers."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answers: list[Answer] = []
        self._server = Server(self._answer)
        self.url = self._server.url
        self.stop = self._server.stop

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        form = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.asked.append({**environ, "form": parse_qs(form.decode()), "query": parse_qs(environ["QUERY_STRING"])})
        status, headers, body = self.answers.pop(0) if self.answers else CREATED
        start_response(status, [("Content-Length", str(len(body))), *headers])
        return [body]


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    server = Twilio()
    yield server
    server.stop()


def api(base_url: str) -> TwilioApi:
    settings = Settings(
        CALLCENTER_PUBLIC_URL="https://rbl.example",
        CALLCENTER_SECRET_KEY="only-for-these-tests",
        TWILIO_ACCOUNT_SID=ACCOUNT_SID,
        TWILIO_AUTH_TOKEN=AUTH_TOKEN,
        TWILIO_API_BASE_URL=base_url,
        _env_file=None,
    )
    return TwilioApi(make_client(settings))


def created(twilio: TwilioApi) -> str:
    return twilio.create_call(
        to="+31612345678",
        from_="+31858880000",
        url="https://rbl.example/screen?a=1&b=2",
        status_callback="https://rbl.example/status",
        events=("initiated", "completed"),
        timeout_s=18,
    )


def test_a_call_is_created_with_a_repeated_parameter_for_each_event(twilio: Twilio) -> None:
    assert created(api(f"{twilio.url}/proxied")) == "CA1"
    (asked,) = twilio.asked
    assert asked["PATH_INFO"] == f"/proxied/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json"
    assert asked["form"]["StatusCallbackEvent"] == ["initiated", "completed"]
    assert asked["form"]["To"] == ["+31612345678"]
    assert asked["form"]["Url"] == ["https://rbl.example/screen?a=1&b=2"]
    assert "FallbackUrl" not in asked["form"]
    assert asked["HTTP_AUTHORIZATION"].startswith("Basic ")


def test_a_list_is_asked_with_its_filter_in_the_query(twilio: Twilio) -> None:
    twilio.answers = [("200 OK", [], b'{"calls": [], "page": 0, "uri": "/"}')]
    assert list(api(twilio.url).calls_to("+31858880000", NOW)) == []
    assert twilio.asked[0]["query"]["To"] == ["+31858880000"]


def test_nobody_listening_means_that_nothing_was_done_and_may_be_tried_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(RestError, match="connect") as found:
        created(api(f"http://127.0.0.1:{port}"))
    assert (found.value.retry_safe, may_have_taken_effect(found.value.code)) == (True, False)


def test_a_connection_that_breaks_leaves_open_whether_the_call_was_made() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        deaf.settimeout(5)
        twilio = api(f"http://127.0.0.1:{deaf.getsockname()[1]}")
        # It accepts the connection and closes it without an answer.
        threading.Thread(target=lambda: deaf.accept()[0].close(), daemon=True).start()
        with pytest.raises(RestError, match="timeout") as found:
            created(twilio)
    assert (found.value.retry_safe, may_have_taken_effect(found.value.code)) == (False, True)


@contextmanager
def one_that_stalls(headers: bytes) -> Iterator[str]:
    """Accepts one request and answers with these headers only."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(headers)
                done.wait(10)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        done.set()
        thread.join()


@pytest.mark.parametrize("through_a_proxy", [False, True])
def test_an_answer_that_stalls_leaves_open_whether_the_call_was_made(
    monkeypatch: pytest.MonkeyPatch, through_a_proxy: bool
) -> None:
    created_and_closed = b"HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 40\r\n\r\n"
    with one_that_stalls(created_and_closed) as address:
        if through_a_proxy:
            monkeypatch.setenv("http_proxy", address)
        twilio = api("http://far.example" if through_a_proxy else address)
        twilio._client.http_client.timeout = 0.2
        with pytest.raises(RestError, match="timeout") as found:
            created(twilio)
    assert (found.value.retry_safe, may_have_taken_effect(found.value.code)) == (False, True)


def test_a_proxy_that_nobody_reaches_means_that_nothing_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with pytest.raises(RestError, match="connect") as found:
        created(api("http://far.example"))
    assert (found.value.retry_safe, may_have_taken_effect(found.value.code)) == (True, False)


def test_an_error_page_in_another_alphabet_is_told_by_its_status(twilio: Twilio) -> None:
    twilio.answers = [("502 Bad Gateway", [("Content-Type", "text/html; charset=latin-1")], b"d\xe9sol\xe9")]
    with pytest.raises(RestError, match="http 502") as found:
        created(api(twilio.url))
    assert may_have_taken_effect(found.value.code)


def test_the_environments_proxy_is_used_with_its_password_but_not_for_those_it_excepts(
    twilio: Twilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = twilio.url.replace("http://", "http://us:p%40ss@")
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("no_proxy", "localhost")
    PooledHttpClient(5, "http://far.example").request("POST", "https://api.twilio.com/Calls.json", data={"To": "1"})
    (asked,) = twilio.asked
    assert asked["HTTP_HOST"] == "far.example"
    assert asked["HTTP_PROXY_AUTHORIZATION"] == "Basic dXM6cEBzcw=="

    near = twilio.url.replace("127.0.0.1", "localhost")
    PooledHttpClient(5, near).request("POST", "https://api.twilio.com/Calls.json", data={"To": "1"})
    assert "HTTP_PROXY_AUTHORIZATION" not in twilio.asked[1]
