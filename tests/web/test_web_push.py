"""The app on the telephone: it can be installed, says so without a connection, and each browser switches push on."""

import json
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select

from callcenter.access.records import AuditEvent, PushDevice
from callcenter.app import make_office
from callcenter.notify.push.keys import make_private_key, public_key_of
from callcenter.notify.to_consultant import chosen_ways
from callcenter.office import Office
from tests.support.push_service import Browser as Subscriber
from tests.web.conftest import LogIn, token_of
from tests.web.seed import CONSULTANT, LEAD
from tests.web.test_web_browser import a_page
from tests.web.test_web_browser import log_in as log_in_by_form

if TYPE_CHECKING:
    from playwright.sync_api import Browser

KEY = make_private_key()
ENDPOINT = "https://push.example.com/one"


@pytest.fixture
def office(office: Office) -> Office:
    """The office with a key for push messages."""
    keyed = office.settings.model_copy(update={"push_private_key": SecretStr(KEY)})
    return make_office(keyed, office.clock, office.engine)


def test_a_browser_is_switched_on_seen_and_removed(log_in: LogIn, office: Office) -> None:
    client, browser = log_in(CONSULTANT), Subscriber()
    page = client.get("/mijn/ik").text
    assert f'data-key="{public_key_of(KEY)}"' in page
    form = {"csrf_token": token_of(client, "/mijn/ik"), "endpoint": ENDPOINT, "p256dh": browser.p256dh}
    form |= {"auth": browser.auth}
    client.post("/mijn/ik/meldingen", data=form, headers={"User-Agent": "Chrome/131 (Linux; Android 14)"})
    assert "Chrome, Android" in client.get("/mijn/ik").text
    # The same browser once more, as another person at a shared computer would, is one subscription.
    client.post("/mijn/ik/meldingen", data=form)
    with office.sessions() as session:
        device_id = session.scalars(select(PushDevice.id)).one()
        assert chosen_ways(session, "CEM") == {"text": True, "mail": False, "push": True}
        said = session.scalars(select(AuditEvent.action).where(AuditEvent.actor == CONSULTANT)).all()
        assert {"push_on"} <= set(said)
        assert ENDPOINT not in json.dumps([event.detail for event in session.scalars(select(AuditEvent))])
    assert log_in(LEAD).post(f"/mijn/ik/meldingen/{device_id}", data={"csrf_token": "x"}).status_code == 400
    client.post(f"/mijn/ik/meldingen/{device_id}", data={"csrf_token": form["csrf_token"]})
    with office.sessions() as session:
        assert session.scalars(select(PushDevice.id)).all() == []


def test_an_address_inside_our_network_is_refused_in_words(log_in: LogIn, office: Office) -> None:
    client, browser = log_in(CONSULTANT), Subscriber()
    form = {"csrf_token": token_of(client, "/mijn/ik"), "endpoint": "https://10.0.0.7/x", "p256dh": browser.p256dh}
    answer = client.post("/mijn/ik/meldingen", data=form | {"auth": browser.auth})
    assert answer.status_code == 400
    assert "Dit is niet het adres van een pushdienst" in answer.text
    with office.sessions() as session:
        assert session.scalars(select(PushDevice.id)).all() == []


def test_ways_are_chosen_beside_the_kinds(log_in: LogIn, office: Office) -> None:
    client = log_in(CONSULTANT)
    form = {"csrf_token": token_of(client, "/mijn/ik"), "kind": ["new"], "ways": "1", "way": ["push"]}
    client.post("/mijn/berichten", data=form)
    with office.sessions() as session:
        assert chosen_ways(session, "CEM") == {"text": False, "mail": False, "push": True}


def test_the_manifest_and_the_worker_are_for_everybody_and_hold_nothing_of_anybody(app: Flask) -> None:
    client = app.test_client()
    manifest = client.get("/app.webmanifest")
    assert manifest.mimetype == "application/manifest+json"
    found = json.loads(manifest.data)
    assert (found["start_url"], found["display"], found["lang"]) == ("/mijn", "standalone", "nl")
    assert {icon["purpose"] for icon in found["icons"]} == {"any", "maskable"}
    for icon in found["icons"]:
        picture = client.get(icon["src"])
        assert picture.data.startswith(b"\x89PNG")
        width = int.from_bytes(picture.data[16:20], "big")
        assert icon["sizes"] == f"{width}x{width}"
    worker = client.get("/sw.js")
    assert worker.headers["Content-Security-Policy"].startswith("default-src 'none'; connect-src 'self'; ")


@pytest.mark.browser
def test_without_a_connection_the_telephone_says_so_and_keeps_no_page(
    browser: "Browser", address: str, office: Office
) -> None:
    with a_page(browser, 360) as page:
        log_in_by_form(page, address, CONSULTANT)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()
        page.context.set_offline(True)
        page.goto(f"{address}/mijn/diensten")
        assert "Geen verbinding" in page.inner_text("main")
        kept = page.evaluate(
            "caches.keys()"
            ".then((names) => Promise.all(names.map((name) => caches.open(name).then((one) => one.keys()))))"
            ".then((all) => all.flat().map((one) => new URL(one.url).pathname))"
        )
        assert sorted(kept) == ["/web/icons/192.png", "/web/offline.css", "/web/offline.html", "/web/offline.js"]
        page.context.set_offline(False)
        page.wait_for_selector("h1:has-text('Mijn diensten')")  # it loads again by itself
