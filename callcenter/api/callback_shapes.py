"""Callbacks in JSON: the promise, its owner, every attempt and every message."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.api.shapes import Group, Instant, ListOutput, Output, SchoolName, school_names
from callcenter.callbacks.outstanding import outstanding_of_each
from callcenter.callbacks.queries import attempts_of, overdue
from callcenter.callbacks.records import Callback
from callcenter.callbacks.under_way import being_made
from callcenter.calls.call import Call
from callcenter.calls.records import Voicemail

StateName = Literal["open", "claimed", "reached", "unreachable", "cancelled", "resolved"]
ReasonName = Literal["missed", "abandoned", "voicemail", "requested", "closed", "reconciled", "manual"]
ResultName = Literal["reached", "no_answer", "voicemail", "wrong_number"]


class AttemptShape(Output):
    """One attempt. result: null until it is known; talk_s: length of the conversation in seconds."""

    id: int
    consultant: str | None
    started_at: Instant
    ended_at: Instant | None
    state: Literal["queued", "ringing_consultant", "ringing_caller", "talking", "ended"]
    result: ResultName | Literal["not_made"] | None
    talk_s: float | None


class VoicemailShape(Output):
    """One message that a caller left. state: announced until its sound is stored; lost or erased when it is gone.

    heard_at: when somebody listened to it or marked it as heard; heard_by: a consultant's code, or the
    name of a login or token.
    """

    id: int
    call_id: int | None
    received_at: Instant
    duration_s: int
    state: Literal["announced", "stored", "lost", "erased"]
    heard_at: Instant | None
    heard_by: str | None


class CallbackShape(Output):
    """One callback. number: E.164, null for a message left without a number; owner: a consultant's code.

    number_keyed: the caller keyed the number in and the network never showed it, so it may be somebody else's.

    moved: how often a person set a later due time before the former one had passed; closed_in_time: whether each time
    that the caller was told is kept.
    voicemails: the messages left for it, oldest first; it can be closed as reached only when each was heard. requested:
    whether a caller pressed a key to be called back, also when `reason` is another.
    """

    id: int
    number: str | None
    number_keyed: bool
    group: Group
    school: SchoolName | None
    reason: ReasonName
    created_at: Instant
    due_at: Instant
    moved: int
    overdue: bool
    owner: str | None
    state: StateName
    attempts: list[AttemptShape]
    call_ids: list[int]
    voicemails: list[VoicemailShape]
    requested: bool
    note: str | None
    priority: int
    appointment_at: Instant | None
    closed_at: Instant | None
    closed_in_time: bool | None
    cancel_reason: str | None


class CallbackPage(ListOutput):
    """Callbacks, earliest due first."""

    items: list[CallbackShape]


_COMPUTED = {"school", "overdue", "attempts", "call_ids", "voicemails", "requested"}
_COPIED = tuple(set(CallbackShape.model_fields) - _COMPUTED)


def shapes_of(session: Session, callbacks: Sequence[Callback], now: datetime) -> list[CallbackShape]:
    """Callbacks as the API shows them, with one statement for each kind of related row."""
    ids = [callback.id for callback in callbacks]
    attempts = attempts_of(session, ids)
    schools = school_names(session, (callback.contact_id for callback in callbacks))
    held = outstanding_of_each(session, ids)
    under_way = being_made(session, now)
    messages: dict[int | None, list[VoicemailShape]] = defaultdict(list)
    for callback_id, voicemail in session.execute(
        select(Call.callback_id, Voicemail)
        .join(Voicemail, Voicemail.id == Call.voicemail_id)
        .where(Call.callback_id.in_(ids))
        .order_by(Voicemail.id)
    ):
        messages[callback_id].append(VoicemailShape.model_validate(voicemail, from_attributes=True))
    calls: dict[int | None, list[int]] = defaultdict(list)
    for call_id, callback_id in session.execute(
        select(Call.id, Call.callback_id).where(Call.callback_id.in_(ids)).order_by(Call.id)
    ):
        calls[callback_id].append(call_id)
    return [
        CallbackShape.model_validate(
            {
                **{name: getattr(callback, name) for name in _COPIED},
                "school": schools.get(callback.contact_id),
                "overdue": overdue(callback, under_way, now),
                "attempts": [AttemptShape.model_validate(a, from_attributes=True) for a in attempts[callback.id]],
                "call_ids": calls[callback.id],
                "voicemails": messages[callback.id],
                "requested": held[callback.id].requested,
            }
        )
        for callback in callbacks
    ]
