"""The log-in page: who gets in, and which page follows."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from callcenter.access.allowances import take
from callcenter.access.hash_slots import HashSlots
from callcenter.access.lockout import ACCOUNT
from callcenter.access.records import User
from callcenter.access.sources import user_key
from callcenter.access.users import disable_user, set_password
from callcenter.clock import VirtualClock
from callcenter.office import Office
from tests.web.conftest import LogIn, token_of
from tests.web.seed import ADMIN, CONSULTANT, LEAD, NOW, PASSWORD


def test_whoever_is_not_logged_in_sees_the_log_in_page_and_everything_it_loads_is_ours(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/", follow_redirects=True)
    assert answer.status_code == 200
    assert "Inloggen" in answer.text
    assets = re.findall(r'(?:src|href)="(/[^"]+\.(?:css|js|svg)(?:\?[^"]*)?)"', answer.text)
    assert len(assets) >= 4
    assert {client.get(asset).status_code for asset in assets} == {200}
    assert not re.search(r'(?:src|href)="https?://', answer.text)


def test_a_lead_lands_on_the_board_and_a_consultant_on_the_own_page(log_in: LogIn) -> None:
    assert log_in(LEAD).get("/inloggen").location == "/"
    assert log_in(CONSULTANT).get("/inloggen").location == "/mijn"
    assert log_in(CONSULTANT).get("/").location == "/mijn"


def test_a_wrong_password_is_refused_without_telling_whether_the_address_exists(app: Flask) -> None:
    client = app.test_client()
    pages = []
    for email in (LEAD, "nobody@rbl.example"):
        token = token_of(client, "/inloggen")
        answer = client.post("/inloggen", data={"email": email, "password": "wrong", "csrf_token": token})
        assert answer.status_code == 401
        pages += re.findall(r'role="alert">([^<]+)', answer.text)
    assert len(pages) == 2
    assert pages[0] == pages[1]


def knock(client: FlaskClient, email: str, password: str, **more: str) -> TestResponse:
    """One press of the button of the log-in page."""
    token = token_of(client, "/inloggen")
    return client.post("/inloggen", data={"email": email, "password": password, "csrf_token": token, **more})


def test_after_five_wrong_passwords_every_address_answers_alike_and_says_how_long(app: Flask, office: Office) -> None:
    assert isinstance(office.clock, VirtualClock)
    with office.sessions.begin() as session:
        disable_user(session, NOW, ADMIN)
    shown = []
    for host, email in enumerate((LEAD, "nobody@rbl.example", ADMIN)):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{host}"
        answers = [knock(client, email, "wrong") for _ in range(6)]
        alerts = [re.findall(r'role="alert">([^<]+)', answer.text) for answer in answers]
        waits = [answer.headers.get("Retry-After") for answer in answers]
        shown.append(list(zip([answer.status_code for answer in answers], waits, alerts, strict=True)))
    assert shown[0] == shown[1] == shown[2]
    assert [status for status, *_ in shown[0]] == [401] * 4 + [429] * 2
    assert shown[0][5][1] == "600"
    assert "Probeer het over 10 minuten opnieuw" in shown[0][5][2][0]
    client = app.test_client()
    assert knock(client, LEAD, PASSWORD).status_code == 429
    office.clock.advance(545)
    assert "Probeer het over een minuut opnieuw" in knock(client, LEAD, PASSWORD).text
    office.clock.advance(55)
    assert knock(client, LEAD, PASSWORD).status_code == 303


def test_a_stranger_cannot_keep_anybody_out_of_the_own_browser(app: Flask, log_in: LogIn, office: Office) -> None:
    own = log_in(ADMIN)
    own.post("/uitloggen", data={"csrf_token": token_of(own, "/beheer")})
    with office.sessions.begin() as session:
        admin = session.scalars(select(User.id).where(User.email == ADMIN)).one()
        for _ in range(ACCOUNT.burst):
            take(session, user_key(admin), ACCOUNT, NOW)
    assert knock(app.test_client(), ADMIN, PASSWORD).status_code == 429
    assert knock(own, ADMIN, "wrong").status_code == 401
    assert knock(own, ADMIN, PASSWORD).status_code == 303


def test_while_too_many_passwords_are_checked_others_are_asked_to_come_back(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    slots = HashSlots(at_once=1, waiting=0)
    monkeypatch.setattr("callcenter.access.logins.slots", slots)
    client = app.test_client()
    with slots.turn():
        answer = knock(client, LEAD, PASSWORD)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "Er loggen nu veel mensen tegelijk in" in answer.text
    assert knock(client, LEAD, PASSWORD).status_code == 303


def test_a_login_that_is_taken_away_ends_at_the_next_page(log_in: LogIn, office: Office) -> None:
    client = log_in(LEAD)
    assert client.get("/").status_code == 200
    with office.sessions.begin() as session:
        disable_user(session, NOW, LEAD)
    assert client.get("/").location == "/inloggen"


def test_a_new_password_ends_the_sessions_of_the_old_one(log_in: LogIn, office: Office) -> None:
    client = log_in(LEAD)
    with office.sessions.begin() as session:
        set_password(session, LEAD, "een-ander-wachtwoord")
    assert client.get("/").location == "/inloggen"


def test_the_link_of_a_text_message_opens_after_logging_in(app: Flask) -> None:
    client = app.test_client()
    asked = client.get("/mijn/terugbellen/1").location
    token = token_of(client, asked)
    form = {"email": CONSULTANT, "password": PASSWORD, "csrf_token": token, "next": "/mijn/terugbellen/1"}
    assert client.post("/inloggen", data=form).location == "/mijn/terugbellen/1"


def test_nobody_is_sent_to_another_site_by_a_link_to_the_log_in_page(app: Flask) -> None:
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        client = app.test_client()
        token = token_of(client, "/inloggen")
        form = {"email": LEAD, "password": PASSWORD, "csrf_token": token, "next": elsewhere}
        assert client.post("/inloggen", data=form).location == "/"


def test_a_forged_referer_leads_to_no_other_site(log_in: LogIn) -> None:
    client = log_in(CONSULTANT)
    token = token_of(client, "/mijn")
    for path in ("//evil.example/x", "/\\evil.example/", "//evil.example", "/x\t//evil.example", "///evil.example"):
        form = {"state": "typo", "csrf_token": token}
        answer = client.post("/mijn/aanwezigheid", data=form, headers={"Referer": f"http://localhost{path}"})
        assert "evil" not in answer.headers.get("Location", "").partition("/x")[0]
        assert answer.status_code in (303, 400)
    for referer in ("http://[", "http://localhost:x/", "http://localhost@evil.example/"):
        answer = client.post("/mijn/aanwezigheid", data=form, headers={"Referer": referer})
        assert (answer.status_code, answer.headers.get("Location")) == (400, None)


def test_a_form_from_elsewhere_is_refused(log_in: LogIn) -> None:
    answer = log_in(CONSULTANT).post("/mijn/aanwezigheid", data={"state": "busy"})
    assert answer.status_code == 400


def test_each_role_sees_its_own_pages_only(log_in: LogIn) -> None:
    everything = ("/oproepen", "/terugbellen", "/cijfers", "/scholen", "/rooster/versies")
    consultant, lead, admin = log_in(CONSULTANT), log_in(LEAD), log_in(ADMIN)
    assert [consultant.get(path).status_code for path in everything] == [403] * 5
    assert [lead.get(path).status_code for path in everything] == [200] * 5
    assert [who.get("/beheer").status_code for who in (consultant, lead, admin)] == [403, 403, 200]
    assert consultant.get("/rooster").status_code == 200


def test_the_switch_of_language_stays_with_the_login(log_in: LogIn) -> None:
    client = log_in(LEAD)
    assert "Uitloggen" in client.get("/").text
    client.post("/taal", data={"locale": "en", "csrf_token": token_of(client, "/")})
    assert "Log out" in client.get("/").text
    assert '<html lang="en">' in log_in(LEAD).get("/").text


def test_no_page_may_run_scripts_from_elsewhere_or_stay_in_a_cache(log_in: LogIn) -> None:
    headers = log_in(LEAD).get("/").headers
    assert "script-src 'self';" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_the_cookie_is_for_https_at_the_public_address_and_hidden_from_scripts(app: Flask) -> None:
    inside = app.test_client().get("/inloggen", base_url="http://127.0.0.1:8000")
    assert "Secure" not in inside.headers["Set-Cookie"]
    behind_a_proxy = app.test_client().get("/inloggen", base_url="http://callcenter.example.nl")
    assert "Secure" in behind_a_proxy.headers["Set-Cookie"]
    public = app.test_client().get("/inloggen", base_url="https://callcenter.example.nl")
    assert "Secure" in public.headers["Set-Cookie"]
    assert "HttpOnly" in public.headers["Set-Cookie"]
    assert "SameSite=Lax" in public.headers["Set-Cookie"]
    assert inside.headers["Set-Cookie"].startswith("callcenter=")
    assert public.headers["Set-Cookie"].startswith("__Host-callcenter=")
    assert "Path=/" in public.headers["Set-Cookie"]
    assert "Domain" not in public.headers["Set-Cookie"]


def test_the_demos_ready_made_logins_stand_on_the_log_in_page(app: Flask) -> None:
    app.config["DEMO_LOGINS"] = [{"email": LEAD, "password": PASSWORD, "role": "lead"}]
    assert "Inloggen als teamleider" in app.test_client().get("/inloggen").text


def test_leaving_ends_the_session(log_in: LogIn) -> None:
    client = log_in(LEAD)
    answer = client.post("/uitloggen", data={"csrf_token": token_of(client, "/")})
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get("/").status_code == 302
