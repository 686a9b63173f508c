"""Of two people who change one callback by its page, the second is told, and keeps what was typed."""

import re
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from callcenter.access.records import AuditEvent
from callcenter.callbacks import verbs
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.office import Office
from tests.web.conftest import LogIn
from tests.web.seed import CONSULTANT, LEAD, NOW, Seeded

NOTICE = "Iemand heeft dit terugbelverzoek intussen gewijzigd; kijk nog eens."


def form_of(client: FlaskClient, path: str, field: str = "seen") -> dict[str, str]:
    """The hidden fields of the page as it is now: the CSRF token and the tag of what it shows."""
    page = client.get(path).text
    names = ("csrf_token", field)
    return {name: re.findall(rf'name="{name}" value="([^"]*)"', page)[0] for name in names}


def another_writes(office: Office, callback_id: int, text: str) -> None:
    with office.sessions.begin() as session:
        verbs.note(session, callback_id, text, "another@rbl.example", NOW)


def stored(office: Office, callback_id: int) -> Callback:
    with office.sessions() as session:
        return session.get_one(Callback, callback_id)


def test_the_second_lead_reads_the_change_and_keeps_the_typed_note(
    log_in: LogIn, office: Office, seeded: Seeded
) -> None:
    client, path = log_in(LEAD), f"/terugbellen/{seeded.plain}"
    form = form_of(client, path)
    another_writes(office, seeded.plain, "belt zelf terug")
    refused = client.post(path, data=form | {"do": "note", "note": "vraagt naar verlof"})
    assert refused.status_code == 409
    assert NOTICE in refused.text
    assert "De notitie is nu: belt zelf terug" in refused.text
    assert ">vraagt naar verlof</textarea>" in refused.text
    assert stored(office, seeded.plain).note == "belt zelf terug"

    seen = re.findall(r'name="seen" value="([^"]*)"', refused.text)[-1]
    again = client.post(path, data=form | {"seen": seen, "do": "note", "note": "vraagt naar verlof"})
    assert again.status_code == 303
    assert stored(office, seeded.plain).note == "vraagt naar verlof"


def test_no_action_of_the_second_lead_is_applied(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client, path = log_in(LEAD), f"/terugbellen/{seeded.plain}"
    form = form_of(client, path)
    with office.sessions.begin() as session:
        verbs.hand_over(session, seeded.plain, "BRA", "another@rbl.example", NOW)
    for fields in (
        {"do": "hand_over", "to": "AIS"},
        {"do": "due", "due_at": "2027-06-08T16:00"},
        {"do": "cancel", "because": "dubbel"},
        {"do": "attempt", "result": "reached"},
    ):
        refused = client.post(path, data=form | fields)
        assert refused.status_code == 409
        assert NOTICE in refused.text
    assert 'value="dubbel"' in client.post(path, data=form | {"do": "cancel", "because": "dubbel"}).text
    assert client.post(f"{path}/bel", data=form).status_code == 409
    callback = stored(office, seeded.plain)
    assert (callback.owner, callback.state, callback.attempts) == ("BRA", "open", 1)


def test_of_the_ticked_ones_those_that_changed_stay_as_they_are(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client = log_in(LEAD)
    page = client.get(f"/terugbellen/samen?do=hand_over&id={seeded.plain}&id={seeded.heard}").text
    form = {
        "csrf_token": re.findall(r'name="csrf_token" value="([^"]*)"', page)[0],
        "seen": re.findall(r'name="seen" value="([^"]*)"', page),
        "id": [str(seeded.plain), str(seeded.heard)],
        "do": "hand_over",
        "to": "AIS",
    }
    another_writes(office, seeded.plain, "belt zelf terug")
    client.post("/terugbellen/samen", data=form)
    page = client.get("/terugbellen").text
    assert "1 terugbelverzoek gewijzigd." in page
    assert "1 kon niet worden gewijzigd: Iemand heeft dit terugbelverzoek intussen gewijzigd" in page
    assert (stored(office, seeded.heard).owner, stored(office, seeded.plain).owner) == ("AIS", "CEM")


def test_a_consultants_note_does_not_overwrite_the_leads(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client, path = log_in(CONSULTANT), f"/mijn/terugbellen/{seeded.plain}"
    form = form_of(client, path, "note_seen")
    another_writes(office, seeded.plain, "vraagt naar verlof")
    refused = client.post(f"{path}/notitie", data=form | {"note": "nam niet op"})
    assert refused.status_code == 409
    assert NOTICE in refused.text
    assert "De notitie is nu: vraagt naar verlof" in refused.text
    assert ">nam niet op</textarea>" in refused.text
    assert stored(office, seeded.plain).note == "vraagt naar verlof"


def test_a_result_is_stored_also_when_its_note_is_not(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client, path = log_in(CONSULTANT), f"/mijn/terugbellen/{seeded.plain}"
    form = form_of(client, path, "note_seen")
    another_writes(office, seeded.plain, "vraagt naar verlof")
    page = client.post(f"{path}/resultaat", data=form | {"result": "reached", "note": "alles besproken"})
    assert page.status_code == 409
    assert "Genoteerd: gesproken." in page.text
    assert ">alles besproken</textarea>" in page.text
    callback = stored(office, seeded.plain)
    assert (callback.state, callback.note) == ("reached", "vraagt naar verlof")


def test_a_result_leaves_a_note_that_nobody_touched_as_it_is(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    another_writes(office, seeded.plain, "eerste regel\ntweede regel")
    client, path = log_in(CONSULTANT), f"/mijn/terugbellen/{seeded.plain}"
    form = form_of(client, path, "note_seen")
    another_writes(office, seeded.plain, "eerste regel\ntweede regel\nderde regel")
    # A browser's field of one line drops the line ends of what it shows.
    answer = client.post(f"{path}/resultaat", data=form | {"result": "no_answer", "note": "eerste regeltweede regel"})
    assert answer.status_code == 303
    assert stored(office, seeded.plain).note == "eerste regel\ntweede regel\nderde regel"
    with office.sessions() as session:
        by = session.scalars(select(AuditEvent.actor).where(AuditEvent.action == "callback_note")).all()
    assert set(by) == {"another@rbl.example"}


def test_an_appointment_is_not_made_over_another_due_time(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client, path = log_in(CONSULTANT), f"/mijn/terugbellen/{seeded.plain}"
    form = form_of(client, path, "promise_seen")
    with office.sessions.begin() as session:
        session.get_one(Callback, seeded.plain).set_due(NOW + timedelta(hours=2))
    refused = client.post(f"{path}/afspraak", data=form | {"at": "2027-06-09T10:15"})
    assert refused.status_code == 409
    assert NOTICE in refused.text
    assert 'value="2027-06-09T10:15"' in refused.text
    assert stored(office, seeded.plain).appointment_at is None


def test_the_own_call_meanwhile_is_no_reason_to_refuse_the_consultants_note(
    log_in: LogIn, office: Office, seeded: Seeded
) -> None:
    client, path = log_in(CONSULTANT), f"/mijn/terugbellen/{seeded.plain}"
    form = form_of(client, path, "note_seen")
    with office.sessions.begin() as session:
        attempt = {"started_at": NOW, "dialled_at": NOW, "ended_at": NOW, "expires_at": NOW, "state": "ended"}
        session.add(CallbackAttempt(callback_id=seeded.plain, consultant="CEM", result="no_answer", **attempt))
    assert client.post(f"{path}/notitie", data=form | {"note": "nam niet op"}).status_code == 303
    assert stored(office, seeded.plain).note == "nam niet op"
