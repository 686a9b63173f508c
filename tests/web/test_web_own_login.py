"""The page of the own login: another password, and the other sessions."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from callcenter.office import Office
from tests.web.conftest import LogIn, token_of
from tests.web.seed import CONSULTANT, LEAD, PASSWORD

NEW = "fiets kaas regenjas"


def change(client: FlaskClient, **typed: str) -> TestResponse:
    form = {"present": PASSWORD, "password": NEW, "again": NEW, "csrf_token": token_of(client, "/mijn-login"), **typed}
    return client.post("/mijn-login/wachtwoord", data=form)


def end_others(client: FlaskClient) -> TestResponse:
    return client.post("/mijn-login/sessies", data={"csrf_token": token_of(client, "/mijn-login")})


def enters(app: Flask, email: str, password: str) -> int:
    client = app.test_client()
    form = {"email": email, "password": password, "csrf_token": token_of(client, "/inloggen")}
    return client.post("/inloggen", data=form).status_code


def test_another_password_replaces_the_old_one_and_ends_the_other_sessions(app: Flask, log_in: LogIn) -> None:
    here, elsewhere, colleague = log_in(CONSULTANT), log_in(CONSULTANT), log_in(LEAD)
    assert here.get("/mijn-login").text.count("elders") == 1
    assert change(here).location == "/mijn-login"
    assert "Je hebt een nieuw wachtwoord" in here.get("/mijn-login").text
    assert elsewhere.get("/mijn").status_code == 302
    assert colleague.get("/mijn-login").status_code == 200
    assert (enters(app, CONSULTANT, PASSWORD), enters(app, CONSULTANT, NEW)) == (401, 303)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"present": "wrong"}, "Dit is niet je huidige wachtwoord"),
        ({"present": ""}, "Dit is niet je huidige wachtwoord"),
        ({"again": "something else"}, "De twee nieuwe wachtwoorden zijn niet gelijk"),
        ({"password": "kort", "again": "kort"}, "minstens 12 tekens"),
        ({"password": "welkom123456", "again": "welkom123456"}, "makkelijk te raden"),
        ({"password": CONSULTANT, "again": CONSULTANT}, "bevat niet het e-mailadres"),
        ({"password": PASSWORD, "again": PASSWORD}, "dat je al hebt"),
    ],
)
def test_what_is_refused_says_why_and_ends_nothing(log_in: LogIn, typed: dict[str, str], reason: str) -> None:
    here, elsewhere = log_in(CONSULTANT), log_in(CONSULTANT)
    answer = change(here, **typed)
    assert (answer.status_code, reason in answer.text) == (400, True)
    assert (here.get("/mijn").status_code, elsewhere.get("/mijn").status_code) == (200, 200)


def test_whoever_finds_an_open_browser_cannot_try_passwords_for_long(log_in: LogIn) -> None:
    here = log_in(CONSULTANT)
    assert [change(here, present="wrong").status_code for _ in range(6)] == [400] * 5 + [429]
    assert change(here).status_code == 429


def test_a_copy_of_the_own_cookie_is_refused_after_either(app: Flask, log_in: LogIn) -> None:
    here = log_in(CONSULTANT)
    for press in (change, end_others):
        thief = app.test_client()
        cookie = here.get_cookie("callcenter")
        assert cookie is not None
        thief.set_cookie("callcenter", cookie.value)
        assert thief.get("/mijn").status_code == 200
        assert press(here).status_code == 303
        assert (here.get("/mijn").status_code, thief.get("/mijn").status_code) == (200, 302)


def test_all_other_sessions_end_at_one_press(log_in: LogIn, office: Office) -> None:
    here, elsewhere, third = log_in(LEAD), log_in(LEAD), log_in(LEAD)
    assert end_others(here).location == "/mijn-login"
    assert "2 andere sessies zijn beëindigd" in here.get("/mijn-login").text
    assert [one.get("/").status_code for one in (elsewhere, third)] == [302, 302]


def test_the_page_asks_to_log_in(app: Flask) -> None:
    assert app.test_client().get("/mijn-login").status_code == 302
