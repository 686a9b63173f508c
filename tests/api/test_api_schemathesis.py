"""Schemathesis, which knows nothing of us but the OpenAPI document, finds no answer that the document does not hold."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from werkzeug.serving import make_server

from callcenter.access.tokens import create_token
from callcenter.app import make_app, make_office
from callcenter.clock import VirtualClock
from tests.support.soak import at_length
from tests.web.conftest import a_setting
from tests.web.seed import NOW, seed

# No schema says that a number is in use, that one day comes before another or that a cursor is of this list.
CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "412", "422"]
"""


@pytest.fixture
def served(engine: Engine) -> Iterator[tuple[str, str]]:
    """The address of an office with calls and callbacks, and the bearer token of a team lead."""
    office = make_office(a_setting(str(engine.url)), VirtualClock(NOW), engine)
    with office.sessions.begin() as session:
        seed(session)
        token = create_token(session, NOW, "lead")
    server = make_server("127.0.0.1", 0, make_app(office), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", token
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.soak
def test_schemathesis_finds_nothing(served: tuple[str, str], tmp_path: Path) -> None:
    address, token = served
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/api/v1/openapi.json"),
        *("--header", f"Authorization: Bearer {token}"),
        *("--checks", "all"),
        *("--max-examples", str(at_length(5, 200))),
        *("--seed", "1", "--generation-deterministic", "--workers", "1"),
        *("--request-timeout", "120", "--no-color"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
