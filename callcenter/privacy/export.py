"""Exports everything stored about one number, for the person who asks for it (AVG, article 15)."""

import base64
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, or_, select
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from callcenter.access.audit import note as audit
from callcenter.callbacks.records import Callback, CallbackAttempt, PromisedTime
from callcenter.calls.call import Call
from callcenter.calls.records import Voicemail, VoicemailAudio
from callcenter.directory.records import Contact, ContactNumber
from callcenter.lines.records import BlockedNumber
from callcenter.privacy.calls_of import belongs_to
from callcenter.privacy.mentions import mentions, rotas_with
from callcenter.privacy.spelling import Spelling, spelling_of
from callcenter.routing.records import SurveyAnswer, SurveyQuestion
from callcenter.storage.engine import reading

# Left out: columns about other people and about internals only, and tables about consultants alone, such as the mobiles
# that answered STOP.
_ABOUT_OTHERS = frozenset({"tier_list", "offered_to", "heard_by", "question_to"})
_INTERNALS = frozenset(
    {"counted", "last_event_at", "turn", "step", "rest_down", "next_due_at"}
    | {"places", "fetch_ordered_at", "fetches", "fetches_over", "fetch_sent_at", "engaged"}
)
_LEFT_OUT = _ABOUT_OTHERS | _INTERNALS


def export(sessions: sessionmaker[Session], number: str, now: datetime, by: str) -> dict[str, Any]:
    """Everything stored about a number, as JSON values: instants in UTC, sound in base64. Writes the audit log.

    `mentioned`: the texts elsewhere in which somebody wrote the number, in any spelling; they may be about others too.
    Raises InvalidInput on `number`.
    """
    spelling = spelling_of(number)
    with reading(sessions) as session:
        found = _everything(session, spelling, now)
    calls, callbacks = len(found["calls"]), len(found["callbacks"])
    with sessions.begin() as session:
        audit(session, now, by, "number_exported", "privacy:export", calls=calls, callbacks=callbacks)
    return found


def _everything(session: Session, spelling: Spelling, now: datetime) -> dict[str, Any]:
    e164 = spelling.e164
    calls = _rows(session, Call, belongs_to(e164))
    call_ids = [call["id"] for call in calls]
    callbacks = _rows(session, Callback, Callback.number == e164)
    callback_ids = [callback["id"] for callback in callbacks]
    contact_ids = session.scalars(select(ContactNumber.contact_id).where(ContactNumber.number == e164)).all()
    found = {
        "number": e164,
        "exported_at": _plain(now),
        "contacts": _rows(session, Contact, Contact.id.in_(contact_ids)),
        "contact_numbers": _rows(session, ContactNumber, ContactNumber.contact_id.in_(contact_ids)),
        "calls": calls,
        "messages": _messages(session, call_ids),
        "callbacks": callbacks,
        "promised_times": _rows(session, PromisedTime, PromisedTime.callback_id.in_(callback_ids)),
        "attempts": _rows(session, CallbackAttempt, CallbackAttempt.callback_id.in_(callback_ids)),
        "survey_answers": _rows(session, SurveyAnswer, SurveyAnswer.call_id.in_(call_ids)),
        "survey_questions": _rows(session, SurveyQuestion, _asked_of(e164, call_ids, callback_ids)),
        "blocked": _rows(session, BlockedNumber, BlockedNumber.number == e164),
    }
    found["mentioned"] = _mentioned(session, spelling, found)
    return found


def _asked_of(e164: str, call_ids: list[int], callback_ids: list[int]) -> ColumnElement[bool]:
    """The questions of this number, and of its calls and callbacks."""
    return or_(
        SurveyQuestion.number == e164,
        SurveyQuestion.call_id.in_(call_ids),
        SurveyQuestion.callback_id.in_(callback_ids),
    )


def _mentioned(session: Session, spelling: Spelling, found: dict[str, Any]) -> list[dict[str, Any]]:
    """The places that hold the number and are not among the rows found already."""
    parts = {
        Contact: "contacts",
        ContactNumber: "contact_numbers",
        Call: "calls",
        Callback: "callbacks",
        CallbackAttempt: "attempts",
        BlockedNumber: "blocked",
        SurveyQuestion: "survey_questions",
    }
    told = {
        (table.__tablename__, *(row[key.name] for key in table.__table__.primary_key))
        for table, part in parts.items()
        for row in found[part]
    }
    texts = [
        {"table": one.table.name, **one.key, "column": name, "text": value}
        for one in mentions(session, spelling)
        if (one.table.name, *one.key.values()) not in told
        for name, value in one.values.items()
    ]
    return texts + [{"table": "rota_version", "id": n, "column": "files"} for n in rotas_with(session, spelling)]


def _messages(session: Session, call_ids: list[int]) -> list[dict[str, Any]]:
    messages = _rows(session, Voicemail, Voicemail.call_id.in_(call_ids))
    for message in messages:
        sound = session.get(VoicemailAudio, message["id"])
        if sound is not None:
            message["audio"] = base64.b64encode(sound.audio).decode()
            message["content_type"] = sound.content_type
    return messages


def _rows(session: Session, table: type[DeclarativeBase], which: ColumnElement[bool]) -> list[dict[str, Any]]:
    rows = table.__table__
    assert isinstance(rows, Table)
    found = session.execute(select(*rows.columns).where(which).order_by(*rows.primary_key.columns)).mappings()
    return [{name: _plain(value) for name, value in row.items() if name not in _LEFT_OUT} for row in found]


def _plain(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value
