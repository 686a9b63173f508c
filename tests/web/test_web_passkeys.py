"""A passkey on the telephone: it leads to the callback in two taps, once for each answer, and ends with the login."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from sqlalchemy import select

from callcenter.access.local_passwords import PASSKEY, may_go_on, takes_passkey
from callcenter.access.passkeys.records import Passkey
from callcenter.access.passkeys.stored import take_answer
from callcenter.access.records import AuditEvent, LoginSession
from callcenter.access.taking_away import take_away
from callcenter.clock import VirtualClock
from callcenter.office import Office
from tests.web.conftest import LogIn, token_of
from tests.web.seed import CONSULTANT, NOW, Seeded
from tests.web.test_web_browser import a_page
from tests.web.test_web_browser import log_in as log_in_by_form

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def _a_telephone(page: "Page") -> Any:
    """A device that holds passkeys and knows its person. Returns its connection."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options = device | {"isUserVerified": True, "automaticPresenceSimulation": True}
    return devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def _sends(app: Flask, address: str, cookies: dict[str, str], form: dict[str, str]) -> int:
    client = app.test_client()
    for name, value in cookies.items():
        client.set_cookie(name, value, domain="localhost")
    return client.post("/inloggen/passkey", data=form, base_url=address).status_code


@pytest.mark.browser
def test_a_link_leads_to_the_callback_in_two_taps_and_no_answer_counts_twice(
    browser: "Browser", address: str, app: Flask, office: Office, seeded: Seeded
) -> None:
    here = address.replace("127.0.0.1", "localhost")  # passkeys are for names
    with a_page(browser, 360) as page:
        _a_telephone(page)
        log_in_by_form(page, here, CONSULTANT)
        page.goto(f"{here}/mijn-login")
        page.click("#passkey-make button")
        page.wait_for_selector("text=Vanaf nu logt dit apparaat je in zonder wachtwoord.")
        page.context.clear_cookies()

        page.goto(f"{here}/mijn/terugbellen/{seeded.heard}")
        page.click("#passkey-use button")
        page.wait_for_selector("text=obs De Wegwijzer")

        page.context.clear_cookies()
        page.goto(f"{here}/inloggen")
        page.evaluate("HTMLFormElement.prototype.submit = () => document.body.setAttribute('data-signed', '')")
        page.click("#passkey-use button")
        page.wait_for_selector("[data-signed]")
        copied = {one["name"]: one["value"] for one in page.context.cookies()}
        fields = "form => Object.fromEntries(new FormData(form))"
        form = page.eval_on_selector("#passkey-use", fields)

    # Whoever copied the answer and the cookies is not let in once more.
    assert [_sends(app, here, copied, form) for _ in range(2)] == [303, 401]
    with office.sessions() as session:
        passkey = session.scalars(select(Passkey)).one()
        assert passkey.used_at == NOW
        # The link was followed on a telephone, which stays logged in unless somebody says otherwise.
        began = select(LoginSession.stay).where(LoginSession.how == PASSKEY).order_by(LoginSession.id)
        assert session.scalars(began).all() == [True, False]
        assert "passkey_made" in session.scalars(select(AuditEvent.action)).all()
    with office.sessions.begin() as session:
        take_away(session, NOW, CONSULTANT)
    with office.sessions() as session:
        assert session.scalars(select(Passkey)).all() == []


def test_an_answer_is_taken_once(office: Office) -> None:
    with office.sessions.begin() as session:
        made = Passkey(
            user_id=1, credential_hash="a", credential_id="a", public_key="", sign_count=0, name="?", created_at=NOW
        )
        session.add(made)
        session.flush()
        assert take_answer(session, NOW, made.id, b"one", 1)
        assert not take_answer(session, NOW, made.id, b"one", 1)
        assert take_answer(session, NOW, made.id, b"two", 2)


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"id": "unknown"}', '{"id": 7}', "x" * 30_000])
def test_what_is_no_answer_lets_nobody_in(app: Flask, answer: str) -> None:
    client = app.test_client()
    token = token_of(client, "/inloggen")
    assert client.get("/inloggen/passkey").json["userVerification"] == "required"  # type: ignore[index]
    refused = client.post("/inloggen/passkey", data={"csrf_token": token, "answer": answer})
    assert refused.status_code == 401
    assert "Deze passkey logde je niet in." in refused.text
    # Without a question that was asked in this browser, too.
    assert client.post("/inloggen/passkey", data={"csrf_token": token, "answer": answer}).status_code == 401


def test_a_page_that_was_left_open_makes_none(log_in: LogIn, office: Office) -> None:
    client = log_in(CONSULTANT)
    assert client.get("/mijn-login/passkey").json["rp"]["name"] == "callcenter"  # type: ignore[index]
    token = token_of(client, "/mijn-login")
    forged = {"csrf_token": token, "answer": "{}"}
    assert "Deze passkey kan hier niet" in client.post("/mijn-login/passkey", data=forged).text
    assert isinstance(office.clock, VirtualClock)
    office.clock.advance(timedelta(minutes=16).total_seconds())
    assert client.get("/mijn-login/passkey").status_code == 409
    assert "Log eerst uit" in client.get("/mijn-login").text
    assert client.post("/mijn-login/passkey", data=forged).status_code == 400


def test_it_counts_as_the_second_factor_but_not_instead_of_the_office_account() -> None:
    assert may_go_on(PASSKEY, "lead", "on", "required")
    assert takes_passkey("lead", "on")
    assert takes_passkey("admin", "admins")
    for role, passwords in (("consultant", "admins"), ("admin", "off"), ("none", "on")):
        assert not takes_passkey(role, passwords)
        assert not may_go_on(PASSKEY, role, passwords, "optional")
