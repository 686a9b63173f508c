"""Whoever gets a secret sees it once, in the answer itself: it is in no cookie. And a deed that is unknown is none."""

import re
from base64 import urlsafe_b64decode
from zlib import decompress

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from callcenter.access.records import ApiToken, AuditEvent, User
from callcenter.office import Office
from tests.web.conftest import LogIn, token_of
from tests.web.seed import ADMIN, CONSULTANT, LEAD, NOW, PASSWORD

SECRETS = {
    "a new login": (ADMIN, "/beheer", {"email": "els@rbl.example", "role": "lead"}),
    "a new password": (ADMIN, "/beheer/gebruiker", {"email": LEAD, "do": "password", "sure": "yes"}),
    "a token": (ADMIN, "/beheer/sleutels", {"name": "grafana", "role": "lead", "days": "365"}),
    "a calendar address": (CONSULTANT, "/mijn/agenda", {"do": "create"}),
}


def page_with_form(path: str) -> str:
    return "/mijn" if path.startswith("/mijn") else "/beheer"


def in_cookies(client: FlaskClient) -> str:
    """Everything readable in the browser's session cookie."""
    cookie = client.get_cookie("callcenter")
    assert cookie is not None
    packed = cookie.value.lstrip(".").partition(".")[0]
    data = urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    return (decompress(data) if cookie.value.startswith(".") else data).decode()


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_shown_in_the_answer_and_lies_in_no_cookie(log_in: LogIn, kind: str) -> None:
    who, path, form = SECRETS[kind]
    client = log_in(who)
    answer = client.post(path, data={**form, "csrf_token": token_of(client, page_with_form(path))})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    found = re.search(r'class="secret"><code>([^<]+)<', answer.text)
    assert found is not None
    assert len(found[1]) >= 19
    assert found[1] not in in_cookies(client) + str(answer.headers)
    assert found[1] not in client.get(page_with_form(path)).text


def test_an_owner_who_is_no_login_makes_no_token(log_in: LogIn, office: Office) -> None:
    admin = log_in(ADMIN)
    for owner in ("els", "0", "999"):
        form = {"name": owner, "role": "lead", "days": "30", "owner": owner, "csrf_token": token_of(admin, "/beheer")}
        assert admin.post("/beheer/sleutels", data=form).status_code == 400
    with office.sessions() as session:
        assert session.scalars(select(ApiToken)).all() == []


def test_the_password_that_was_shown_works(app: Flask, log_in: LogIn) -> None:
    admin = log_in(ADMIN)
    form = {"email": LEAD, "do": "password", "sure": "yes", "csrf_token": token_of(admin, "/beheer")}
    shown = re.search(r"<code>([^<]+)<", admin.post("/beheer/gebruiker", data=form).text)
    assert shown is not None
    client = app.test_client()
    typed = {"email": LEAD, "password": shown[1], "csrf_token": token_of(client, "/inloggen")}
    assert client.post("/inloggen", data=typed).status_code == 303


@pytest.mark.parametrize(
    ("who", "path", "form"),
    [
        (ADMIN, "/beheer/gebruiker", {"email": LEAD, "do": "typo"}),
        (ADMIN, "/beheer/gebruiker", {"email": LEAD}),
        (ADMIN, "/beheer/gebruiker", {"email": LEAD, "do": "Disable"}),
        (ADMIN, "/beheer/sleutels", {"name": "x", "role": "lead"}),
        (ADMIN, "/beheer/sleutels", {"name": "x", "role": "lead", "days": "1000"}),
        (ADMIN, "/beheer/sleutels", {"name": "x", "role": "lead", "days": "30", "owner": "77"}),
        (ADMIN, "/beheer/geblokkeerd", {"number": "0786140001", "reason": "x", "days": "typo"}),
        (CONSULTANT, "/mijn/agenda", {"do": "typo"}),
        (CONSULTANT, "/mijn/agenda", {}),
    ],
)
def test_a_deed_that_is_unknown_is_none(
    log_in: LogIn, office: Office, who: str, path: str, form: dict[str, str]
) -> None:
    def stored() -> list[object]:
        with office.sessions() as session:
            users = session.execute(select(User.password_hash, User.disabled_at).order_by(User.id)).all()
            return [*users, *session.scalars(select(AuditEvent.action).where(AuditEvent.action != "login"))]

    client = log_in(who)
    before = stored()
    answer = client.post(path, data={**form, "csrf_token": token_of(client, page_with_form(path))})
    assert answer.status_code == 400
    assert stored() == before


def test_administrators_cannot_take_their_own_login_away_however_they_spell_it(log_in: LogIn) -> None:
    client = log_in(ADMIN)
    form = {"email": f" {ADMIN.upper()} ", "do": "disable", "csrf_token": token_of(client, "/beheer")}
    assert client.post("/beheer/gebruiker", data=form).status_code == 400
    assert client.get("/beheer").status_code == 200


def test_taking_a_login_away_on_the_page_says_which_tokens_go_on(log_in: LogIn, office: Office) -> None:
    with office.sessions.begin() as session:
        session.execute(select(User)).all()
        lead = session.scalars(select(User).where(User.email == LEAD)).one()
        lead.role = "admin"
    other, admin = log_in(LEAD), log_in(ADMIN)
    form = {"name": "grafana", "role": "lead", "days": "0", "csrf_token": token_of(other, "/beheer")}
    assert other.post("/beheer/sleutels", data=form).status_code == 200
    form = {"email": LEAD, "do": "disable", "sure": "yes", "csrf_token": token_of(admin, "/beheer")}
    told = admin.post("/beheer/gebruiker", data=form, follow_redirects=True).text
    assert "blijven werken: grafana" in told
    assert other.get("/beheer").status_code == 302
    assert f"gemaakt door {LEAD}, van wie de toegang is afgenomen" in admin.get("/beheer/sleutels").text


def test_the_page_unlocks_a_login(app: Flask, log_in: LogIn, office: Office) -> None:
    from callcenter.access.allowances import take
    from callcenter.access.lockout import ACCOUNT
    from callcenter.access.sources import user_key

    with office.sessions.begin() as session:
        lead = session.scalars(select(User.id).where(User.email == LEAD)).one()
        for _ in range(ACCOUNT.burst):
            take(session, user_key(lead), ACCOUNT, NOW)
    admin, stranger = log_in(ADMIN), app.test_client()
    form = {"email": LEAD, "password": PASSWORD, "csrf_token": token_of(stranger, "/inloggen")}
    assert stranger.post("/inloggen", data=form).status_code == 429
    assert "te veel verkeerde wachtwoorden, tot 10.10" in admin.get("/beheer").text
    admin.post("/beheer/gebruiker", data={"email": LEAD, "do": "unlock", "csrf_token": token_of(admin, "/beheer")})
    assert stranger.post("/inloggen", data=form).status_code == 303
