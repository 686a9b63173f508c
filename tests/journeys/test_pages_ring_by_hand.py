"""Pages show that a number cannot be called by one press, and that a mobile takes no text messages."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from callcenter.access.users import add_user
from callcenter.notify.text_stops import note_stopped
from callcenter.numbers import display
from callcenter.standin.people.scripts import hang_up
from tests.support.town import LINE, PEOPLE, MakeTown, Town
from tests.web.conftest import token_of

PASSWORD = "a long enough password"
COMPANY, MUNICIPALITY, PAID, ABROAD = "+31880009600", "+3114030", "+319008844", "+33142685300"


def logged_in(town: Town, role: str, consultant: str | None = None) -> FlaskClient:
    email = f"{role}@example.nl"
    with town.sessions.begin() as session:
        add_user(session, town.clock.now(), email, role, PASSWORD, consultant)
    client: FlaskClient = town.lived.app.test_client()
    fields = {"email": email, "password": PASSWORD, "csrf_token": token_of(client, "/inloggen")}
    assert client.post("/inloggen", data=fields).status_code == 303
    return client


def read(client: FlaskClient, path: str) -> tuple[str, str]:
    """The HTML of a page, and its text."""
    page = client.get(path)
    assert page.status_code == 200
    return page.text, " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def a_missed_call(town: Town, number: str) -> int:
    town.somebody(number).dials(LINE, script=[hang_up(at_s=3)])
    town.live()
    (callback,) = town.callbacks()
    return callback.id


@pytest.mark.parametrize("of_one", [False, True])
def test_a_municipality_is_rung_from_the_own_telephone_and_the_result_is_noted(
    a_small_town: MakeTown, of_one: bool
) -> None:
    town = a_small_town(on_duty=("AIS",))
    callback_id = a_missed_call(town, MUNICIPALITY)
    client = logged_in(town, "consultant", "AIS")
    path = f"/mijn/terugbellen/{callback_id}" if of_one else "/mijn"
    html, text = read(client, path)

    assert "Bel nu" not in text
    assert "Bel 14 030 met je eigen telefoon" in text
    assert '<a class="btn btn-primary call" href="tel:14030">' in html
    assert html.count("btn-primary call") == 1
    assert not re.search(r'btn-primary"[^>]*value="reached"', html)  # one tap too early would close the promise
    assert text.count("Gesproken") == 1  # one set of buttons for the result

    token = token_of(client, "/mijn")
    address = f"/mijn/terugbellen/{callback_id}"
    client.post(f"{address}/bel", data={"csrf_token": token})
    assert "Bel met de eigen telefoon en noteer de uitkomst." in read(client, "/mijn")[1]
    client.post(f"{address}/resultaat", data={"csrf_token": token, "result": "reached"})
    assert [callback.state for callback in town.callbacks()] == ["reached"]


@pytest.mark.parametrize(("number", "why"), [(PAID, "betaald nummer: bellen is duur"), (ABROAD, "buitenland: bellen")])
def test_a_dear_number_is_warned_of_and_neither_rung_nor_linked(a_small_town: MakeTown, number: str, why: str) -> None:
    town = a_small_town(on_duty=("AIS",))
    callback_id = a_missed_call(town, number)
    html, text = read(logged_in(town, "consultant", "AIS"), f"/mijn/terugbellen/{callback_id}")
    assert why in text
    assert "Bel nu" not in text
    assert "tel:" not in html
    assert "de beller is geen tijd genoemd" in text
    card = text.split("Notitie")[0]
    assert len(re.findall(re.escape(display(number)), card)) == 1

    lead = logged_in(town, "lead")
    assert why in read(lead, "/terugbellen")[1]
    assert why in read(lead, f"/terugbellen/{callback_id}")[1]


def test_a_company_is_rung_by_one_press(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=("AIS",))
    callback_id = a_missed_call(town, COMPANY)
    assert "Bel nu" in read(logged_in(town, "consultant", "AIS"), f"/mijn/terugbellen/{callback_id}")[1]


def test_the_board_says_whose_mobile_takes_no_texts_and_that_person_how_to_mend_it(a_small_town: MakeTown) -> None:
    town = a_small_town()
    lead, consultant = logged_in(town, "lead"), logged_in(town, "consultant", "AIS")
    assert "STOP" not in read(lead, "/")[1] + read(consultant, "/mijn")[1]
    with town.sessions.begin() as session:
        note_stopped(session, "AIS", PEOPLE["AIS"], LINE, town.clock.now())
    assert "Aïsha S. krijgt geen berichten van de lijn: de mobiel stuurde STOP." in read(lead, "/")[1]
    assert "Sms START naar 085 888 0000 om ze weer te krijgen." in read(consultant, "/mijn")[1]
