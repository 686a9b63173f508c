"""The second factor of a login with a password: setting it up, logging in with it, and losing the telephone."""

import re
from collections.abc import Callable
from datetime import datetime

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from callcenter.access.audit import latest
from callcenter.access.second_factor import stored
from callcenter.access.second_factor.emergency import make_emergency_code
from callcenter.access.users import disable_user, find_user, set_password
from callcenter.clock import VirtualClock
from callcenter.errors import InvalidInput
from callcenter.office import Office
from tests.web.conftest import LogIn, token_of
from tests.web.seed import ADMIN, CONSULTANT, LEAD, PASSWORD


def telephone(page: str) -> Callable[[datetime], str]:
    """The telephone that scanned this page: the code that it shows at an instant."""
    key = re.findall(r"<code>([A-Z2-7 ]{20,})</code>", page)[0].replace(" ", "")
    return pyotp.TOTP(key).at


def send(client: FlaskClient, path: str, **form: str) -> TestResponse:
    """Send a form of this page."""
    return client.post(path, data={**form, "csrf_token": token_of(client, path)})


def type_password(app: Flask, email: str = LEAD, **more: str) -> tuple[FlaskClient, TestResponse]:
    """A new browser in which somebody typed the right password."""
    client = app.test_client()
    return client, send(client, "/inloggen", email=email, password=PASSWORD, **more)


def turn_on(client: FlaskClient, office: Office) -> tuple[Callable[[datetime], str], list[str]]:
    """Set the second factor up on the own page: the telephone and the recovery codes."""
    assert send(client, "/tweede-factor", do="begin", present=PASSWORD).status_code == 303
    shows = telephone(client.get("/tweede-factor").text)
    page = send(client, "/tweede-factor", do="confirm", code=shows(office.clock.now()))
    codes = re.findall(r"<li><code>([a-z2-9-]{29})</code>", page.text)
    assert len(set(codes)) == 8
    return shows, codes


def pass_time(office: Office, seconds: float) -> datetime:
    """Move the office's clock on."""
    assert isinstance(office.clock, VirtualClock)
    office.clock.advance(seconds)
    return office.clock.now()


def proofs(office: Office) -> list[object]:
    """How people got in, newest first."""
    with office.sessions() as session:
        return [event.detail["how"] for event in latest(session) if event.action == "login"]


def test_from_then_on_the_password_opens_nothing_without_a_code(app: Flask, office: Office, log_in: LogIn) -> None:
    shows, _ = turn_on(log_in(LEAD), office)
    client, answer = type_password(app, next="/oproepen", stay="on")
    assert answer.location == "/inloggen/code"
    for path in ("/", "/oproepen", "/tweede-factor"):
        assert client.get(path).status_code == 302
    at = pass_time(office, 30)
    assert send(client, "/inloggen/code", code="000000" if shows(at) != "000000" else "111111").status_code == 401
    entered = send(client, "/inloggen/code", code=f"{shows(at)[:3]} {shows(at)[3:]}")
    assert (entered.status_code, entered.location) == (303, "/oproepen")
    assert client.get("/oproepen").status_code == 200
    assert proofs(office)[0] == "password+code"


def test_whoever_finds_the_page_open_cannot_turn_it_on(log_in: LogIn) -> None:
    client = log_in(LEAD)
    said = [send(client, "/tweede-factor", do="begin", present="wrong").text for _ in range(6)]
    assert ["Dit is niet je huidige wachtwoord" in page for page in said] == [True] * 5 + [False]
    assert "Te vaak een verkeerd wachtwoord" in said[5]
    send(client, "/tweede-factor", do="begin", present=PASSWORD)
    assert "data:image" not in client.get("/tweede-factor").text


def test_a_key_that_was_shown_a_while_ago_is_not_offered_to_be_confirmed(office: Office, log_in: LogIn) -> None:
    stranger = log_in(LEAD)
    send(stranger, "/tweede-factor", do="begin", present=PASSWORD)
    seen = telephone(stranger.get("/tweede-factor").text)
    at = pass_time(office, 15 * 60)
    mine = log_in(LEAD)
    assert "data:image" not in mine.get("/tweede-factor").text
    assert send(mine, "/tweede-factor", do="confirm", code=seen(at)).status_code == 401
    turn_on(mine, office)


def test_turning_it_on_ends_the_other_sessions(office: Office, log_in: LogIn) -> None:
    here, elsewhere = log_in(LEAD), log_in(LEAD)
    turn_on(here, office)
    assert [client.get("/").status_code for client in (here, elsewhere)] == [200, 302]


def test_a_code_is_taken_once_and_an_older_one_never_after_it(app: Flask, office: Office, log_in: LogIn) -> None:
    shows, _ = turn_on(log_in(LEAD), office)
    at = pass_time(office, 60)
    clients = [type_password(app)[0] for _ in range(3)]
    assert send(clients[0], "/inloggen/code", code=shows(at)).status_code == 303
    assert send(clients[1], "/inloggen/code", code=shows(at)).status_code == 401
    assert send(clients[2], "/inloggen/code", code=pyotp_before(shows, at)).status_code == 401
    assert send(clients[1], "/inloggen/code", code=shows(pass_time(office, 30))).status_code == 303


def pyotp_before(shows: Callable[[datetime], str], at: datetime) -> str:
    """The code of half a minute ago."""
    return shows(datetime.fromtimestamp(at.timestamp() - 30, at.tzinfo))


def test_the_code_that_confirmed_it_is_used_up(app: Flask, office: Office, log_in: LogIn) -> None:
    shows, _ = turn_on(log_in(LEAD), office)
    client, _answer = type_password(app)
    assert send(client, "/inloggen/code", code=shows(office.clock.now())).status_code == 401


def test_after_five_wrong_codes_even_the_right_one_waits(app: Flask, office: Office, log_in: LogIn) -> None:
    mine = log_in(LEAD)
    shows, _ = turn_on(mine, office)
    client, _answer = type_password(app)
    wrong = "000000" if shows(office.clock.now()) != "000000" else "111111"
    tries = [send(client, "/inloggen/code", code=wrong).status_code for _ in range(6)]
    assert tries == [401, 401, 401, 401, 401, 429]
    page = client.get("/inloggen/code")
    assert page.status_code == 200
    at = pass_time(office, 60)
    assert send(client, "/inloggen/code", code=shows(at)).status_code == 429
    # Neither in another browser, nor from the page of somebody who is logged in.
    assert send(type_password(app)[0], "/inloggen/code", code=shows(at)).status_code == 429
    send(mine, "/tweede-factor", do="off", code=shows(at))
    assert "Aan sinds" in mine.get("/tweede-factor").text
    at = pass_time(office, 600)
    assert send(type_password(app)[0], "/inloggen/code", code=shows(at)).status_code == 303


def test_half_way_ends_after_five_minutes_a_new_password_or_without_the_login(
    app: Flask, office: Office, log_in: LogIn
) -> None:
    shows, _ = turn_on(log_in(LEAD), office)
    late, changed, gone = (type_password(app)[0] for _ in range(3))
    token = {client: token_of(client, "/inloggen/code") for client in (late, changed, gone)}

    def code(client: FlaskClient) -> str | None:
        form = {"code": shows(office.clock.now()), "csrf_token": token[client]}
        return client.post("/inloggen/code", data=form).location

    pass_time(office, 301)
    assert code(late) == "/inloggen"
    changed, gone = (type_password(app)[0] for _ in range(2))
    token.update({client: token_of(client, "/inloggen/code") for client in (changed, gone)})
    with office.sessions.begin() as session:
        set_password(session, LEAD, "een-heel-ander-wachtwoord-dan-eerst")
    assert code(changed) == "/inloggen"
    with office.sessions.begin() as session:
        disable_user(session, office.clock.now(), LEAD)
    assert code(gone) == "/inloggen"
    # And without a password nobody is half way.
    assert app.test_client().get("/inloggen/code").location == "/inloggen"
    assert app.test_client().get("/inloggen/tweede-factor").location == "/inloggen"


def test_a_recovery_code_works_once_and_new_ones_end_the_old(app: Flask, office: Office, log_in: LogIn) -> None:
    shows, codes = turn_on(log_in(LEAD), office)
    client, _answer = type_password(app)
    assert send(client, "/inloggen/code", code=codes[0].upper().replace("-", " ")).status_code == 303
    assert proofs(office)[0] == "recovery code"
    assert send(type_password(app)[0], "/inloggen/code", code=codes[0]).status_code == 401
    assert "Er zijn nog 7 herstelcodes" in client.get("/tweede-factor").text
    page = send(client, "/tweede-factor", do="codes", code=shows(pass_time(office, 60))).text
    assert len(re.findall(r"<li><code>", page)) == 8
    assert send(type_password(app)[0], "/inloggen/code", code=codes[1]).status_code == 401


def test_it_is_turned_off_by_a_code_only(office: Office, log_in: LogIn) -> None:
    client = log_in(CONSULTANT)
    shows, _ = turn_on(client, office)
    send(client, "/tweede-factor", do="off", code="123")
    assert "Aan sinds" in client.get("/tweede-factor").text
    send(client, "/tweede-factor", do="off", code=shows(pass_time(office, 60)))
    assert "Instellen" in client.get("/tweede-factor").text
    assert log_in(CONSULTANT).get("/mijn").status_code == 200
    with office.sessions() as session:
        actions = [event.action for event in latest(session)]
    assert [action for action in actions if "factor" in action] == ["second_factor_off", "second_factor_on"]


def test_a_wrong_code_does_not_turn_it_on_and_a_second_set_up_does_not_replace_it(
    office: Office, log_in: LogIn
) -> None:
    client = log_in(LEAD)
    send(client, "/tweede-factor", do="begin", present=PASSWORD)
    assert send(client, "/tweede-factor", do="confirm", code="12").status_code == 401
    with office.sessions() as session:
        assert stored.state_of(session, find_user(session, LEAD).id).on_since is None
    shows, _ = turn_on(client, office)
    token = token_of(client, "/tweede-factor")
    for do in ("begin", "confirm"):
        form = {"do": do, "present": PASSWORD, "code": "000000", "csrf_token": token}
        client.post("/tweede-factor", data=form)
    send(client, "/tweede-factor", do="off", code=shows(pass_time(office, 60)))
    assert "Instellen" in client.get("/tweede-factor").text


@pytest.fixture
def required(office: Office) -> None:
    """The office asks a second factor of leads and administrators."""
    office.settings = office.settings.model_copy(update={"second_factor": "required"})


@pytest.mark.usefixtures("required")
def test_where_it_is_required_a_lead_sets_it_up_first_and_sees_nothing_else(app: Flask, office: Office) -> None:
    client, answer = type_password(app, next="/cijfers")
    assert answer.location == "/inloggen/tweede-factor"
    assert client.get("/").status_code == 302
    assert client.get("/inloggen/code").location == "/inloggen"  # there is no code yet
    assert send(client, "/inloggen/tweede-factor", do="begin").status_code == 303
    shows = telephone(client.get("/inloggen/tweede-factor").text)
    assert send(client, "/inloggen/tweede-factor", do="confirm", code="1").status_code == 401
    page = send(client, "/inloggen/tweede-factor", do="confirm", code=shows(office.clock.now()))
    assert 'href="/cijfers"' in page.text
    assert client.get("/cijfers").status_code == 200
    assert type_password(app)[1].location == "/inloggen/code"


@pytest.mark.usefixtures("required")
def test_whoever_has_one_cannot_set_up_another_with_the_password_alone(app: Flask, office: Office) -> None:
    first, second = type_password(app, ADMIN)[0], type_password(app, ADMIN)[0]
    send(first, "/inloggen/tweede-factor", do="begin")
    shows = telephone(first.get("/inloggen/tweede-factor").text)
    send(first, "/inloggen/tweede-factor", do="confirm", code=shows(office.clock.now()))
    # The second browser was half way before; it can neither begin again nor confirm.
    for do in ("begin", "confirm"):
        token = token_of(second, "/inloggen/tweede-factor")
        form = {"do": do, "code": shows(pass_time(office, 30)), "csrf_token": token}
        assert second.post("/inloggen/tweede-factor", data=form).status_code in (303, 401)
    assert second.get("/").status_code == 302


@pytest.mark.usefixtures("required")
def test_consultants_are_not_asked_for_it(log_in: LogIn) -> None:
    assert log_in(CONSULTANT).get("/mijn").status_code == 200


def test_after_another_secret_key_only_recovery_codes_let_in(app: Flask, office: Office, log_in: LogIn) -> None:
    shows, codes = turn_on(log_in(LEAD), office)
    office.settings = office.settings.model_copy(update={"secret_key": SecretStr("another-key-for-tests-0123456789")})
    client, _answer = type_password(app)
    answer = send(client, "/inloggen/code", code=shows(pass_time(office, 60)))
    assert answer.status_code == 401
    assert "vraag het de beheerder" in answer.text
    assert send(client, "/inloggen/code", code=codes[0]).status_code == 303


def test_the_database_alone_gives_no_secret_away(office: Office, log_in: LogIn) -> None:
    client = log_in(LEAD)
    send(client, "/tweede-factor", do="begin", present=PASSWORD)
    key = re.findall(r"<code>([A-Z2-7 ]{20,})</code>", client.get("/tweede-factor").text)[0].replace(" ", "")
    _, codes = turn_on(client, office)
    with office.engine.connect() as connection:
        rows = [
            str(connection.exec_driver_sql(f"SELECT * FROM {table}").fetchall())
            for table in ("second_factor", "recovery_code", "audit_event")
        ]
    assert key not in "".join(rows)
    assert not [code for code in codes if code in "".join(rows) or code.replace("-", "") in "".join(rows)]


def test_an_emergency_code_lets_an_administrator_in_once(app: Flask, office: Office, log_in: LogIn) -> None:
    turn_on(log_in(ADMIN), office)
    office.settings = office.settings.model_copy(update={"local_passwords": "off"})
    with office.sessions.begin() as session:
        old = make_emergency_code(session, office.clock.now(), ADMIN)
        code = make_emergency_code(session, office.clock.now(), ADMIN)
        with pytest.raises(InvalidInput):
            make_emergency_code(session, office.clock.now(), LEAD)
    client = app.test_client()
    for wrong in (old, "aaaaa", ""):
        assert send(client, "/inloggen/nood", code=wrong).status_code == 401
    assert send(client, "/inloggen/nood", code=code.replace("-", "")).status_code == 303
    assert client.get("/beheer").status_code == 200
    assert send(app.test_client(), "/inloggen/nood", code=code).status_code == 401
    with office.sessions.begin() as session:
        code = make_emergency_code(session, office.clock.now(), ADMIN)
    pass_time(office, 15 * 60)
    assert send(app.test_client(), "/inloggen/nood", code=code).status_code == 401


def test_without_passwords_the_form_is_gone_and_a_right_one_is_refused(app: Flask, office: Office) -> None:
    token = token_of(client := app.test_client(), "/inloggen")
    office.settings = office.settings.model_copy(update={"local_passwords": "off"})
    assert 'type="password"' not in client.get("/inloggen").text
    answer = client.post("/inloggen", data={"email": ADMIN, "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 403
    assert client.get("/").status_code == 302


def test_with_passwords_for_administrators_only_a_lead_is_refused(app: Flask, office: Office) -> None:
    office.settings = office.settings.model_copy(update={"local_passwords": "admins"})
    client, answer = type_password(app)
    assert (answer.status_code, client.get("/").status_code) == (403, 302)
    assert type_password(app, ADMIN)[1].status_code == 303


def test_sessions_that_a_changed_setting_would_refuse_end_too(app: Flask, office: Office, log_in: LogIn) -> None:
    browsers = {email: log_in(email) for email in (CONSULTANT, LEAD, ADMIN)}

    def still_in(**settings: str) -> list[str]:
        office.settings = office.settings.model_copy(update=settings)
        return [email for email, client in browsers.items() if client.get("/rooster").status_code == 200]

    assert still_in(second_factor="required") == [CONSULTANT]
    assert still_in(second_factor="optional") == [CONSULTANT, LEAD, ADMIN]
    assert still_in(local_passwords="admins") == [ADMIN]
    assert still_in(local_passwords="off") == []
