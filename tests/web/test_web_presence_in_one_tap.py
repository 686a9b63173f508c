"""Presence with one tap and its time, by the consultant or by the team lead for a colleague."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from callcenter.access.records import AuditEvent
from callcenter.office import Office
from callcenter.presence.records import ConsultantState
from tests.web.conftest import LogIn, token_of
from tests.web.seed import CONSULTANT, LEAD, NOW


def _tap(client: FlaskClient, path: str, state: str) -> None:
    answer = client.post(path, data={"csrf_token": token_of(client, "/rooster"), "state": state})
    assert answer.status_code == 303


def _stored(office: Office, code: str) -> tuple[object, ...]:
    with office.sessions() as session:
        state = session.get_one(ConsultantState, code)
        return state.presence, state.presence_until, state.presence_by


def test_each_button_has_its_time(log_in: LogIn, office: Office) -> None:
    client = log_in(CONSULTANT)
    page = client.get("/mijn").text
    for value in ("available", "busy:30", "break:15", "away"):
        assert f'value="{value}"' in page
    _tap(client, "/mijn/aanwezigheid", "busy:30")
    assert _stored(office, "CEM") == ("busy", NOW + timedelta(minutes=30), None)
    assert "nog 30:00" in client.get("/mijn").text
    _tap(client, "/mijn/aanwezigheid", "break:15")
    assert _stored(office, "CEM") == ("break", NOW + timedelta(minutes=15), None)
    # Away ends with the last shift of the day, at five o'clock.
    _tap(client, "/mijn/aanwezigheid", "away")
    assert _stored(office, "CEM") == ("away", NOW + timedelta(hours=7), None)
    assert "tot 17.00" in client.get("/mijn").text
    _tap(client, "/mijn/aanwezigheid", "available")
    assert _stored(office, "CEM") == ("available", None, None)


@pytest.mark.parametrize("odd", ["", "asleep", ":30", "busy 30"])
def test_what_is_no_presence_changes_nothing(log_in: LogIn, office: Office, odd: str) -> None:
    client, before = log_in(CONSULTANT), _stored(office, "CEM")
    client.post("/mijn/aanwezigheid", data={"csrf_token": token_of(client, "/rooster"), "state": odd})
    assert _stored(office, "CEM") == before


def test_a_lead_sets_it_for_a_colleague_who_sees_who_did(log_in: LogIn, office: Office) -> None:
    lead, cem = log_in(LEAD), log_in(CONSULTANT)
    assert "/aanwezigheid" in lead.get("/").text
    _tap(lead, "/aanwezigheid/CEM", "busy:30")
    assert _stored(office, "CEM") == ("busy", NOW + timedelta(minutes=30), LEAD)
    assert "gezet door lead" in lead.get("/aanwezigheid").text
    assert "lead zette dit voor je om 10.00." in cem.get("/mijn").text
    with office.sessions() as session:
        said = select(AuditEvent.actor, AuditEvent.subject, AuditEvent.detail).where(
            AuditEvent.action == "presence_set"
        )
        assert session.execute(said).all() == [(LEAD, "consultant:CEM", {"state": "busy"})]
    _tap(cem, "/mijn/aanwezigheid", "available")
    assert "zette dit voor je" not in cem.get("/mijn").text


def test_somebody_who_is_not_in_the_rota_has_no_presence(log_in: LogIn) -> None:
    lead = log_in(LEAD)
    form = {"csrf_token": token_of(lead, "/rooster"), "state": "away"}
    assert lead.post("/aanwezigheid/XYZ", data=form).status_code == 404


def test_a_shift_that_goes_on_is_shown_from_its_beginning(log_in: LogIn) -> None:
    page = log_in(CONSULTANT).get("/mijn/diensten").text
    assert "8.30–12.00" in page
    assert "10.00–12.00" not in page
