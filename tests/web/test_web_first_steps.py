"""An empty installation says what is left to do, to leads and administrators, until all of it stands."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from callcenter.app import make_app, make_office
from callcenter.calls.call import Call
from callcenter.clock import VirtualClock
from callcenter.doctor.twilio_check import note_connected
from callcenter.first_steps import FirstSteps, first_steps
from callcenter.lines.register import add
from callcenter.office import Office
from callcenter.rota import versions
from callcenter.storage import totals
from callcenter.storage.engine import reading
from tests.support.askers import a_cheap_login
from tests.web.conftest import LogIn, a_setting, token_of
from tests.web.seed import ADMIN, CONSULTANT, LEAD, NOW, PASSWORD, ROTA


@pytest.fixture
def office(sqlite_template: Path, tmp_path: Path, open_engine: Callable[[str], Engine]) -> Office:
    """An office as `callcenter setup` leaves it, without its line: tables, a lead and an administrator."""
    shutil.copyfile(sqlite_template, tmp_path / "office.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'office.db'}")
    made = make_office(a_setting(str(engine.url)), VirtualClock(NOW), engine)
    with made.sessions.begin() as session:
        for email, role in ((LEAD, "lead"), (ADMIN, "admin")):
            a_cheap_login(session, NOW, email, role, PASSWORD, None)
    return made


@pytest.fixture
def app(office: Office) -> Flask:
    return make_app(office)


def steps_of(office: Office) -> FirstSteps:
    with reading(office.sessions) as session:
        return first_steps(session)


def count_a_call(session: Session, outcome: str) -> None:
    """What is counted when a call ends. The call itself may be erased long since."""
    line, group = "+31858880000", "unknown"
    totals.add(session, totals.count("callcenter_calls_total", line=line, group=group, outcome=outcome, hours="open"))
    if outcome == "answered":
        totals.add(session, totals.count("callcenter_answered_calls_total", line=line, group=group))


def left(page: str) -> list[str]:
    """The steps that the page still asks for."""
    if 'id="first-steps"' not in page:
        return []
    card = page.split('id="first-steps"')[1].split("</section>")[0]
    return [one.split("</strong>")[0] for one in card.split("<strong>")[1:]]


def test_each_step_is_ticked_off_when_it_stands_and_the_card_goes_with_the_last(log_in: LogIn, office: Office) -> None:
    lead, admin = log_in(LEAD), log_in(ADMIN)

    def both() -> list[str]:
        shown = [left(lead.get("/").text), left(admin.get("/").text), left(admin.get("/beheer").text)]
        assert shown[0] == shown[1] == shown[2]
        return shown[0]

    assert both() == ["De lijn", "Het rooster", "De mensen", "Het nummer is aangesloten", "Een proefoproep"]
    with office.sessions.begin() as session:
        add(session, "+31858880000", "RBL", NOW)
    assert both() == ["Het rooster", "De mensen", "Het nummer is aangesloten", "Een proefoproep"]
    with office.sessions.begin() as session:
        versions.load(session, {name: text.encode() for name, text in ROTA.items()}, "lead", NOW - timedelta(days=1))
    assert both() == ["De mensen", "Het nummer is aangesloten", "Een proefoproep"]
    with office.sessions.begin() as session:
        a_cheap_login(session, NOW, CONSULTANT, "consultant", PASSWORD, "CEM")
    assert both() == ["Het nummer is aangesloten", "Een proefoproep"]
    note_connected(office)
    assert both() == ["Een proefoproep"]
    with office.sessions.begin() as session:
        count_a_call(session, "answered")
    assert both() == []
    assert steps_of(office).done


def test_a_call_that_came_in_shows_that_the_number_is_connected(office: Office) -> None:
    with office.sessions.begin() as session:
        add(session, "+31858880000", "RBL", NOW)
        count_a_call(session, "missed")
    steps = steps_of(office)
    assert steps.connected
    assert not steps.proven


def test_without_a_line_nothing_counts_as_connected(office: Office) -> None:
    note_connected(office)
    assert not steps_of(office).connected


def test_a_consultant_does_not_see_them_and_each_of_the_others_gets_what_they_can_do(
    log_in: LogIn, office: Office
) -> None:
    with office.sessions.begin() as session:
        a_cheap_login(session, NOW, CONSULTANT, "consultant", PASSWORD, "CEM")
    assert left(log_in(CONSULTANT).get("/mijn").text) == []
    lead, admin = log_in(LEAD).get("/").text, log_in(ADMIN).get("/").text
    for page in (lead, admin):
        assert "/rooster/versies" in page
        assert "callcenter rota new" in page
        assert "callcenter twilio connect" in page
    assert "/beheer/lijnen" in admin
    assert "/beheer/lijnen" not in lead
    assert "De beheerder doet dit" in lead


def test_every_command_and_page_that_a_step_names_exists(log_in: LogIn) -> None:
    import click

    from callcenter.cli import cli

    admin = log_in(ADMIN)
    card = admin.get("/").text.split('id="first-steps"')[1].split("</section>")[0]
    for part in card.split('<a href="')[1:]:
        assert admin.get(part.split('"')[0]).status_code == 200
    commands = [part.split("</code>")[0].split() for part in card.split('<code class="wrap">')[1:]]
    assert len(commands) == 4
    for _callcenter, group, name, *_arguments in commands:
        found = cli.get_command(click.Context(cli), group)
        assert isinstance(found, click.Group)
        assert name in found.commands


def test_a_lead_finds_where_to_load_a_rota(log_in: LogIn) -> None:
    assert "/rooster/versies" in log_in(LEAD).get("/rooster").text


def test_a_first_rota_that_is_refused_does_not_promise_an_earlier_one(log_in: LogIn) -> None:
    lead = log_in(LEAD)
    page = _uploaded(lead, {**ROTA, "shifts.csv": ROTA["shifts.csv"].replace("AIS", "XYZ")})
    assert "dus er is nog geen rooster" in page
    assert "blijft gelden" not in page


def _uploaded(client: FlaskClient, files: dict[str, str]) -> str:
    import io

    token = token_of(client, "/rooster/versies")
    sent = [(io.BytesIO(text.encode()), name) for name, text in files.items()]
    form = {"csrf_token": token, "note": "", "files": sent}
    return client.post("/rooster/versies", data=form, content_type="multipart/form-data").text


def test_the_steps_do_not_come_back_when_no_call_is_stored_any_more(log_in: LogIn, office: Office) -> None:
    with office.sessions.begin() as session:
        add(session, "+31858880000", "RBL", NOW)
        versions.load(session, {name: text.encode() for name, text in ROTA.items()}, "lead", NOW - timedelta(days=1))
        a_cheap_login(session, NOW, CONSULTANT, "consultant", PASSWORD, "CEM")
        count_a_call(session, "answered")
        assert session.query(Call).count() == 0
    assert left(log_in(LEAD).get("/").text) == []
