"""What the server answers to an open page that asks whether something changed, and to a screen on the wall."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from werkzeug.test import TestResponse

from callcenter.access.audit import latest
from callcenter.access.records import LoginSession, WallLink
from callcenter.app import make_app, make_office
from callcenter.clock import VirtualClock
from callcenter.office import Office
from callcenter.presence.records import ConsultantState
from tests.web.conftest import LogIn, a_setting, token_of
from tests.web.seed import CONSULTANT, LEAD, NOW

REFRESH = '<noscript><meta http-equiv="refresh"'


def stamp_of(answer: TestResponse) -> str:
    """The stamp that a page holds."""
    return answer.text.split('data-stamp="', 1)[1].split('"', 1)[0]


def ask(client: FlaskClient, path: str, stamp: str) -> TestResponse:
    """The open page asks whether it changed."""
    return client.get(path, headers={"X-Live": stamp})


def another_host(office: Office) -> Flask:
    """Another host that serves the same database, and has looked at nothing yet."""
    return make_app(make_office(a_setting(str(office.engine.url)), office.clock, office.engine))


def elsewhere(host: Flask, client: FlaskClient) -> FlaskClient:
    """The same visitor, sent to another host."""
    other = host.test_client()
    cookie = client.get_cookie("callcenter")
    assert cookie is not None
    other.set_cookie("callcenter", cookie.value)
    return other


def test_an_open_page_is_sent_again_when_something_changed_or_a_minute_is_over_and_not_before(
    office: Office, log_in: LogIn
) -> None:
    client = log_in(LEAD)
    stamp = stamp_of(client.get("/"))
    same = ask(client, "/", stamp)
    assert (same.status_code, same.headers["X-Live"], same.data) == (204, "same", b"")
    other = elsewhere(another_host(office), client)
    assert ask(other, "/", stamp).status_code == 204
    with office.sessions.begin() as session:
        session.execute(update(ConsultantState).values(presence="away", presence_at=NOW))
    changed = ask(elsewhere(another_host(office), client), "/", stamp)
    assert changed.status_code == 200
    assert stamp_of(changed) != stamp
    assert isinstance(office.clock, VirtualClock)
    office.clock.move_to(NOW + timedelta(minutes=1))
    assert ask(client, "/", stamp).status_code == 200


def test_when_many_are_open_a_page_that_changed_waits_until_it_is_ten_seconds_old(
    office: Office, log_in: LogIn
) -> None:
    client, host = log_in(LEAD), another_host(office)
    stamp = stamp_of(client.get("/"))
    with office.sessions.begin() as session:
        session.execute(update(ConsultantState).values(presence="away", presence_at=NOW))
    host.extensions["callcenter_live"].owes(3600.0)
    visitor = elsewhere(host, client)
    waits = ask(visitor, "/", stamp)
    assert (waits.status_code, waits.headers["X-Live"]) == (204, "later")
    assert isinstance(office.clock, VirtualClock)
    office.clock.advance(10)
    assert ask(visitor, "/", stamp).status_code == 200


def test_without_javascript_a_page_reloads_itself_unless_somebody_may_be_typing_in_it(log_in: LogIn) -> None:
    lead = log_in(LEAD)
    reloading = {path for path in ("/", "/wand", "/terugbellen", "/oproepen") if REFRESH in lead.get(path).text}
    assert reloading == {"/", "/wand"}
    assert REFRESH not in log_in(CONSULTANT).get("/mijn").text


def test_nobody_is_sent_to_the_log_in_page_in_the_background_and_no_note_or_cookie_is_taken_from_the_next_page(
    office: Office, log_in: LogIn
) -> None:
    client = log_in(LEAD)
    make_screen(client, "Hal")
    form = {"csrf_token": token_of(client, "/wandschermen"), "sure": "yes"}
    assert client.post("/wandschermen/1", data=form).status_code == 303
    asked = ask(client, "/", "of another page.1")
    assert asked.status_code == 200
    assert 'role="status"><span>✓' not in asked.text
    assert "Set-Cookie" not in asked.headers
    assert 'role="status"><span>✓' in client.get("/").text
    with office.sessions.begin() as session:
        session.execute(delete(LoginSession))
    assert ask(client, "/", "of another page.1").status_code == 401
    assert client.get("/").status_code == 302


def test_a_page_without_live_parts_asks_for_its_head_alone(log_in: LogIn) -> None:
    client = log_in(LEAD)
    assert 'data-head="/kop"' in client.get("/cijfers").text
    head = client.get("/kop")
    assert "Open tot 17.00" in head.text
    assert ask(client, "/kop", stamp_of(head)).status_code == 204


def make_screen(client: FlaskClient, name: str) -> str:
    """Make a link through the page. Returns its path."""
    form = {"csrf_token": token_of(client, "/wandschermen"), "name": name}
    shown = client.post("/wandschermen", data=form)
    assert shown.status_code == 200
    return "/wand/" + shown.text.split("https://callcenter.example.nl/wand/", 1)[1].split("<", 1)[0]


def test_a_screen_shows_the_wall_without_a_login_and_without_anybodys_name_or_number(
    office: Office, log_in: LogIn
) -> None:
    lead = log_in(LEAD)
    path = make_screen(lead, "Hal, begane grond")
    screen = another_host(office).test_client()
    answer = screen.get(path)
    assert answer.status_code == 200
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    for told in ("Aïsha", "Bram", "Insula", "Verrekijker", "085 888", "lead", "<nav", "<a ", "<form", path):
        assert told not in answer.text
    assert ask(screen, path, stamp_of(answer)).status_code == 204
    assert screen.get("/").status_code == 302
    with office.sessions() as session:
        link = session.scalars(select(WallLink)).one()
        assert path.removeprefix("/wand/") not in str(vars(link))
        assert (link.name, link.created_by, link.used_at) == ("Hal, begane grond", LEAD, NOW)
    page = lead.get("/wandschermen").text
    assert path not in page
    form = {"csrf_token": token_of(lead, "/wandschermen")}
    question = lead.post(f"/wandschermen/{link.id}", data=form)
    assert "Hal, begane grond intrekken?" in question.text
    assert screen.get(path).status_code == 200
    gone = lead.post(f"/wandschermen/{link.id}", data={**form, "sure": "yes"}, follow_redirects=True)
    assert "werkt niet meer" in gone.text
    over = screen.get(path)
    assert over.status_code == 404
    assert "Deze link geldt niet meer" in over.text
    assert over.text == screen.get("/wand/guessed").text
    with office.sessions() as session:
        done = [(event.action, event.actor) for event in latest(session, limit=2)]
    assert done == [("wall_link_revoked", LEAD), ("wall_link_created", LEAD)]


@pytest.mark.parametrize(("name", "said"), [(" ", "waar het scherm hangt"), ("n" * 81, "hoogstens 80")])
def test_a_screen_needs_a_name(log_in: LogIn, name: str, said: str) -> None:
    lead = log_in(LEAD)
    form = {"csrf_token": token_of(lead, "/wandschermen"), "name": name}
    refused = lead.post("/wandschermen", data=form, headers={"Referer": "http://localhost/wandschermen"})
    assert refused.status_code == 400
    assert said in refused.text
