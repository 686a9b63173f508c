"""The consultant's own pages, and the actions on them."""

from datetime import timedelta

import icalendar
from sqlalchemy import select

from callcenter.access.records import AuditEvent
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.directory.lookup import who_calls
from callcenter.notify.channels import wanted
from callcenter.notify.records import TextStop
from callcenter.office import Office
from callcenter.presence.records import ConsultantState
from callcenter.telephony.records import OutboxMessage
from tests.web.conftest import LogIn, token_of
from tests.web.seed import CONSULTANT, LEAD, NOW, Seeded


def test_the_own_callbacks_come_by_due_time_and_nobody_elses(log_in: LogIn) -> None:
    page = log_in(CONSULTANT).get("/mijn").text
    assert page.index("obs De Wegwijzer") < page.index("06 12345678")
    assert "Terugbellen (2)" in page
    assert "Insula College" not in page
    assert "2× gebeld" in page
    assert "pauze" in page
    assert "in dienst tot 12.00" in page
    assert "**61*+31858880000**15#" in page


def test_a_callback_that_was_handed_over_is_no_longer_shown(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client = log_in(CONSULTANT)
    with office.sessions.begin() as session:
        session.get_one(Callback, seeded.plain).owner = "BRA"
    assert client.get(f"/mijn/terugbellen/{seeded.plain}").status_code == 404
    token = token_of(client, "/mijn")
    form = {"csrf_token": token, "result": "reached"}
    assert client.post(f"/mijn/terugbellen/{seeded.plain}/resultaat", data=form).status_code == 404


def test_every_listening_is_audited_and_only_the_owner_and_leads_hear_a_message(
    log_in: LogIn, office: Office, seeded: Seeded
) -> None:
    sound = log_in(CONSULTANT).get(f"/berichten/{seeded.voicemail}")
    assert sound.content_type == "audio/wav"
    assert sound.data.startswith(b"RIFF")
    part = log_in(LEAD).get(f"/berichten/{seeded.voicemail}", headers={"Range": "bytes=100-199"})
    assert (part.status_code, len(part.data)) == (206, 100)
    with office.sessions() as session:
        heard = session.execute(
            select(AuditEvent.actor, AuditEvent.subject).where(AuditEvent.action == "voicemail_heard")
        ).all()
    assert heard == [(CONSULTANT, f"voicemail:{seeded.voicemail}")]
    with office.sessions.begin() as session:
        session.get_one(Callback, seeded.heard).owner = "BRA"
    assert log_in(CONSULTANT).get(f"/berichten/{seeded.voicemail}").status_code == 404


def test_one_press_rings_the_own_mobile_and_a_second_press_does_nothing(
    log_in: LogIn, office: Office, seeded: Seeded
) -> None:
    client = log_in(CONSULTANT)
    form = {"csrf_token": token_of(client, "/mijn"), "next": "/mijn"}
    for _ in range(2):
        assert client.post(f"/mijn/terugbellen/{seeded.heard}/bel", data=form).location == "/mijn"
    with office.sessions() as session:
        orders = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "callback_leg")).all()
        assert [order.payload["to"] for order in orders] == ["+31635000003"]
        assert session.get_one(Callback, seeded.heard).state == "claimed"
    assert "Je telefoon gaat zo" in client.get("/mijn").text


def test_a_refusal_is_shown_with_its_reason(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client = log_in(CONSULTANT)
    with office.sessions.begin() as session:
        state = session.get_one(ConsultantState, "CEM")
        state.reserved_until, state.reserved_for = NOW + timedelta(minutes=5), "call:1"
    form = {"csrf_token": token_of(client, "/mijn")}
    page = client.post(f"/mijn/terugbellen/{seeded.heard}/bel", data=form, follow_redirects=True).text
    assert "Je bent in gesprek." in page


def test_a_result_with_a_note_closes_the_callback(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client = log_in(CONSULTANT)
    client.get(f"/berichten/{seeded.voicemail}")
    form = {"csrf_token": token_of(client, "/mijn"), "result": "reached", "note": "volgende week op huisbezoek"}
    page = client.post(f"/mijn/terugbellen/{seeded.heard}/resultaat", data=form, follow_redirects=True).text
    assert "Genoteerd: gesproken." in page
    assert "Terugbellen (1)" in page
    with office.sessions() as session:
        found = session.get_one(Callback, seeded.heard)
        assert (found.state, found.note) == ("reached", "volgende week op huisbezoek")
        assert session.scalar(select(CallbackAttempt.by).order_by(CallbackAttempt.id.desc())) == CONSULTANT


def test_an_appointment_outside_the_own_shift_is_refused_in_words(log_in: LogIn, seeded: Seeded) -> None:
    client, path = log_in(CONSULTANT), f"/mijn/terugbellen/{seeded.heard}"
    token = token_of(client, path)
    headers = {"Referer": f"http://localhost{path}"}
    refused = client.post(
        f"{path}/afspraak",
        data={"csrf_token": token, "at": "2027-06-11T15:00"},
        headers=headers,
        follow_redirects=True,
    )
    assert "kies een tijd waarop wie terugbelt in dienst is" in refused.text
    agreed = client.post(
        f"{path}/afspraak", data={"csrf_token": token, "at": "2027-06-09T10:15"}, follow_redirects=True
    )
    assert "afspraak morgen 10.15 uur" in agreed.text


def test_presence_is_set_with_its_end_and_available_ends_it(log_in: LogIn, office: Office) -> None:
    client = log_in(CONSULTANT)
    token = token_of(client, "/mijn")
    client.post("/mijn/aanwezigheid", data={"csrf_token": token, "state": "busy", "minutes": "45"})
    with office.sessions() as session:
        state = session.get_one(ConsultantState, "CEM")
        assert (state.presence, state.presence_until) == ("busy", NOW + timedelta(minutes=45))
    assert 'bezet <span class="muted">tot 10.45' in client.get("/mijn").text
    client.post("/mijn/aanwezigheid", data={"csrf_token": token, "state": "available"})
    with office.sessions() as session:
        assert session.get_one(ConsultantState, "CEM").presence == "available"


def test_an_unknown_number_is_given_its_school_for_good(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client, path = log_in(CONSULTANT), f"/mijn/terugbellen/{seeded.plain}"
    assert "obs De Wegwijzer" in client.get(f"{path}?zoek=wegwijzer").text
    client.post(f"{path}/school", data={"csrf_token": token_of(client, path), "code": "05WE00"})
    assert "obs De Wegwijzer, Dordrecht" in client.get(path).text
    with office.sessions() as session:
        contact = who_calls(session, "+31612345678").contact
        assert contact is not None
        assert contact.duo_code == "05WE00"


def test_messages_are_switched_off_one_by_one(log_in: LogIn, office: Office) -> None:
    client = log_in(CONSULTANT)
    form = {"csrf_token": token_of(client, "/mijn"), "kind": ["overdue"]}
    client.post("/mijn/berichten", data=form)
    with office.sessions() as session:
        assert wanted(session, "CEM") == {"new": False, "due_soon": False, "overdue": True, "digest": False}


def test_who_sent_stop_is_told_which_line_to_send_start_to(log_in: LogIn, office: Office) -> None:
    client = log_in(CONSULTANT)
    assert "START" not in client.get("/mijn").text
    with office.sessions.begin() as session:
        session.add(TextStop(consultant="CEM", mobile="+31635000003", line_number="+31858880099", since=NOW))
    assert "Sms START naar 085 888 0099" in client.get("/mijn").text.replace("\xa0", " ")


def test_the_calendar_address_works_until_it_is_taken_back_and_holds_no_name(log_in: LogIn) -> None:
    import re

    client = log_in(CONSULTANT)
    form = {"csrf_token": token_of(client, "/mijn"), "do": "create"}
    page = client.post("/mijn/agenda", data=form, follow_redirects=True).text
    path = re.findall(r"https://callcenter.example.nl(/calendar/[^ <]+)", page)[0]
    answer = client.get(path)
    assert answer.content_type.startswith("text/calendar")
    events = icalendar.Calendar.from_ical(answer.data).walk("VEVENT")
    assert {str(one["summary"]) for one in events} == {"Telefoondienst", "Terugbellen"}
    assert "Wegwijzer" not in answer.text
    assert "6130001" not in answer.text
    client.post("/mijn/agenda", data=form | {"do": "revoke"})
    assert client.get(path).status_code == 404
    assert client.get("/calendar/guessed.ics").status_code == 404
