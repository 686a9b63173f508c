"""What the served office makes of a request: too large, too slow, ambiguous, forwarded, or broken off."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from callcenter.front.deadlines import FIRST_S
from tests.support import proxies
from tests.support.attacks import form, head
from tests.support.served import ServedOffice, served_office
from tests.support.waiting import wait_until
from tests.support.wire import connected, exchange, one_answer, rest, statuses

KIB, MIB = 1024, 1024 * 1024
CLOSE = "Connection: close"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedOffice]:
    with served_office(tmp_path_factory.mktemp("wire")) as found:
        yield found


@pytest.fixture(scope="module")
def roads(office: ServedOffice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The addresses of the server and of both proxies before it."""
    folder = tmp_path_factory.mktemp("proxies")
    with (
        proxies.before(office.server.url, "nginx", folder / "nginx") as nginx,
        proxies.before(office.server.url, "caddy", folder / "caddy") as caddy,
    ):
        yield {"direct": office.server.url, "nginx": nginx, "caddy": caddy}


@pytest.mark.parametrize("path", ["/webhooks/voice", "/webhooks/sms", "/inloggen", "/terugbellen", "/nowhere"])
def test_a_body_of_64_kib_is_read_and_a_larger_one_is_not(office: ServedOffice, path: str) -> None:
    fits = exchange(office.server.url, head("POST", path, CLOSE, f"Content-Length: {64 * KIB}") + b"a" * 64 * KIB)
    assert statuses(fits)[0] in (400, 403, 404)
    assert b"larger than what is accepted" not in fits
    too_large = exchange(office.server.url, head("POST", path, f"Content-Length: {64 * KIB + 1}"))
    assert statuses(too_large) == [413]
    assert b"Connection: close" in too_large


@pytest.mark.parametrize("size", [64 * KIB + 1, 19_000_000, 10**15])
def test_a_large_body_is_refused_by_its_length_alone(office: ServedOffice, size: int) -> None:
    assert statuses(exchange(office.server.url, head("POST", "/webhooks/voice", f"Content-Length: {size}"))) == [413]


def test_a_client_that_sends_a_large_body_all_the_same_sees_the_refusal(office: ServedOffice) -> None:
    data = head("POST", "/webhooks/voice", f"Content-Length: {8 * MIB}") + b"a=b&" * 2 * MIB
    assert statuses(exchange(office.server.url, data)) == [413]


def test_a_chunked_body_is_refused_once_it_is_too_large(office: ServedOffice) -> None:
    chunk = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
    data = head("POST", "/webhooks/voice", "Transfer-Encoding: chunked")
    assert statuses(exchange(office.server.url, data + chunk * 5)) == [413]


def test_the_api_refuses_a_large_body_with_a_problem_document(office: ServedOffice) -> None:
    answer = exchange(office.server.url, head("PATCH", "/api/v1/callbacks/1", f"Content-Length: {MIB}"))
    header, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in header
    assert json.loads(body)["status"] == 413
    too_large = exchange(office.server.url, head("PUT", "/api/v1/rota", f"Content-Length: {4 * MIB + 1}"))
    assert statuses(too_large) == [413]
    rota = head("PUT", "/api/v1/rota", CLOSE, f"Content-Length: {4 * MIB}") + b"a" * 4 * MIB
    assert statuses(exchange(office.server.url, rota)) == [401]


def test_a_webhook_of_too_many_fields_or_with_files_is_refused(office: ServedOffice) -> None:
    assert statuses(exchange(office.server.url, form("/webhooks/voice", b"a=b&" * 300))) == [413]
    body = b"--x--\r\n"
    raw = head("POST", "/webhooks/voice", f"Content-Length: {len(body)}") + body
    with_files = raw.replace(b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x")
    assert statuses(exchange(office.server.url, with_files)) == [415]


@pytest.mark.parametrize("path", ["/rooster/versies", "/beheer/teksten"])
@pytest.mark.parametrize("piece", [b"a&", b"%41"])
def test_an_upload_of_fields_without_files_is_no_larger_than_a_form(
    office: ServedOffice, path: str, piece: bytes
) -> None:
    body = (piece * MIB)[:MIB]
    fields = head("POST", path, CLOSE, f"Content-Length: {MIB}") + body
    assert statuses(exchange(office.server.url, fields)) == [413]
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n%s\r\n--x--\r\n' % body[: MIB // 2]
    as_file = head("POST", path, CLOSE, f"Content-Length: {len(part)}") + part
    as_file = as_file.replace(b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x")
    assert statuses(exchange(office.server.url, as_file)) == [400]  # without a token


def test_fields_of_an_address_are_counted_like_those_of_a_form(office: ServedOffice) -> None:
    for path, count, expected in (
        ("/webhooks/voice", 240, 403),
        ("/webhooks/voice", 300, 413),
        ("/nowhere", 2100, 413),
    ):
        request = head("POST", f"{path}?{'a&' * count}", CLOSE, "Content-Length: 0")
        assert statuses(exchange(office.server.url, request)) == [expected]


@pytest.mark.parametrize("path", ["/webhooks/voice", "/inloggen"])
def test_fields_are_counted_whatever_the_media_type_says_besides(office: ServedOffice, path: str) -> None:
    form_type = b"application/x-www-form-urlencoded"
    for spelling in (form_type + b"; a=multipart", form_type.upper() + b" ;multipart/form-data"):
        request = form(path, b"a&" * 2100).replace(form_type, spelling)
        assert statuses(exchange(office.server.url, request)) == [413]


def test_a_client_that_names_close_among_other_options_is_left(office: ServedOffice) -> None:
    for options in ("TE, Close", "close, Upgrade"):
        assert statuses(exchange(office.server.url, head("GET", "/healthz", f"Connection: {options}"))) == [200]


def test_forms_without_a_token_leave_no_line_in_the_log(office: ServedOffice) -> None:
    before = office.log
    for path in ("/inloggen", "/taal", "/inloggen/nood", "/terugbellen/1"):
        assert statuses(exchange(office.server.url, head("POST", path, CLOSE, "Content-Length: 3") + b"a=b"))[0] >= 400
    assert "CSRF" not in office.log.removeprefix(before)


def test_only_some_uploads_are_taken_at_once(office: ServedOffice) -> None:
    begun = head("PUT", "/api/v1/rota", f"Content-Length: {MIB}") + b"a" * 100 * KIB
    open_ones: list[socket.socket] = []
    try:
        # Four in each of the two workers, whichever takes a connection.
        for _ in range(9):
            sock = socket.create_connection(("127.0.0.1", int(office.server.url.rpartition(":")[2])), timeout=30)
            open_ones.append(sock)
            sock.sendall(begun)
        answers = []
        for sock in open_ones:
            sock.settimeout(0.5)
            try:
                answers += statuses(sock.recv(1000))
            except TimeoutError:
                continue
        assert answers
        assert set(answers) == {503}
    finally:
        for sock in open_ones:
            sock.close()
    whole = head("PUT", "/api/v1/rota", CLOSE, f"Content-Length: {MIB}") + b"a" * MIB
    wait_until(lambda: statuses(exchange(office.server.url, whole)) == [401], "uploads to be taken again")


def test_what_takes_too_long_is_cut_off(office: ServedOffice) -> None:
    begun = {
        "silence": b"",
        "headers": b"POST /webhooks/voice HTTP/1.1\r\nX-Slow: ",
        "body": head("POST", "/webhooks/voice", "Content-Length: 1000") + b"a",
        "chunks": head("POST", "/webhooks/voice", "Transfer-Encoding: chunked") + b"1\r\na\r\n",
        "upload": head("POST", "/rooster/versies", f"Content-Length: {MIB}") + b"a",
    }
    address = ("127.0.0.1", int(office.server.url.rpartition(":")[2]))
    socks = {name: socket.create_connection(address, timeout=60) for name in begun}
    for name, sock in socks.items():
        sock.sendall(begun[name])
    # One more waits for its client, who has taken a large answer in pieces.
    with socket.socket() as idle:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        idle.settimeout(60)
        idle.connect(address)
        for _ in range(20):
            idle.sendall(head("GET", "/bootstrap/css/bootstrap.min.css"))
            assert one_answer(idle)[0].startswith(b"HTTP/1.1 200")
        before = office.server.cpu_s()
        assert {name: rest(sock) for name, sock in socks.items()} == dict.fromkeys(begun, b"")
        assert office.server.cpu_s() - before < FIRST_S / 2, "waiting costs processor time"
    for sock in socks.values():
        sock.close()


def test_requests_in_one_packet_are_answered_in_their_order_but_not_any_number(office: ServedOffice) -> None:
    in_order = exchange(
        office.server.url, head("GET", "/healthz") + head("POST", "/webhooks/voice") + head("GET", "/healthz", CLOSE)
    )
    assert statuses(in_order) == [200, 403, 200]
    answers = statuses(exchange(office.server.url, head("GET", "/healthz") * 100))
    assert answers[-1] == 400
    assert answers[:-1] == [200] * (len(answers) - 1)
    assert len(answers) < 100


def test_a_head_request_gets_the_headers_alone(office: ServedOffice) -> None:
    answers = exchange(office.server.url, head("HEAD", "/healthz") + head("GET", "/healthz", CLOSE))
    assert statuses(answers) == [200, 200]
    assert answers.count(b'{"status"') == 1


def test_a_client_that_asks_before_it_sends_a_body_is_told_to_go_on(office: ServedOffice) -> None:
    asks = "Expect: 100-continue"
    with connected(office.server.url) as line:
        line.sendall(head("POST", "/webhooks/voice", asks, "Content-Length: 3"))
        assert one_answer(line)[0] == b"HTTP/1.1 100 Continue"
        line.sendall(b"a=b")
        assert one_answer(line)[0].startswith(b"HTTP/1.1 403")
        # Without a body there is nothing to wait for.
        line.sendall(head("GET", "/healthz", asks))
        assert one_answer(line)[0].startswith(b"HTTP/1.1 200")
    too_large = exchange(office.server.url, head("POST", "/webhooks/voice", asks, "Content-Length: 100000"))
    assert statuses(too_large) == [413]


SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde",
        b"Content-Length: 5, 5\r\n\r\nabcde",
        b"Content-Length: +5\r\n\r\nabcde",
        b"Content-Length: -5\r\n\r\nabcde",
        b"Content-Length: 0x5\r\n\r\nabcde",
        b"Content-Length: 5 5\r\n\r\nabcde",
        b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"Content-Length : 5\r\n\r\nabcde",
        b"Content-Length: 5\n\r\n\r\nabcde",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcde\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3;\x00\r\nabc\r\n0\r\n\r\n",
        b"X: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"X: a\r\x00Y: b\r\n\r\n",
    ],
)
def test_a_request_that_could_be_read_in_two_ways_is_refused_and_ends_the_connection(
    office: ServedOffice, framing: bytes
) -> None:
    found = statuses(exchange(office.server.url, b"POST /webhooks/voice HTTP/1.1\r\nHost: x\r\n" + framing + SMUGGLED))
    assert found in ([400], [413], [501])


@pytest.mark.parametrize(
    "first_line",
    [b"GET /healthz HTTP/1.2", b"GET /healthz HTTP/2.0", b"GET /healthz", b"get /healthz HTTP/1.1", b"\x16\x03\x01"],
)
def test_an_unreadable_first_line_is_refused(office: ServedOffice, first_line: bytes) -> None:
    assert statuses(exchange(office.server.url, first_line + b"\r\nHost: x\r\n\r\n")) == [400]


@pytest.mark.parametrize(
    "data",
    [
        b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET http://[/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"y" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"\r\n\r\n" * 2000,
        head("POST", "/webhooks/voice", "Transfer-Encoding: chunked") + b"1\r\na\r\n" * 2000,
        head("POST", "/webhooks/voice", "Transfer-Encoding: chunked") + b"0\r\n" + b"X: y\r\n" * 5000,
    ],
)
def test_headers_and_chunks_beyond_their_bounds_are_refused(office: ServedOffice, data: bytes) -> None:
    assert statuses(exchange(office.server.url, data)) in ([400], [431])


INSIDE = ["/readyz", "//readyz", "/./readyz", "/%72eadyz", "/%2Freadyz", "/x/../readyz", "/readyz?x", "/readyz#x"]


@pytest.mark.parametrize("road", proxies.NAMES)
@pytest.mark.parametrize("path", [*INSIDE, "http://x/readyz"])
def test_no_spelling_opens_readiness_through_a_proxy(roads: dict[str, str], road: str, path: str) -> None:
    host = roads[road].removeprefix("http://")
    answer = exchange(roads[road], f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert statuses(answer)[0] in (301, 308, 400, 404)
    assert b"checks" not in answer


@pytest.mark.parametrize("road", ["direct", *proxies.NAMES])
@pytest.mark.parametrize("name", ["SCRIPT_NAME", "Script-Name", "PATH_INFO", "Path-Info", "REMOTE_ADDR", "Remote-User"])
def test_no_header_of_a_client_changes_the_path(roads: dict[str, str], road: str, name: str) -> None:
    for value in ("/x", "/readyz", "/healthz"):
        raw = f"GET /x/readyz HTTP/1.1\r\nHost: x\r\n{name}: {value}\r\nConnection: close\r\n\r\n"
        assert statuses(exchange(roads[road], raw.encode())) == [404]


@pytest.mark.parametrize("road", proxies.NAMES)
def test_both_proxies_bound_bodies_themselves_and_send_browsers_to_https(roads: dict[str, str], road: str) -> None:
    large = head("POST", "/inloggen", CLOSE, f"Content-Length: {100 * KIB}") + b"a" * 100 * KIB
    assert statuses(exchange(roads[road], large)) == [413]
    page = exchange(roads[road], head("GET", "/inloggen", CLOSE))
    assert page.lower().count(b"strict-transport-security: max-age=31536000") == 1
    own = exchange(roads[road], head("GET", "/metrics", CLOSE))
    for answer in (page, own, exchange(roads[road], large)):
        assert answer.lower().count(b"x-content-type-options: nosniff") == 1
        assert answer.lower().count(b"content-security-policy:") <= 1
    rota = head("PUT", "/api/v1/rota", CLOSE, f"Content-Length: {MIB}") + b"a" * MIB
    assert statuses(exchange(roads[road], rota)) == [401]


def test_a_cookie_is_marked_secure_behind_a_proxy_that_says_https_and_not_for_a_stranger(office: ServedOffice) -> None:
    said = exchange(office.server.url, head("GET", "/inloggen", CLOSE, "X-Forwarded-Proto: https"))
    assert b"Secure" in said
    plain = exchange(office.server.url, head("GET", "/inloggen", CLOSE))
    assert b"Set-Cookie" in plain
    assert b"Secure" not in plain


def test_a_client_that_hangs_up_in_the_middle_leaves_no_line_in_the_log(office: ServedOffice) -> None:
    before = office.log
    for data in (
        b"POST /webhooks/voice HTTP/1.1\r\nHost: ",
        head("POST", "/webhooks/voice", "Content-Length: 1000") + b"a" * 500,
        head("POST", "/inloggen", "Transfer-Encoding: chunked") + b"5\r\nab",
        head("POST", "/inloggen", "Expect: 100-continue", "Content-Length: 1000"),
        head("GET", "/inloggen") * 3,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ):
        for at_once in (True, False):
            with connected(office.server.url) as line:
                line.sendall(data)
                if at_once:  # a reset instead of an orderly end
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    assert statuses(exchange(office.server.url, head("GET", "/healthz", CLOSE))) == [200]
    assert "Traceback" not in office.log.removeprefix(before)
    assert "waitress" not in office.log


def test_refused_requests_are_counted_by_their_reason(office: ServedOffice) -> None:
    exchange(office.server.url, head("POST", "/webhooks/voice", "Content-Length: 100000"))
    wait_until(lambda: _refused(office, "too_large") > 0, "the count of requests that were too large")
    exchange(office.server.url, b"nonsense\r\n\r\n")
    wait_until(lambda: _refused(office, "malformed") > 0, "the count of malformed requests")


def _refused(office: ServedOffice, reason: str) -> float:
    with urlopen(f"{office.server.url}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    name = f'callcenter_requests_refused_total{{reason="{reason}"}} '
    return next(float(line.removeprefix(name)) for line in lines if line.startswith(name))


def test_a_request_under_way_when_the_service_is_stopped_is_answered(tmp_path: Path) -> None:
    with served_office(tmp_path) as office, connected(office.server.url) as line:
        webhook = office.webhook()
        line.sendall(webhook[:-10])
        os.kill(office.server.pid, signal.SIGTERM)
        line.sendall(webhook[-10:])
        answer = rest(line)
    assert statuses(answer) == [200]
    assert b"<Gather" in answer


def test_the_files_of_a_new_database_are_for_their_own_user_only(tmp_path: Path) -> None:
    settings = {"CALLCENTER_DATABASE_URL": f"sqlite:///{tmp_path / 'office.db'}"}
    command = [sys.executable, "-c", "from callcenter.cli import main; main()", "db", "upgrade"]
    subprocess.run(command, env={**os.environ, **settings}, check=True, umask=0o022)
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {"office.db": 0o600}
