"""Every answer of the server says what a browser may do with it: pages, files, API, webhooks, sounds and errors."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from callcenter.app import make_app, make_office
from callcenter.clock import VirtualClock
from callcenter.office import Office
from callcenter.standin.twilio.signing import signature
from callcenter.telephony.records import PromptAudio
from tests.web.conftest import LogIn, a_setting
from tests.web.seed import ADMIN, NOW

PUBLIC = "https://callcenter.example.nl"
# No webhook refuses this one's signature, so its answer is a document.
TO_US = {
    "CallSid": "CA1",
    "AccountSid": "AC00000000000000000000000000000001",
    "From": "+31612345678",
    "To": "+31858880000",
}


def addresses(app: Flask) -> list[tuple[str, str]]:
    """Method and address of every route, its variable parts filled in; addresses that exist and ones that do not."""
    found = [
        (method, re.sub(r"<[^>]+>", "1", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS"})
    ]
    more = [
        "/web/callcenter.css",
        "/bootstrap/css/bootstrap.min.css",
        "/nothing",
        "/api/v1/nothing",
        "/webhooks/nothing",
    ]
    more += ["/audio/ringing-3.wav", "/terugbellen/1", "/api/v1/callbacks/0"]
    return found + [("GET", path) for path in more] + [("DELETE", "/inloggen"), ("DELETE", "/api/v1/calls")]


def bare(client: FlaskClient, app: Flask, base_url: str) -> list[str]:
    """The addresses whose answers lack a header, or have one that they should not have."""
    wrong = []
    for method, path in addresses(app):
        answer = client.open(path, method=method, base_url=base_url)
        policy = answer.headers.get("Content-Security-Policy", "")
        page = answer.mimetype == "text/html"
        holds = (
            answer.headers.get("X-Content-Type-Options") == "nosniff"
            and "default-src 'none'" in policy
            and "frame-ancestors 'none'" in policy
            and page == ("script-src 'self'" in policy)
            # A worker runs with the origin that a sandbox would take away.
            and (page or path == "/sw.js") != ("sandbox" in policy)
            and "unsafe" not in policy
            and ("Strict-Transport-Security" in answer.headers) == base_url.startswith("https")
        )
        if not holds:
            wrong.append(f"{method} {path} {answer.status_code} {dict(answer.headers)}")
    return wrong


def test_every_answer_to_a_stranger_is_hardened(app: Flask) -> None:
    assert bare(app.test_client(), app, PUBLIC) == []


def test_every_answer_to_who_is_logged_in_is_hardened_and_http_to_the_loopback_promises_no_https(
    app: Flask, log_in: LogIn
) -> None:
    assert bare(log_in(ADMIN), app, "http://localhost") == []


def test_https_is_promised_for_at_least_a_year(app: Flask) -> None:
    promised = app.test_client().get("/healthz", base_url=PUBLIC).headers["Strict-Transport-Security"]
    assert int(re.fullmatch(r"max-age=(\d+)", promised)[1]) >= 365 * 86400  # type: ignore[index]


def test_behind_a_proxy_the_host_shows_that_the_visitor_came_by_https(app: Flask) -> None:
    answer = app.test_client().get("/healthz", base_url="http://callcenter.example.nl")
    assert "Strict-Transport-Security" in answer.headers


def test_an_installation_without_https_promises_none(office: Office) -> None:
    settings = a_setting(str(office.engine.url)).model_copy(update={"public_url": "http://callcenter.example.nl"})
    app = make_app(make_office(settings, VirtualClock(NOW), office.engine))
    assert "Strict-Transport-Security" not in app.test_client().get("/healthz", base_url=PUBLIC).headers


def test_a_document_for_twilio_is_hardened_too(app: Flask, office: Office) -> None:
    token = office.settings.twilio_auth_token.get_secret_value()
    signed = signature(token, f"{PUBLIC}/webhooks/voice", TO_US)
    document = app.test_client().post("/webhooks/voice", data=TO_US, headers={"X-Twilio-Signature": signed})
    assert document.status_code == 200
    assert document.headers["X-Content-Type-Options"] == "nosniff"


def test_an_internal_error_is_hardened_too(app: Flask) -> None:
    app.add_url_rule("/breaks", "breaks", lambda: str(1 // 0))
    failed = app.test_client().get("/breaks")
    assert failed.status_code == 500
    assert failed.headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self'" in failed.headers["Content-Security-Policy"]


@pytest.mark.parametrize("stored_as", ["text/html", "image/svg+xml", "audio/wav"])
def test_markup_that_was_stored_as_a_sound_is_never_shown_as_a_page(office: Office, app: Flask, stored_as: str) -> None:
    with office.sessions.begin() as session:
        session.add(
            PromptAudio(
                key="goodbye",
                language="nl",
                content_type=stored_as,
                etag="1",
                audio=b"RIFF<script>alert(1)</script>",
                uploaded_at=NOW,
                uploaded_by="somebody",
            )
        )
    answer = app.test_client().get("/audio/prompts/goodbye.nl")
    assert answer.status_code == 200
    assert answer.mimetype in ("application/octet-stream", "audio/wav")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")
