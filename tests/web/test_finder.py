"""The search over everything: who finds what, by which words, and what is never told to whom."""

import logging
import re
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from callcenter.app import make_app, make_office
from callcenter.clock import VirtualClock
from callcenter.office import Office
from tests.web.conftest import LogIn, a_setting, token_of
from tests.web.seed import ADMIN, CONSULTANT, LEAD, NOW, PASSWORD, Seeded, a_callback, seed


def found(page: str) -> dict[str, str]:
    """The address of everything that was found, with its text."""
    list_of = page.partition('<div class="found"')[2]
    links = re.findall(r'<li><a href="([^"]*)">(.*?)</a></li>', list_of, re.S)
    return {unescape(address): " ".join(re.sub(r"<[^>]*>", "", text).split()) for address, text in links}


def look(client: FlaskClient, text: str) -> dict[str, str]:
    answer = client.get("/zoeken", query_string={"q": text})
    assert answer.status_code == 200
    return found(answer.text)


@pytest.fixture
def lead(engine: Engine) -> tuple[FlaskClient, Seeded]:
    """A lead, on each database."""
    office = make_office(a_setting(str(engine.url)), VirtualClock(NOW), engine)
    with office.sessions.begin() as session:
        ids = seed(session)
    client = make_app(office).test_client()
    form = {"email": LEAD, "password": PASSWORD, "csrf_token": token_of(client, "/inloggen")}
    assert client.post("/inloggen", data=form).status_code == 303
    return client, ids


def test_a_lead_finds_each_kind(lead: tuple[FlaskClient, Seeded]) -> None:
    client, ids = lead
    by_name = look(client, "wegwijzer")
    assert by_name["/scholen/05WE00"] == "obs De Wegwijzer Dordrecht · 05WE00"
    assert [address for address in by_name if address.startswith("/oproepen/")]
    assert f"/terugbellen/{ids.heard}" in by_name
    assert "/scholen/14IX00" in look(client, "14ix")
    assert "/scholen/09MO00" in look(client, "gorinchem verrek")
    for number in ("0786130001", "+31 78 613 00 01", "078-613 000"):
        by_number = look(client, number)
        assert "/scholen/05WE00" in by_number
        assert f"/terugbellen/{ids.heard}" in by_number
        assert [address for address in by_number if re.fullmatch(r"/oproepen/\d+", address)]
    assert f"/oproepen/{ids.missed}" in look(client, str(ids.missed))
    assert look(client, "aisha") == {"/rooster?who=AIS#why": "Aïsha Siddiqi AIS"}
    assert look(client, "cijf") == {"/cijfers": "Cijfers", "/cijfers/uitleg": "Wat betekenen de cijfers?"}
    # Odd words find nothing, and fail nothing.
    for odd in ("%", "_", "' OR 1=1 --", "0" * 99, "ÿ" * 500, "#", "99999999999999999999", "-1"):
        assert not [address for address in look(client, odd) if address.startswith(("/oproepen/", "/terugbellen/"))]


def test_a_consultant_finds_own_callbacks_colleagues_and_own_pages_only(
    log_in: LogIn, office: Office, seeded: Seeded
) -> None:
    with office.sessions.begin() as session:
        session.add(
            a_callback(NOW, timedelta(hours=2), "BRA", None, number="+31786130009", caller_name="obs Wegwijzer")
        )
    client = log_in(CONSULTANT)
    assert list(look(client, "wegwijzer")) == list(look(client, "0786130001")) == [f"/mijn/terugbellen/{seeded.heard}"]
    assert look(client, "insula") == look(client, str(seeded.missed)) == look(client, "gorinchem") == {}
    assert look(client, "aisha") == {"/rooster#who-AIS": "Aïsha Siddiqi AIS"}
    assert list(look(client, "rooster")) == ["/rooster"]
    assert set(look(client, "")) == {"/mijn", "/rooster"}
    # All that is found can be opened.
    for address in ("/mijn", "/rooster", f"/mijn/terugbellen/{seeded.heard}"):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("email", [LEAD, ADMIN, CONSULTANT])
def test_every_page_that_is_found_opens(log_in: LogIn, email: str) -> None:
    client = log_in(email)
    named = {address for letter in "abcdefghijklmnoprstuvw" for address in look(client, letter)}
    pages = [address for address in named if not re.search(r"\d", address)]
    assert len(pages) >= 3
    assert {client.get(address.partition("#")[0]).status_code for address in pages} == {200}


def test_the_window_gets_the_same_and_nothing_of_it_is_logged(log_in: LogIn, caplog: pytest.LogCaptureFixture) -> None:
    client = log_in(LEAD)
    with caplog.at_level(logging.DEBUG):
        token = token_of(client, "/zoeken")
        answer = client.post("/zoeken", data={"q": "wegwijzer 0786130001", "csrf_token": token})
        again = client.post("/zoeken", data={"q": "0786130001", "csrf_token": token})
    assert answer.status_code == 200
    assert found(again.text) == look(client, "0786130001")
    assert "<html" not in again.text
    assert client.post("/zoeken", data={"q": "wegwijzer"}).status_code == 400
    assert not re.search("wegwijzer|6130001", caplog.text)
