"""A callback with messages is closed only when each message was heard, or somebody marks it as dealt with."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks import hearing, promises
from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.calls.records import Voicemail, VoicemailAudio
from callcenter.clock import VirtualClock
from callcenter.lines.records import Line
from callcenter.reachability.gauge_reads import callbacks
from callcenter.standin.people.scripts import PhoneScript, press
from callcenter.web.callbacks.queries import callback_counts
from tests.support.api_office import a_call
from tests.support.callback_office import CallbackOffice
from tests.support.promises import SCHOOL, a_rota, an_office, at, facts, promised, total
from tests.support.racing import race

ACCEPTS = PhoneScript(after_s=3, steps=(press("1", at_s=4),), talk_s=90)
SAYS_SPOKEN = PhoneScript(after_s=3, steps=(press("1", at_s=4), press("1", when="heard:Gesproken: toets 1", after_s=1)))


@pytest.fixture
def office(engine: Engine, clock: VirtualClock) -> CallbackOffice:
    return CallbackOffice(engine, clock)


def leaves_message(
    sessions: sessionmaker[Session], now: Any, *, left_at: Any = None, state: str = "stored", **more: Any
) -> int:
    """A caller from the school leaves a message. Returns its id; call, message and callback are committed together."""
    with sessions.begin() as session:
        line = session.scalars(select(Line)).one()
        call = a_call(session, line, now - timedelta(seconds=90), "voicemail", from_number=SCHOOL, **more)
        voicemail = Voicemail(call_id=call.id, duration_s=21, received_at=now, state=state)
        session.add(voicemail)
        session.flush()
        call.voicemail_id = voicemail.id
        voicemail_id = voicemail.id
        promise = facts(line.id, SCHOOL, "voicemail", preferred="AIS", left_at=left_at)
        callback = promises.promise(session, a_rota(), promise, now)
        assert callback is not None
        call.callback_id = callback.id
        return voicemail_id


def the_callback(office: CallbackOffice) -> Callback:
    with office.sessions() as session:
        return session.scalars(select(Callback)).one()


def rings_back(office: CallbackOffice, script: PhoneScript = ACCEPTS, talks_s: float = 70) -> None:
    office.mobile().follows(script)
    office.caller().answers_after(5, talks_s=talks_s)
    assert office.press(the_callback(office).id) == 202
    office.live()


def test_who_listens_and_then_rings_back_closes_it_as_ever(office: CallbackOffice) -> None:
    message = leaves_message(office.sessions, office.clock.now())
    with office.sessions.begin() as session:
        hearing.listened(session, message, "AIS", "AIS", office.clock.now())
    rings_back(office)
    assert (the_callback(office).state, the_callback(office).closed_in_time) == ("reached", True)


def test_a_talk_while_a_message_is_unheard_leaves_it_for_the_question(office: CallbackOffice) -> None:
    leaves_message(office.sessions, office.clock.now())
    rings_back(office)
    callback = the_callback(office)
    assert (callback.state, callback.closes_as, callback.closed_at) == ("claimed", "reach", None)
    assert [attempt.result for attempt in office.attempts(callback.id)] == ["reached"]
    assert total(office.sessions, "callcenter_callbacks_closed_total") == 0


def test_hearing_the_last_message_closes_it_in_the_time_of_the_call(office: CallbackOffice) -> None:
    first = leaves_message(office.sessions, office.clock.now())
    second = leaves_message(office.sessions, office.clock.now() + timedelta(seconds=1))
    rings_back(office)
    office.wait(180)  # well past the promised time; the call fulfilled the promise
    with office.sessions.begin() as session:
        hearing.listened(session, first, "AIS", "AIS", office.clock.now())
    assert the_callback(office).state == "claimed"
    with office.sessions.begin() as session:
        hearing.mark_heard(session, second, "AIS", "AIS", office.clock.now())
    callback = the_callback(office)
    assert (callback.state, callback.closed_in_time, callback.closes_as) == ("reached", True, None)
    assert total(office.sessions, "callcenter_callbacks_closed_total") == 1


def test_spoken_to_by_key_while_a_message_is_unheard_waits_as_well(office: CallbackOffice) -> None:
    message = leaves_message(office.sessions, office.clock.now())
    rings_back(office, SAYS_SPOKEN, talks_s=5)
    assert (the_callback(office).state, the_callback(office).closes_as) == ("claimed", "reach")
    with office.sessions.begin() as session:
        hearing.mark_heard(session, message, "AIS", "AIS", office.clock.now())
    assert the_callback(office).state == "reached"


@pytest.mark.parametrize("state", ["lost", "erased"])
def test_a_message_that_cannot_be_heard_can_be_ticked(office: CallbackOffice, state: str) -> None:
    message = leaves_message(office.sessions, office.clock.now(), state=state)
    callback_id = the_callback(office).id
    status, answer = office.api("PATCH", f"/callbacks/{callback_id}", state="reached")
    assert (status, answer["reason"], answer["voicemail_ids"]) == (409, "unheard", [message])
    assert office.api("POST", f"/voicemails/{message}/heard")[0] == 200
    status, answer = office.api("PATCH", f"/callbacks/{callback_id}", state="reached")
    assert (status, answer["state"]) == (200, "reached")


def test_the_api_names_the_message_that_nobody_has_heard(office: CallbackOffice) -> None:
    message = leaves_message(office.sessions, office.clock.now())
    callback_id = the_callback(office).id
    for method, path, body in (
        ("PATCH", f"/callbacks/{callback_id}", {"state": "reached"}),
        ("PATCH", f"/callbacks/{callback_id}", {"state": "unreachable"}),
        ("POST", f"/callbacks/{callback_id}/attempts", {"result": "reached"}),
    ):
        status, answer = office.api(method, path, **body)
        assert (status, answer["reason"], answer["voicemail_ids"]) == (409, "unheard", [message])
        assert f"message {message} (left at 2027-06-08T08:00:00Z)" in answer["detail"]
    assert office.attempts(callback_id) == []
    (shown,) = office.api("GET", f"/callbacks/{callback_id}")[1]["voicemails"]
    assert (shown["id"], shown["heard_at"], shown["heard_by"], shown["duration_s"]) == (message, None, None, 21)
    assert office.api("POST", f"/voicemails/{message}/heard")[1]["heard_by"] == "AIS"
    assert office.api("POST", f"/callbacks/{callback_id}/attempts", result="reached")[0] == 201


def test_a_colleagues_message_is_none_of_a_consultants(office: CallbackOffice) -> None:
    message = leaves_message(office.sessions, office.clock.now())
    for method, path in (("GET", ""), ("GET", "/audio"), ("POST", "/heard")):
        assert office.api(method, f"/voicemails/{message}{path}", "BRA")[0] == 404
    with office.sessions() as session:
        assert session.get_one(Voicemail, message).heard_at is None


def test_listening_through_the_api_is_hearing_it(office: CallbackOffice) -> None:
    message = leaves_message(office.sessions, office.clock.now())
    with office.sessions.begin() as session:
        session.add(VoicemailAudio(voicemail_id=message, content_type="audio/wav", audio=b"RIFF"))
    token = office._tokens["AIS"]
    answer = office.app.test_client().get(
        f"/api/v1/voicemails/{message}/audio", headers={"Authorization": f"Bearer {token}"}
    )
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "audio/wav", b"RIFF")
    shown = office.api("GET", f"/voicemails/{message}")[1]
    assert (shown["heard_at"], shown["heard_by"]) == ("2027-06-08T08:00:00Z", "AIS")


def test_a_caller_reached_in_time_is_not_reported_overdue_while_a_message_is_unheard(
    office: CallbackOffice,
) -> None:
    message = leaves_message(office.sessions, office.clock.now())
    rings_back(office)
    before = len(office.twilio.exchange.messages.by_sid)
    for _ in range(30):  # past the promised time, and past the 15 minutes after which the lead is notified
        office.wait(10)
        office.look()
    callback = the_callback(office)
    assert callback.due_at < office.clock.now()
    assert (callback.reminded_at, callback.overdue_told_at, callback.escalated_at) == (None, None, None)
    assert len(office.twilio.exchange.messages.by_sid) == before
    assert office.api("GET", f"/callbacks/{callback.id}")[1]["overdue"] is False
    with office.sessions() as session:
        now = office.clock.now()
        assert (callback_counts(session, now).open, callback_counts(session, now).overdue) == (1, 0)
        assert (callback_counts(session, now).at_risk, callbacks(session, now).overdue) == (0, 0)
    office.api("POST", f"/voicemails/{message}/heard")
    assert the_callback(office).closed_in_time


def test_after_the_last_attempt_a_message_is_still_to_be_heard(office: CallbackOffice) -> None:
    message = leaves_message(office.sessions, office.clock.now())
    callback_id = the_callback(office).id
    for _ in range(3):
        assert office.api("POST", f"/callbacks/{callback_id}/attempts", result="no_answer")[0] == 201
    assert (the_callback(office).state, the_callback(office).closes_as) == ("claimed", "give_up")
    office.api("POST", f"/voicemails/{message}/heard")
    assert the_callback(office).state == "unreachable"


def test_a_call_that_comes_in_while_it_waits_is_promised_anew(office: CallbackOffice) -> None:
    leaves_message(office.sessions, office.clock.now())
    rings_back(office)
    office.wait(180)
    promised(office.sessions, office.clock.now())
    callback = the_callback(office)
    assert (callback.state, callback.closes_as) == ("claimed", None)
    assert callback.due_at > office.clock.now()


def test_one_that_the_caller_recorded_anew_need_not_be_heard(office: CallbackOffice) -> None:
    newest = leaves_message(office.sessions, office.clock.now())
    with office.sessions.begin() as session:
        call_id = session.get_one(Voicemail, newest).call_id
        session.add(Voicemail(call_id=call_id, duration_s=4, received_at=office.clock.now(), state="erased"))
        hearing.listened(session, newest, "AIS", "AIS", office.clock.now())
    rings_back(office)
    assert the_callback(office).state == "reached"


def test_a_call_that_ends_while_a_message_joins_never_closes_that_message(sessions: sessionmaker[Session]) -> None:
    now = at("8 08:00")
    with sessions.begin() as session:
        an_office(session, now)

    def message() -> None:
        # It was left before the call came in and is reported only now, so the time of the report does not protect it.
        leaves_message(sessions, now + timedelta(minutes=5), left_at=now)

    def end_of_talk() -> None:
        with sessions.begin() as session:
            later = now + timedelta(minutes=5)
            promises.resolve_by_call(session, SCHOOL, later, came_in_at=now + timedelta(minutes=1), answered_by="BRA")

    for _ in range(25):
        promised(sessions, now, reason="missed")
        race(message, end_of_talk)
        with sessions.begin() as session:
            unheard = (
                select(Callback.state)
                .join(Call, Call.callback_id == Callback.id)
                .join(Voicemail, Voicemail.id == Call.voicemail_id)
            )
            assert set(session.scalars(unheard.where(Voicemail.heard_at.is_(None)))) == {"open"}
            for voicemail_id in session.scalars(select(Voicemail.id).where(Voicemail.heard_at.is_(None))).all():
                hearing.mark_heard(session, voicemail_id, "AIS", "AIS", now)
            promises.resolve_by_call(session, SCHOOL, now, came_in_at=now + timedelta(hours=1), answered_by=None)
