"""A browser keeps a stylesheet until it changes: its address then names another version."""

import os
import re
from pathlib import Path

from flask import Blueprint, Flask, url_for
from flask.testing import FlaskClient

from callcenter.web import static_files


def _address(client: FlaskClient, name: str) -> str:
    found = re.search(rf'href="([^"]*{name}[^"]*)"', client.get("/inloggen").text)
    assert found
    return found[1]


def test_a_browser_keeps_what_it_asked_for_by_version(app: Flask) -> None:
    client = app.test_client()
    for name in ("tokens.css", "bootstrap.min.css", "icon.svg"):
        answer = client.get(_address(client, name))
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    # The page for an internal error knows no version.
    assert client.get("/web/tokens.css").headers["Cache-Control"] == "no-cache"
    assert "immutable" not in client.get("/web/nothing.css?v=1").headers.get("Cache-Control", "")


def test_another_content_has_another_address(tmp_path: Path) -> None:
    app = Flask(__name__)
    static_files.set_up(app)
    app.register_blueprint(Blueprint("parts", __name__, static_folder=tmp_path, static_url_path="/parts"))
    addresses = set()
    for second, content in enumerate(("a { }", "b { }", "a { }")):
        (tmp_path / "one.css").write_text(content)
        os.utime(tmp_path / "one.css", (second, second))
        with app.test_request_context():
            addresses.add(url_for("parts.static", filename="one.css"))
            assert url_for("parts.static", filename="nothing.css") == "/parts/nothing.css"
    assert len(addresses) == 2
