"""The team lead has an owner rung for a callback; the page asks first when the owner is off duty or away."""

import re
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from callcenter.callbacks.records import Callback
from callcenter.clock import VirtualClock
from callcenter.office import Office
from callcenter.presence.records import ConsultantState
from callcenter.telephony.records import OutboxMessage
from tests.web.conftest import LogIn, token_of
from tests.web.seed import LEAD, NOW, Seeded

ASKS = "Cem Özdemir heeft nu geen dienst. Toch bellen?"


def rung(office: Office) -> int:
    with office.sessions() as session:
        return len(session.scalars(select(OutboxMessage.id).where(OutboxMessage.kind == "callback_leg")).all())


def press(client: FlaskClient, path: str, **fields: str) -> str:
    data = {"csrf_token": token_of(client, path), **fields}
    return client.post(f"{path}/bel", data=data, follow_redirects=True).text


def test_an_owner_on_duty_is_rung_at_once(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client, path = log_in(LEAD), f"/terugbellen/{seeded.plain}"
    assert "Bel Cem Özdemir, en dan de beller" in client.get(path).text
    page = press(client, path)
    assert "Cem Özdemir wordt gebeld." in page
    assert "en dan de beller" not in page
    assert rung(office) == 1


def test_an_owner_off_duty_is_rung_only_after_yes(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client, path = log_in(LEAD), f"/terugbellen/{seeded.plain}"
    clock = office.clock
    assert isinstance(clock, VirtualClock)
    clock.advance(timedelta(hours=10).total_seconds())
    page = press(client, path)
    assert ASKS in page
    assert "Nee</a>" in page
    assert rung(office) == 0
    assert ASKS not in client.get(path).text
    assert "Cem Özdemir wordt gebeld." in press(client, path, anyway="yes")
    assert rung(office) == 1


def test_an_owner_who_is_away_is_rung_only_after_yes(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    with office.sessions.begin() as session:
        state = session.get_one(ConsultantState, "CEM")
        state.presence, state.presence_until = "away", NOW + timedelta(hours=1)
    assert "Cem Özdemir is nu afwezig. Toch bellen?" in press(log_in(LEAD), f"/terugbellen/{seeded.plain}")
    assert rung(office) == 0


def test_nobody_is_rung_for_a_callback_without_an_owner(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    with office.sessions.begin() as session:
        session.get_one(Callback, seeded.plain).owner = None
    client, path = log_in(LEAD), f"/terugbellen/{seeded.plain}"
    assert "en dan de beller" not in client.get(path).text
    assert "Draag het eerst aan iemand over" in press(client, path)


def test_a_colleague_on_a_call_is_not_told_as_if_it_were_the_lead(
    log_in: LogIn, office: Office, seeded: Seeded
) -> None:
    with office.sessions.begin() as session:
        state = session.get_one(ConsultantState, "CEM")
        state.reserved_until, state.reserved_for = NOW + timedelta(minutes=5), "call:1"
    assert "Deze collega is in gesprek." in press(log_in(LEAD), f"/terugbellen/{seeded.plain}")


def test_a_time_by_hand_outside_opening_hours_is_refused_in_words(log_in: LogIn, seeded: Seeded) -> None:
    client, path = log_in(LEAD), f"/terugbellen/{seeded.plain}"
    for at, sentence in (("2027-06-13T03:00", "binnen de openingstijden"), ("2199-06-04T12:00", "binnen 60 dagen")):
        data = {"csrf_token": token_of(client, path), "do": "due", "due_at": at}
        headers = {"Referer": f"http://localhost{path}"}
        assert sentence in client.post(path, data=data, headers=headers, follow_redirects=True).text


def test_one_noted_for_a_number_that_has_one_says_that_it_joined(log_in: LogIn) -> None:
    client = log_in(LEAD)
    form = {"csrf_token": token_of(client, "/terugbellen"), "number": "06 1234 5678", "due_at": "2027-06-08T16:30"}
    page = client.post("/terugbellen", data=form, follow_redirects=True).text
    assert "er al een terugbelverzoek; dit is erbij gevoegd: bellen vóór 16.30 uur" in page
    assert len(re.findall("vóór 16.30 uur", page)) >= 2
