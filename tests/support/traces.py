"""A caller with rows in every table, and a dump of the database to search for what is left of them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.access.records import AuditEvent
from callcenter.callbacks.records import Callback, CallbackAttempt, PromisedTime
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision, Voicemail, VoicemailAudio
from callcenter.directory.records import Contact, ContactNumber
from callcenter.lines.records import BlockedNumber, Line
from callcenter.routing.records import SurveyAnswer, SurveyQuestion
from callcenter.storage.records import SystemFact
from callcenter.storage.tables import metadata
from callcenter.telephony.outbox import Order, enqueue
from callcenter.telephony.records import Receipt

PARENT = "+31612345678"


def a_call(line: Line, at: datetime, number: str | None, sid: str, **more: Any) -> Call:
    """A call that is over, with its outcome."""
    values: dict[str, Any] = {
        "call_sid": sid,
        "line_id": line.id,
        "from_number": number,
        "group": "unknown",
        "received_at": at,
        "in_hours": True,
        "state": "ended",
        "stage": "ended",
        "ended_at": at + timedelta(minutes=2),
        "outcome": "voicemail",
        "outcome_at": at + timedelta(minutes=2),
        "counted": True,
        "wait_s": 40.0,
        "last_event_at": at,
    }
    return Call(**(values | more))


def a_life_of(session: Session, line: Line, now: datetime, number: str = PARENT) -> dict[str, int]:
    """Every kind of row about one caller, with the number in many spellings. Returns the ids by kind."""
    parent = Contact(kind="parent", source="contacts", name="Jansen", updated_at=now)
    parent.numbers.append(ContactNumber(number=number, source="contacts"))
    callback = Callback(
        line_id=line.id,
        number=number,
        group="parent",
        caller_name="Jansen",
        reason="voicemail",
        created_at=now,
        due_at=now + timedelta(hours=2),
        state="open",
        owner="AIS",
        note=f"Ook te bereiken op 06 - 12 34 56 78, zegt {number}",
    )
    other = Callback(
        line_id=line.id,
        number="+31302345678",
        group="school",
        reason="missed",
        created_at=now,
        due_at=now,
        state="open",
        note="vraagt naar vader: 06-12345678",
    )
    session.add_all([parent, callback, other])
    session.flush()
    call = a_call(
        line, now, number, "CA0001", group="parent", contact_id=parent.id, caller_name="Jansen", callback_id=callback.id
    )
    keyed = a_call(line, now, None, "CA0002", keyed_number=number)
    through = a_call(line, now, "+31302345678", "CA0003", forwarded_from=number, outcome="answered")
    session.add_all([call, keyed, through])
    session.flush()
    message = Voicemail(
        call_id=call.id,
        recording_sid="RE1",
        recording_url="https://api.twilio.com/RE1",
        duration_s=9,
        received_at=now,
        state="stored",
    )
    attempt = CallbackAttempt(
        callback_id=callback.id, started_at=now, state="ended", expires_at=now, ended_at=now, callee_sid="CA0009"
    )
    told = PromisedTime(callback_id=callback.id, made_at=now, due_at=callback.due_at)
    session.add_all([message, attempt, told])
    session.flush()
    session.add_all(
        [
            VoicemailAudio(voicemail_id=message.id, content_type="audio/wav", audio=b"RIFFvoice"),
            CallDecision(call_id=call.id, at=now, title="incoming", reasons=[{"why": "known", "from": number}]),
            Leg(
                call_id=call.id,
                consultant="AIS",
                tier="anyone",
                state="ended",
                offered_at=now,
                ring_timeout_s=20,
                expires_at=now,
                ended_at=now,
            ),
            SurveyQuestion(
                number=number, line_id=call.line_id, group="parent", way="call", asked_at=now, call_id=call.id
            ),
            SurveyAnswer(call_id=call.id, group="parent", answer="yes", at=now),
            BlockedNumber(number=number, reason="hinder", until=None, created_at=now, created_by="lead"),
            Receipt(key="a", received_at=now, status=200, body=f"<Response><Number>{number}</Number></Response>"),
            Receipt(key="b", received_at=now, status=200, body=f"/webhooks/call/{call.id}/hold Goedemorgen, Jansen"),
            Receipt(key="c", received_at=now, status=200, body="/webhooks/call/999/hold Goedemorgen"),
            AuditEvent(at=now, actor="lead", action="x", subject="callback:1", detail={"text": f"tel {number}"}),
            SystemFact(key="reconciled", value={"last": [number]}, at=now),
        ]
    )
    enqueue(
        session,
        now,
        Order("callback_leg", {"to": number}, expires_in_s=60),
        Order("notify_sms", {"body": "Bel 0612345678 terug"}, expires_in_s=60),
    )
    session.flush()
    return {"call": call.id, "callback": callback.id, "other": other.id, "message": message.id, "contact": parent.id}


def dump(session: Session) -> Iterator[str]:
    """Every value of every row of every table, as text."""
    for table in metadata().sorted_tables:
        for row in session.execute(select(table)):
            for column, value in zip(table.columns, row, strict=True):
                yield f"{table.name}.{column.name}: {value!r}"
