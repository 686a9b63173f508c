"""Messages that nobody heard keep a callback open, and a consultant is asked what else a conversation settled."""

import re
from datetime import timedelta

from sqlalchemy import select

from callcenter.access.records import AuditEvent
from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.calls.records import Voicemail
from callcenter.office import Office
from tests.web.conftest import LogIn, token_of
from tests.web.seed import CONSULTANT, LEAD, NOW, Seeded, a_call


def deeds(office: Office) -> list[str]:
    with office.sessions() as session:
        return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def ask_cem(office: Office, callback_id: int, owner: str = "BRA") -> None:
    """Cem has just spoken with somebody whose number has this callback, which a colleague owns."""
    with office.sessions.begin() as session:
        callback = session.get_one(Callback, callback_id)
        callback.owner, callback.question_to, callback.question_at = owner, "CEM", NOW - timedelta(minutes=2)


def a_second_message(office: Office, seeded: Seeded) -> int:
    with office.sessions.begin() as session:
        call = a_call(77, NOW - timedelta(minutes=30), "voicemail", callback_id=seeded.heard)
        session.add(call)
        session.flush()
        message = Voicemail(call_id=call.id, duration_s=40, received_at=NOW - timedelta(minutes=29), state="lost")
        session.add(message)
        session.flush()
        call.voicemail_id = message.id
        return message.id


def test_a_result_is_refused_with_the_message_that_nobody_heard_and_what_was_typed_stays(
    log_in: LogIn, office: Office, seeded: Seeded
) -> None:
    client, path = log_in(CONSULTANT), f"/mijn/terugbellen/{seeded.heard}"
    form = {"csrf_token": token_of(client, path), "result": "reached", "note": "over verzuim"}
    headers = {"Referer": f"http://localhost{path}"}
    page = client.post(f"{path}/resultaat", data=form, headers=headers, follow_redirects=True).text
    assert "Er is een bericht dat nog niemand heeft gehoord" in page
    assert "9.19 uur (3 s)" in page
    assert "nog niet gehoord" in page
    assert "over verzuim" in page
    with office.sessions() as session:
        assert session.get_one(Callback, seeded.heard).state == "open"


def test_playing_a_message_is_hearing_it_and_looking_at_its_head_is_not(
    log_in: LogIn, office: Office, seeded: Seeded
) -> None:
    client = log_in(CONSULTANT)
    client.head(f"/berichten/{seeded.voicemail}")
    client.get(f"/berichten/{seeded.voicemail}", headers={"Range": "bytes=100-199"})
    with office.sessions() as session:
        assert session.get_one(Voicemail, seeded.voicemail).heard_at is None
    client.get(f"/berichten/{seeded.voicemail}")
    client.get(f"/berichten/{seeded.voicemail}")
    with office.sessions() as session:
        message = session.get_one(Voicemail, seeded.voicemail)
        assert (message.heard_at, message.heard_by) == (NOW, "CEM")
    assert deeds(office).count("voicemail_heard") == 2
    assert "gehoord 10.00 uur, Cem Özdemir" in client.get("/mijn").text


def test_several_messages_are_ticked_at_once(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    lost = a_second_message(office, seeded)
    client = log_in(CONSULTANT)
    page = client.get("/mijn").text
    assert "Alle 2 berichten zijn afgehandeld" in page  # one of them was lost
    assert "ging verloren. Bel terug" in page
    form = {"csrf_token": token_of(client, "/mijn"), "voicemail": [str(seeded.voicemail), str(lost)], "next": "/mijn"}
    page = client.post("/berichten/gehoord", data=form, follow_redirects=True).text
    assert "2 berichten genoteerd als gehoord." in page
    assert "nog niet gehoord" not in page
    assert deeds(office).count("voicemail_ticked") == 2


def test_only_the_owner_who_is_asked_and_leads_may_tick(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    with office.sessions.begin() as session:
        session.get_one(Callback, seeded.heard).owner = "BRA"
    client = log_in(CONSULTANT)
    form = {"csrf_token": token_of(client, "/mijn"), "voicemail": str(seeded.voicemail)}
    assert client.post("/berichten/gehoord", data=form).status_code == 404
    ask_cem(office, seeded.heard)
    assert client.get(f"/berichten/{seeded.voicemail}").status_code == 200
    lead = log_in(LEAD)
    form["csrf_token"] = token_of(lead, "/")
    assert lead.post("/berichten/gehoord", data=form).status_code == 303


def test_the_talk_settled_it_is_one_tap(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    ask_cem(office, seeded.heard)
    client = log_in(CONSULTANT)
    page = client.get("/mijn").text
    assert "Is dit ook afgehandeld?" in page
    assert "Je sprak met iemand van dit nummer, tot 9.58 uur." in page
    form = {"csrf_token": token_of(client, "/mijn"), "settled": "yes"}
    answer = client.post(f"/mijn/terugbellen/{seeded.heard}/afgehandeld", data=form, follow_redirects=True).text
    assert "Genoteerd: afgehandeld." in answer
    assert "Is dit ook afgehandeld?" not in answer
    with office.sessions() as session:
        callback = session.get_one(Callback, seeded.heard)
        assert (callback.state, callback.closed_in_time) == ("resolved", True)
        assert session.get_one(Voicemail, seeded.voicemail).heard_by == "CEM"
    assert "callback_settled" in deeds(office)


def test_the_talk_did_not_settle_it_leaves_it_as_it_is(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    ask_cem(office, seeded.heard)
    client = log_in(CONSULTANT)
    form = {"csrf_token": token_of(client, "/mijn"), "settled": "no"}
    answer = client.post(f"/mijn/terugbellen/{seeded.heard}/afgehandeld", data=form, follow_redirects=True).text
    assert "Genoteerd: het blijft open." in answer
    assert "Is dit ook afgehandeld?" not in answer
    with office.sessions() as session:
        callback = session.get_one(Callback, seeded.heard)
        assert (callback.state, callback.owner, callback.question_to) == ("open", "BRA", None)
        assert session.get_one(Voicemail, seeded.voicemail).heard_at is None


def test_who_is_not_asked_settles_nothing(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client = log_in(CONSULTANT)
    form = {"csrf_token": token_of(client, "/mijn"), "settled": "yes"}
    assert client.post(f"/mijn/terugbellen/{seeded.heard}/afgehandeld", data=form).status_code == 409
    with office.sessions.begin() as session:
        session.get_one(Callback, seeded.heard).question_to = "BRA"
        session.get_one(Callback, seeded.heard).question_at = NOW
    assert client.post(f"/mijn/terugbellen/{seeded.heard}/afgehandeld", data=form).status_code == 404
    with office.sessions() as session:
        assert session.get_one(Callback, seeded.heard).state == "open"


def test_a_callback_that_waits_for_a_message_says_so(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    with office.sessions.begin() as session:
        callback = session.get_one(Callback, seeded.heard)
        callback.state, callback.closes_as = "claimed", "reach"
    assert "Nog niet klaar (gesproken)" in log_in(CONSULTANT).get("/mijn").text
    assert "Nog niet klaar (gesproken)" in log_in(LEAD).get(f"/terugbellen/{seeded.heard}").text


def test_what_was_spoken_to_and_waits_for_a_message_is_shown_as_that_and_not_as_late(
    log_in: LogIn, office: Office, seeded: Seeded
) -> None:
    with office.sessions.begin() as session:
        callback = session.get_one(Callback, seeded.heard)
        callback.state, callback.closes_as, callback.due_at = "claimed", "reach", NOW - timedelta(hours=1)
    mine, lead = log_in(CONSULTANT), log_in(LEAD)
    assert "luister nog één bericht af" in mine.get("/mijn").text
    assert "luister nog één bericht af" in lead.get(f"/terugbellen/{seeded.heard}").text
    assert "alleen nog een bericht af te handelen" in lead.get("/terugbellen").text
    assert f'/terugbellen/{seeded.heard}"' not in lead.get("/terugbellen?show=overdue").text
    assert "te laat sinds 9.00 uur" not in mine.get("/mijn").text.replace("\xa0", " ")


def test_a_lost_message_is_dealt_with_and_never_called_heard(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    with office.sessions.begin() as session:
        callback = session.get_one(Callback, seeded.heard)
        callback.state, callback.closes_as = "claimed", "reach"
        session.get_one(Voicemail, seeded.voicemail).state = "lost"
    a_second_message(office, seeded)
    page = log_in(CONSULTANT).get("/mijn").text.replace("\xa0", " ")
    assert "Het bericht van 9.31 uur ging verloren. Bel terug om te horen waar het over ging.</p>" in page
    assert page.count("nog niet afgehandeld") == 2
    assert "Alle 2 berichten zijn afgehandeld" in page
    assert "een bericht is niet meer te beluisteren. Tik op Afgehandeld" in page
    assert "handel nog 2 berichten af" in page
    assert not re.search(r"(?i)gehoord|luister (?:het|nog)", re.sub(r"<[^>]*>", " ", page.split('id="tasks"')[1]))


def test_a_request_by_key_is_shown_beside_the_stronger_reason(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    with office.sessions.begin() as session:
        session.get_one(Call, seeded.missed).wants_callback = True
    assert "wil teruggebeld worden" in log_in(CONSULTANT).get("/mijn").text
