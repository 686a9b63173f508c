"""`callcenter doctor` sees the certificate of the public address as Twilio does: accepted or not, and until when."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from callcenter.clock import SystemClock
from callcenter.doctor.findings import as_line
from callcenter.doctor.of_settings import certificate
from callcenter.settings import Settings
from tests.support.missing import missing

DAYS = 10


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of `localhost` for ten days that nobody trusts, and its key."""
    if shutil.which("openssl") is None:
        missing("openssl")
    folder = tmp_path_factory.mktemp("certificate")
    shown, key = folder / "shown.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost"
    options = ["-addext", "subjectAltName=DNS:localhost", "-days", str(DAYS), "-out", str(shown), "-keyout", str(key)]
    subprocess.run([*command.split(), *options], check=True, capture_output=True)
    return shown, key


@pytest.fixture
def port(pair: tuple[Path, Path]) -> Iterator[int]:
    """A server that shows the certificate to everybody who connects."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()  # the client did not accept the certificate

    thread = threading.Thread(target=serve)
    thread.start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


def told(port: int, later: timedelta = timedelta(0)) -> str:
    settings = Settings(
        CALLCENTER_PUBLIC_URL=f"https://localhost:{port}",
        CALLCENTER_SECRET_KEY="only-for-these-tests",
        TWILIO_ACCOUNT_SID="AC" + "5" * 32,
        TWILIO_AUTH_TOKEN="only-for-these-tests",
        _env_file=None,
    )
    (finding,) = certificate(settings, SystemClock().now() + later)
    return as_line(finding)


def test_one_that_nobody_trusts_is_a_fault(port: int) -> None:
    assert told(port).startswith("FAULT   certificate: that of localhost is not accepted (self-signed certificate)")


@pytest.mark.parametrize(("days_on", "level"), [(0, "WARNING"), (DAYS - 2, "FAULT"), (-5, "ok")])
def test_one_that_ends_soon_is_told_in_time(
    port: int, pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, days_on: int, level: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pair[0]))
    assert told(port, timedelta(days=days_on)).startswith(
        f"{level:<7} certificate: the certificate of localhost ends on"
    )


def test_an_address_without_a_server_is_a_fault() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = probe.getsockname()[1]
    assert told(nobody).startswith("FAULT   certificate: localhost cannot be reached (ConnectionRefusedError)")
