"""When a session of the pages ends: on the server, not only in the browser."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from callcenter.access.sessions import open_sessions_of
from callcenter.access.users import find_user, set_password
from callcenter.clock import VirtualClock
from callcenter.office import Office
from callcenter.web.entry import let_in
from callcenter.web.half_way import half_way, remember
from tests.web.conftest import LogIn, token_of
from tests.web.seed import CONSULTANT, LEAD, NOW, PASSWORD


@pytest.fixture
def clock(office: Office) -> VirtualClock:
    assert isinstance(office.clock, VirtualClock)
    return office.clock


def a_copy(app: Flask, client: FlaskClient) -> FlaskClient:
    """Another browser with a copy of this one's cookie, as a thief has it."""
    cookie = client.get_cookie("callcenter")
    assert cookie is not None
    other = app.test_client()
    other.set_cookie("callcenter", cookie.value)
    return other


def enter(app: Flask, email: str, **more: str) -> FlaskClient:
    client = app.test_client()
    form = {"email": email, "password": PASSWORD, "csrf_token": token_of(client, "/inloggen"), **more}
    assert client.post("/inloggen", data=form).status_code == 303
    return client


def test_a_copied_cookie_is_refused_after_logging_out(app: Flask, log_in: LogIn) -> None:
    client = log_in(LEAD)
    thief = a_copy(app, client)
    assert thief.get("/terugbellen").status_code == 200
    client.post("/uitloggen", data={"csrf_token": token_of(client, "/")})
    assert thief.get("/terugbellen").location.startswith("/inloggen")


def test_a_password_that_was_replaced_while_it_was_checked_opens_nothing(app: Flask, office: Office) -> None:
    with office.sessions.begin() as session:
        user = find_user(session, LEAD)
        user_id, checked = user.id, user.password_hash
        set_password(session, LEAD, "fiets kaas regenjas")
    with app.test_request_context("/inloggen"):
        assert let_in(user_id, stay=True, password_hash=checked) is None
        remember(NOW, user_id, checked, set_up=False, stay=True, target="")
        with office.sessions() as session:
            assert half_way(session, NOW) is None
    with office.sessions() as session:
        assert open_sessions_of(session, office.clock.now(), user_id) == []


def test_without_stay_a_session_ends_after_twelve_hours_of_use(app: Flask, clock: VirtualClock) -> None:
    client = enter(app, LEAD)
    for _ in range(11):
        clock.advance(3600)
        assert client.get("/terugbellen").status_code == 200
    clock.advance(3600)
    assert client.get("/terugbellen").status_code == 302


def test_with_stay_a_session_ends_after_thirty_days_of_disuse(app: Flask, clock: VirtualClock) -> None:
    client = enter(app, LEAD, stay="on")
    for _ in range(3):
        clock.advance(timedelta(days=29).total_seconds())
        assert client.get("/terugbellen").status_code == 200
    clock.advance(timedelta(days=30).total_seconds())
    assert client.get("/terugbellen").status_code == 302


def test_a_session_of_a_clock_that_ran_ahead_asks_to_log_in_again_and_then_works(app: Flask, office: Office) -> None:
    clock = office.clock
    office.clock = VirtualClock(clock.now() + timedelta(days=400))
    client = enter(app, LEAD, stay="on")
    assert client.get("/terugbellen").status_code == 200
    office.clock = clock
    assert client.get("/terugbellen").status_code == 302
    assert enter(app, LEAD).get("/terugbellen").status_code == 200


def test_logging_in_again_makes_another_session(app: Flask, log_in: LogIn) -> None:
    client = log_in(CONSULTANT)
    before = a_copy(app, client)
    form = {"email": CONSULTANT, "password": PASSWORD, "csrf_token": token_of(client, "/mijn")}
    assert client.post("/inloggen", data=form).status_code == 303
    client.post("/uitloggen", data={"csrf_token": token_of(client, "/mijn")})
    assert client.get("/mijn").status_code == 302
    assert before.get("/mijn").status_code == 302
