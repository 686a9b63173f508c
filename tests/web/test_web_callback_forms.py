"""The forms of a callback do what their words say, and what cannot be is refused."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from callcenter.callbacks import one_press, verbs
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.clock import VirtualClock
from callcenter.office import Office
from callcenter.presence.records import ConsultantState
from callcenter.rota import versions
from tests.web.conftest import LogIn, token_of
from tests.web.seed import CONSULTANT, LEAD, NOW, Seeded

FAR = "99999999999999999999"


def stored(office: Office, callback_id: int) -> Callback:
    with office.sessions() as session:
        return session.get_one(Callback, callback_id)


def send(client: FlaskClient, path: str, action: str | None = None, **fields: str | list[str]) -> str:
    """Send a form from the page at `path`, to the same address or another. Returns the page that follows."""
    data = {"csrf_token": token_of(client, path), **fields}
    headers = {"Referer": f"http://localhost{path}"}
    return client.post(action or path, data=data, headers=headers, follow_redirects=True).text


def ring_by(office: Office, callback_id: int, consultant: str) -> None:
    with office.sessions.begin() as session:
        rota = versions.active_rota(session)
        assert rota is not None
        state = session.get(ConsultantState, consultant)
        if state is not None:
            session.delete(state)
            session.flush()
        one_press.press(session, rota, callback_id, consultant, NOW, "lead")


def test_work_in_hand_stays_so_when_it_is_handed_over_to_its_owner(
    log_in: LogIn, office: Office, seeded: Seeded
) -> None:
    with office.sessions.begin() as session:
        verbs.claim(session, seeded.plain, "CEM", "cem", NOW)
    send(log_in(LEAD), f"/terugbellen/{seeded.plain}", do="hand_over", to="CEM")
    assert (stored(office, seeded.plain).state, stored(office, seeded.plain).owner) == ("claimed", "CEM")
    send(log_in(LEAD), f"/terugbellen/{seeded.plain}", do="hand_over", to="AIS")
    assert (stored(office, seeded.plain).state, stored(office, seeded.plain).owner) == ("open", "AIS")


def test_an_unknown_consultant_is_refused(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    page = send(log_in(LEAD), f"/terugbellen/{seeded.plain}", do="hand_over", to="QQQ")
    assert "Er is geen consulent met deze code." in page
    assert stored(office, seeded.plain).owner == "CEM"


@pytest.mark.parametrize(
    ("who", "path"), [(LEAD, "/terugbellen/{}"), (LEAD, "/oproepen/{}"), (CONSULTANT, "/mijn/terugbellen/{}")]
)
def test_a_number_that_is_no_id_is_an_unknown_page(log_in: LogIn, who: str, path: str) -> None:
    client = log_in(who)
    assert client.get(path.format(FAR)).status_code == 404
    assert client.post(path.format(FAR), data={"do": "cancel"}).status_code in (404, 405)


def test_a_ticked_number_that_is_no_id_is_ignored(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    page = send(
        log_in(LEAD), "/terugbellen", "/terugbellen/samen", id=[FAR, str(seeded.plain)], do="hand_over", to="AIS"
    )
    assert "1 terugbelverzoek gewijzigd." in page
    assert stored(office, seeded.plain).owner == "AIS"


def test_an_appointment_without_a_time_asks_for_one(log_in: LogIn, seeded: Seeded) -> None:
    assert "Kies een dag en een tijd." in send(log_in(LEAD), f"/terugbellen/{seeded.plain}", do="appoint", at="")


def test_the_page_names_the_colleague_who_is_rung(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client, path = log_in(LEAD), f"/terugbellen/{seeded.plain}"
    ring_by(office, seeded.plain, "BRA")
    with office.sessions.begin() as session:
        session.get_one(Callback, seeded.plain).owner = "CEM"
    page = send(client, path, f"{path}/bel")
    assert "Bram Visser wordt gebeld." in page
    assert "Cem Özdemir wordt gebeld." not in page


def test_only_the_own_telephone_is_your_telephone(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    ring_by(office, seeded.plain, "BRA")
    ring_by(office, seeded.heard, "CEM")
    with office.sessions.begin() as session:
        session.get_one(Callback, seeded.plain).owner = "CEM"
    client = log_in(CONSULTANT)
    colleagues = client.get(f"/mijn/terugbellen/{seeded.plain}").text
    assert "☎ Bram Visser: wordt gebeld" in colleagues
    assert "elefoon gaat" not in colleagues
    assert "☎ Je telefoon gaat zo" in client.get(f"/mijn/terugbellen/{seeded.heard}").text
    assert "Cem Özdemir: wordt gebeld" in log_in(LEAD).get(f"/terugbellen/{seeded.heard}").text


def test_the_question_is_asked_only_while_the_owner_is_off_duty(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client, path = log_in(LEAD), f"/terugbellen/{seeded.plain}?anyway=off_duty"
    assert "Toch bellen?" not in client.get(path).text
    with office.sessions.begin() as session:
        state = session.get_one(ConsultantState, "CEM")
        state.presence, state.presence_until = "away", NOW + timedelta(hours=1)
    assert "Cem Özdemir is nu afwezig. Toch bellen?" in client.get(path).text
    assert isinstance(office.clock, VirtualClock)
    office.clock.advance(timedelta(hours=10).total_seconds())
    assert "Cem Özdemir heeft nu geen dienst. Toch bellen?" in client.get(path).text


def note_form(client: FlaskClient, path: str, last: bool) -> dict[str, str]:
    seen = re.findall(r'name="note_seen" value="(\w+)"', client.get(path).text)
    return {"note_seen": seen[-1 if last else 0]}


@pytest.mark.parametrize("note", ["a b", "a\nb", ""])
def test_any_change_of_a_note_is_kept(log_in: LogIn, office: Office, seeded: Seeded, note: str) -> None:
    with office.sessions.begin() as session:
        verbs.note(session, seeded.plain, "ab", "lead", NOW)
    client, path = log_in(CONSULTANT), f"/mijn/terugbellen/{seeded.plain}"
    send(client, path, f"{path}/notitie", note=note, **note_form(client, path, last=True))
    assert (stored(office, seeded.plain).note or "") == note


@pytest.mark.parametrize("note", ["a b", ""])
def test_any_change_of_a_note_beside_a_result_is_kept(log_in: LogIn, office: Office, seeded: Seeded, note: str) -> None:
    with office.sessions.begin() as session:
        verbs.note(session, seeded.plain, "ab", "lead", NOW)
    client, path = log_in(CONSULTANT), f"/mijn/terugbellen/{seeded.plain}"
    send(client, path, f"{path}/resultaat", result="no_answer", note=note, **note_form(client, path, last=False))
    assert (stored(office, seeded.plain).note or "") == note


def test_the_line_ends_of_a_browser_are_no_change(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    with office.sessions.begin() as session:
        verbs.note(session, seeded.plain, "a\nb", "lead", NOW)
    client, path = log_in(CONSULTANT), f"/mijn/terugbellen/{seeded.plain}"
    send(client, path, f"{path}/notitie", note="a\r\nb", **note_form(client, path, last=True))
    assert stored(office, seeded.plain).note == "a\nb"
    send(client, path, f"{path}/resultaat", result="no_answer", note="ab", **note_form(client, path, last=False))
    assert stored(office, seeded.plain).note == "a\nb"
    with office.sessions() as session:
        assert len(session.scalars(select(CallbackAttempt.id).where(CallbackAttempt.callback_id == seeded.plain)).all())
