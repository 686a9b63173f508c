"""The first page is in the browser's language, until somebody chooses one."""

from flask import Flask

from tests.web.conftest import LogIn, token_of
from tests.web.seed import LEAD, Seeded


def test_the_browser_s_language_holds_until_another_is_chosen(app: Flask) -> None:
    english = {"Accept-Language": "en-GB,en;q=0.9"}
    client = app.test_client()
    assert '<html lang="nl">' in client.get("/inloggen").text
    assert '<html lang="nl">' in client.get("/inloggen", headers={"Accept-Language": "de"}).text
    assert '<html lang="en">' in client.get("/inloggen", headers=english).text
    client.post("/taal", data={"locale": "nl", "csrf_token": token_of(client, "/inloggen")})
    assert '<html lang="nl">' in client.get("/inloggen", headers=english).text


def test_what_a_login_chose_counts_for_more_than_the_browser(log_in: LogIn) -> None:
    lead = log_in(LEAD)
    lead.post("/taal", data={"locale": "nl", "csrf_token": token_of(lead, "/mijn-login")})
    other = log_in(LEAD)
    assert '<html lang="nl">' in other.get("/", headers={"Accept-Language": "en"}).text


def test_a_caller_reads_the_question_in_the_language_of_the_telephone(app: Flask, seeded: Seeded) -> None:
    page = app.test_client().get(f"/vraag/{seeded.asked}", headers={"Accept-Language": "en-US,en"}).text
    assert "Was the RBL easy to reach for you?" in page
