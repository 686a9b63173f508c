"""Fixtures of the page tests: the whole app on a seeded database, a visitor who is logged in, and a real port."""

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.serving import make_server

from callcenter.app import make_app, make_office
from callcenter.clock import VirtualClock
from callcenter.office import Office
from callcenter.settings import Settings
from callcenter.storage.engine import make_engine, make_sessions
from tests.web.seed import NOW, PASSWORD, Seeded, seed

LogIn = Callable[[str], FlaskClient]


def a_setting(database_url: str) -> Settings:
    """The settings of an office on this database."""
    return Settings.model_validate(
        {
            "CALLCENTER_DATABASE_URL": database_url,
            "CALLCENTER_PUBLIC_URL": "https://callcenter.example.nl",
            "CALLCENTER_SECRET_KEY": "a-key-for-tests-only-0123456789",
            "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001",
            "TWILIO_AUTH_TOKEN": "0" * 32,
        }
    )


@pytest.fixture(scope="session")
def furnished(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Seeded]:
    """A database file with the seeded office in it, made once and then copied."""
    path = tmp_path_factory.mktemp("office") / "furnished.db"
    shutil.copyfile(sqlite_template, path)
    engine = make_engine(f"sqlite:///{path}", durable=False)
    with make_sessions(engine).begin() as session:
        ids = seed(session)
    # The last connection that closes writes the write-ahead log into the file.
    engine.dispose()
    return path, ids


@pytest.fixture
def office(furnished: tuple[Path, Seeded], tmp_path: Path, open_engine: Callable[[str], Engine]) -> Office:
    """An office at ten o'clock on a Tuesday morning."""
    shutil.copyfile(furnished[0], tmp_path / "office.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'office.db'}")
    return make_office(a_setting(str(engine.url)), VirtualClock(NOW), engine)


@pytest.fixture
def seeded(furnished: tuple[Path, Seeded]) -> Seeded:
    """The ids of the seeded rows."""
    return furnished[1]


@pytest.fixture
def app(office: Office) -> Flask:
    """The whole app."""
    return make_app(office)


@pytest.fixture
def log_in(app: Flask) -> LogIn:
    """Logs somebody in through the log-in form, each time with a new client."""

    def visit(email: str) -> FlaskClient:
        client = app.test_client()
        answer = client.post(
            "/inloggen", data={"email": email, "password": PASSWORD, "csrf_token": token_of(client, "/inloggen")}
        )
        assert answer.status_code == 303
        return client

    return visit


def token_of(client: FlaskClient, path: str) -> str:
    """The CSRF token on a page."""
    page = client.get(path).text
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The app on a real port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
