"""A recording comes from Twilio's own host; our password goes nowhere else, and nothing too large or slow is taken."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3 import HTTPResponse

from callcenter.standin.stand_in import ACCOUNT_SID
from callcenter.standin.twilio.recordings import wav
from callcenter.telephony import media
from callcenter.telephony.http_client import PooledHttpClient
from callcenter.telephony.media import LARGEST_BYTES, MediaRefused, fetch, is_sound
from callcenter.telephony.trusted_hosts import NotTwilio, check_twilio, is_file_storage
from callcenter.telephony.twilio_api import RestError
from tests.unit.test_twilio_http_client import Twilio, api, twilio

__all__ = ["twilio"]
SID = "RE" + "0123456789abcdef" * 2
SOUND = wav(2)
FOUND = ("200 OK", [("Content-Type", "audio/x-wav")], SOUND)


def test_a_recording_is_asked_by_its_sid_at_the_apis_own_address(twilio: Twilio) -> None:
    twilio.answers = [FOUND]
    assert api(twilio.url).recording_media(SID) == SOUND
    (asked,) = twilio.asked
    assert asked["PATH_INFO"] == f"/2010-04-01/Accounts/{ACCOUNT_SID}/Recordings/{SID}.wav"
    assert asked["HTTP_AUTHORIZATION"].startswith("Basic ")


@pytest.mark.parametrize(
    "sid",
    [
        "",
        "RE1",
        SID + "0",
        SID[:-1] + "g",
        SID.lower(),
        f"{SID}\n",
        f"../{SID}",
        "https://evil.example/" + SID,
        "CA" + SID[2:],
    ],
)
def test_what_is_no_sid_of_a_recording_is_not_asked_for(twilio: Twilio, sid: str) -> None:
    with pytest.raises(RestError, match="no recording sid") as found:
        api(twilio.url).recording_media(sid)
    assert not found.value.retry_safe
    assert twilio.asked == []


@pytest.mark.parametrize("location", ["{elsewhere}/file.wav", "//{host}/file.wav", "file:///etc/passwd", ""])
def test_a_redirect_to_another_host_is_not_followed(twilio: Twilio, location: str) -> None:
    elsewhere = Twilio()
    try:
        host = elsewhere.url.removeprefix("http://")
        where = location.format(elsewhere=elsewhere.url, host=host)
        twilio.answers = [("302 Found", [("Location", where)], b"")]
        with pytest.raises(RestError, match="redirected elsewhere"):
            api(twilio.url).recording_media(SID)
    finally:
        elsewhere.stop()
    assert elsewhere.asked == []
    assert len(twilio.asked) == 1


def answers(*given: HTTPResponse) -> tuple[list[tuple[str, Mapping[str, str]]], media.Ask]:
    """A server with these answers, and what it was asked."""
    asked: list[tuple[str, Mapping[str, str]]] = []
    left = iter(given)

    def ask(address: str, headers: Mapping[str, str]) -> HTTPResponse:
        asked.append((address, headers))
        return next(left)

    return asked, ask


def answer(status: int, body: bytes = b"", **headers: str) -> HTTPResponse:
    return HTTPResponse(BytesIO(body), headers=headers, status=status, preload_content=False)


def test_a_redirect_to_twilios_file_storage_is_followed_without_the_password() -> None:
    storage = "https://s3-external-1.amazonaws.com/media.twiliocdn.com/AC/RE"
    asked, ask = answers(answer(307, Location=storage), answer(200, SOUND))
    assert fetch(ask, "https://api.twilio.com/RE.wav", {"authorization": "Basic x"}).data == SOUND
    assert asked == [("https://api.twilio.com/RE.wav", {"authorization": "Basic x"}), (storage, {})]


def test_redirects_end() -> None:
    asked, ask = answers(*(answer(302, Location="https://api.twilio.com/again") for _ in range(9)))
    with pytest.raises(MediaRefused, match="too often"):
        fetch(ask, "https://api.twilio.com/RE.wav", {})
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("https://api.twilio.com/x", True),
        ("https://api.dublin.ie1.twilio.com/x", True),
        ("https://com-twilio-us1-recordings.s3.amazonaws.com/x", True),
        ("https://s3.eu-west-1.amazonaws.com/x", True),
        ("https://media.twiliocdn.com:443/x", True),
        ("http://api.twilio.com/x", False),
        ("https://api.twilio.com:8443/x", False),
        ("https://api.twilio.com.evil.example/x", False),
        ("https://eviltwilio.com/x", False),
        ("https://user@api.twilio.com/x", False),
        ("https://api.twilio.com@evil.example/x", False),
        ("https://ec2-10-0-0-1.compute.amazonaws.com/x", False),
        ("https://127.0.0.1/x", False),
        ("https://[::1]/x", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("https://localhost/x", False),
        ("https://api.twilio.com:port/x", False),
        ("ftp://api.twilio.com/x", False),
        ("", False),
    ],
)
def test_where_twilio_keeps_files(address: str, is_one: bool) -> None:
    assert is_file_storage(address) is is_one


@given(st.text(max_size=40))
def test_nothing_but_twilios_own_addresses_gets_the_password(tail: str) -> None:
    """Whatever follows the scheme, a host that is checked is one below twilio.com."""
    address = f"https://{tail}"
    try:
        check_twilio(address)
    except NotTwilio:
        return
    assert (urlsplit(address).hostname or "").endswith(".twilio.com")


@pytest.mark.parametrize("address", ["https://evil.example/2010-04-01/Calls.json", "http://api.twilio.com/Calls.json"])
def test_the_next_page_of_a_list_is_not_asked_from_another_server(address: str) -> None:
    with pytest.raises(NotTwilio):
        PooledHttpClient(1).request("GET", address, auth=("AC", "token"))
    with pytest.raises(NotTwilio):
        PooledHttpClient(1).get(address, ("AC", "token"))


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html", SOUND),
        ("audio/wav", b"<html><script>"),
        ("audio/wav", b"RIFF<script>alert(1)</script>"),
        ("image/svg+xml", SOUND),
        ("", SOUND),
        ("audio/wav", b""),
    ],
)
def test_what_is_no_sound_is_not_kept(twilio: Twilio, content_type: str, body: bytes) -> None:
    twilio.answers = [("200 OK", [("Content-Type", content_type)], body)]
    with pytest.raises(RestError, match="no sound"):
        api(twilio.url).recording_media(SID)


def test_a_file_storage_may_not_know_the_type() -> None:
    assert is_sound("binary/octet-stream", SOUND)
    assert is_sound("Audio/X-WAV; codecs=1", SOUND)


def test_a_recording_that_is_too_large_is_not_read_to_its_end(twilio: Twilio) -> None:
    twilio.answers = [("200 OK", [("Content-Type", "audio/wav")], SOUND[:44] + bytes(LARGEST_BYTES))]
    with pytest.raises(RestError, match="too large"):
        api(twilio.url).recording_media(SID)


def test_the_longest_message_is_not_too_large() -> None:
    assert len(wav(185)) < LARGEST_BYTES / 2


@contextmanager
def one_that_trickles() -> Iterator[str]:
    """Sends a byte at a time, for as long as somebody reads."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: 1000000\r\n\r\n")
                try:
                    while True:
                        connection.sendall(b"R")
                except OSError:
                    return

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(5)


def test_a_server_that_trickles_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "FETCH_WITHIN_S", 0.0)
    with one_that_trickles() as address, pytest.raises(RestError, match="too slow"):
        api(address).recording_media(SID)


@pytest.mark.parametrize(
    ("status", "headers"), [("404 Not Found", []), ("429 Too Many Requests", [("Retry-After", "1")])]
)
def test_a_recording_that_cannot_be_had_yet_is_asked_for_again(
    twilio: Twilio, status: str, headers: list[tuple[str, str]]
) -> None:
    twilio.answers = [(status, headers, b"")]
    with pytest.raises(RestError, match=f"http {status[:3]}") as found:
        api(twilio.url).recording_media(SID)
    assert found.value.retry_safe
    assert found.value.not_ready == status.startswith("404")


def test_a_sid_in_a_request_names_nothing_else(twilio: Twilio) -> None:
    twilio.answers = [("404 Not Found", [], b"{}")]
    with pytest.raises(RestError):
        api(twilio.url).call_status("CA1/../../Recordings/RE1")
    assert "/Calls/CA1/" in twilio.asked[0]["PATH_INFO"]
