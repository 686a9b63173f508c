"""Erasing a number leaves no trace of it in any table or file, and does not change the figures."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.calls.records import Voicemail, VoicemailAudio
from callcenter.directory.records import Contact
from callcenter.errors import InvalidInput
from callcenter.privacy.erase import forget
from callcenter.privacy.export import export
from callcenter.privacy.files import clean_files
from callcenter.storage.engine import make_sessions
from callcenter.telephony.outbox import Order, enqueue
from callcenter.telephony.records import OutboxMessage, Receipt
from tests.support.promises import LINE, MOBILES, an_office, at
from tests.support.traces import PARENT, a_life_of, dump

NOW = at("8 08:00")
TRACE = re.compile(r"0?6[\s\-.]*1[\s\-.]*2[\s\-.]*3[\s\-.]*4[\s\-.]*5[\s\-.]*6[\s\-.]*7[\s\-.]*8|Jansen|RIFFvoice")
Sessions = sessionmaker[Session]


def outcomes(session: Session) -> list[tuple[str | None, str, bool, int]]:
    """The counts behind reachability."""
    columns = (Call.outcome, Call.group, Call.counted)
    rows = session.execute(select(*columns, func.count()).group_by(*columns).order_by(*columns))
    return [(outcome, group, counted, number) for outcome, group, counted, number in rows]


def test_no_trace_is_left_in_any_table_and_figures_stay(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ids = a_life_of(session, an_office(session, NOW), NOW)
        before = outcomes(session)
        assert [line for line in dump(session) if TRACE.search(line)]
    done = forget(sessions, "06-12345678", NOW, "lead")
    assert (done.calls, done.messages, done.callbacks, done.contacts) == (3, 1, 1, 1)
    with sessions() as session:
        assert [line for line in dump(session) if TRACE.search(line)] == []
        assert outcomes(session) == before
        assert session.get(Contact, ids["contact"]) is None
        closed = session.get_one(Callback, ids["callback"])
        assert (closed.state, closed.number, closed.note) == ("cancelled", None, None)
        other = session.get_one(Callback, ids["other"])
        assert (other.state, other.number, other.note) == ("open", "+31302345678", "vraagt naar vader: …")
        states = dict(session.execute(select(OutboxMessage.kind, OutboxMessage.state)).all())
        assert states == {"callback_leg": "dropped", "notify_sms": "dropped", "delete_recording": "queued"}
        assert session.get_one(Receipt, "c").body == "/webhooks/call/999/hold Goedemorgen"


def test_a_message_is_erased_here_and_ordered_to_be_at_twilio(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ids = a_life_of(session, an_office(session, NOW), NOW)
    forget(sessions, PARENT, NOW, "lead")
    with sessions() as session:
        message = session.get_one(Voicemail, ids["message"])
        assert (message.state, message.recording_url) == ("erased", None)
        assert session.get(VoicemailAudio, ids["message"]) is None
        order = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "delete_recording")).one()
        assert order.payload["recording_sid"] == "RE1"


def test_the_sound_of_a_message_that_was_erased_before_is_forgotten_too(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ids = a_life_of(session, an_office(session, NOW), NOW)
        session.get_one(Voicemail, ids["message"]).state = "erased"
    assert forget(sessions, PARENT, NOW, "lead").messages == 1
    with sessions() as session:
        assert session.get(VoicemailAudio, ids["message"]) is None


def test_forgetting_twice_finds_nothing_the_second_time(sessions: Sessions) -> None:
    with sessions.begin() as session:
        a_life_of(session, an_office(session, NOW), NOW)
    forget(sessions, PARENT, NOW, "lead")
    assert forget(sessions, PARENT, NOW, "lead").nothing


def test_what_a_call_under_way_writes_meanwhile_is_forgotten_too(sqlite_sessions: Sessions) -> None:
    with sqlite_sessions.begin() as session:
        a_life_of(session, an_office(session, NOW), NOW)
    written: list[str] = []

    def an_event_comes(_session: Session) -> None:
        # After the transaction that erases, before the next search.
        if not written:
            written.append("order")
            with sqlite_sessions.begin() as session:
                enqueue(session, NOW, Order("notify_sms", {"body": "Bel 06‑12345678"}, expires_in_s=60))

    event.listen(sqlite_sessions, "after_commit", an_event_comes)
    done = forget(sqlite_sessions, PARENT, NOW, "lead")
    assert written
    assert done.left == {}
    with sqlite_sessions() as session:
        assert [line for line in dump(session) if TRACE.search(line) or "12345678" in line] == []


def test_nothing_can_be_read_in_the_file_afterwards(sqlite_engine: Engine, tmp_path: Path) -> None:
    sessions = make_sessions(sqlite_engine)
    with sessions.begin() as session:
        a_life_of(session, an_office(session, NOW), NOW)
    forget(sessions, PARENT, NOW, "lead")
    assert clean_files(sessions, 5.0)
    files = list(tmp_path.glob("callcenter.db*"))
    assert files
    for file in files:
        content = file.read_bytes()
        for trace in (b"612345678", b"06 - 12 34 56 78", b"Jansen", b"RIFFvoice"):
            assert trace not in content, file.name


@pytest.mark.parametrize("number", [LINE, MOBILES["AIS"], "geen nummer"])
def test_our_own_numbers_are_not_forgotten(sqlite_sessions: Sessions, number: str) -> None:
    with sqlite_sessions.begin() as session:
        an_office(session, NOW)
    with pytest.raises(InvalidInput) as refused:
        forget(sqlite_sessions, number, NOW, "lead")
    assert refused.value.field == "number"


def test_access_gives_everything_that_is_kept(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ids = a_life_of(session, an_office(session, NOW), NOW)
    found = export(sessions, "06 12345678", NOW + timedelta(minutes=1), "lead")
    assert found["number"] == PARENT
    assert [call["call_sid"] for call in found["calls"]] == ["CA0001", "CA0002", "CA0003"]
    assert [callback["id"] for callback in found["callbacks"]] == [ids["callback"]]
    assert found["messages"][0]["audio"] == "UklGRnZvaWNl"
    assert [contact["name"] for contact in found["contacts"]] == ["Jansen"]
    assert (len(found["attempts"]), len(found["survey_answers"]), len(found["blocked"])) == (1, 1, 1)
    assert [time["due_at"] for time in found["promised_times"]] == [found["callbacks"][0]["due_at"]]
    assert found["calls"][0]["received_at"] == "2027-06-08T08:00:00Z"
    # The export leaves out which consultant heard it or is asked, and internal values.
    told = {name for part in found.values() if isinstance(part, list) for row in part for name in row}
    assert not told & {"heard_by", "question_to", "places", "fetches", "fetches_over", "fetch_sent_at"}
    assert {"heard_at", "question_at"} <= told
