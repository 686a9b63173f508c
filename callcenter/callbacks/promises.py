"""Stores a callback for a caller who was not helped, or updates the open one; closes it when the caller is helped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.callbacks import promised_times
from callcenter.callbacks.attempt_events import stop_ringing
from callcenter.callbacks.closing import close
from callcenter.callbacks.locks import lock_all_live, lock_callback, lock_live
from callcenter.callbacks.outstanding import outstanding_of
from callcenter.callbacks.owners import first_owner, workload
from callcenter.callbacks.records import Callback
from callcenter.callbacks.rules import NOTE_MAX, check_due, due_at, is_live, is_resolved_by_call, join
from callcenter.calls.call import Call
from callcenter.errors import InvalidInput
from callcenter.lines.register import own_numbers
from callcenter.numbers import why_not_promised
from callcenter.rota.model import Rota
from callcenter.storage.rows import insert_unless_exists
from callcenter.storage.statements import Batch
from callcenter.storage.totals import add, count

# For as long `callcenter_unanswered_without_callback` looks back.
_OWED_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Promise:
    """A caller to ring back.

    number: E.164, None for a message without one; preferred: the caller's own consultant; due_at: the time (UTC)
    promised to the caller, if any; dialled: the consultant whom the caller had rung directly; left_by: the consultant
    who left the message, which is for a colleague; left_at: when the caller's call ended (UTC), None for now;
    number_keyed: the caller keyed the number in.
    """

    line_id: int
    number: str | None
    group: str
    contact_id: int | None
    caller_name: str | None
    caller_place: str | None
    preferred: str | None
    reason: str
    due_at: datetime | None = None
    dialled: str | None = None
    left_by: str | None = None
    left_at: datetime | None = None
    number_keyed: bool = False


def promise(session: Session, rota: Rota, new: Promise, now: datetime, batch: Batch | None = None) -> Callback | None:
    """Store a callback, or join the live one of this line and number, in the caller's transaction.

    A number that we do not dial gets a callback too: a consultant decides what to do about it. None when there is
    neither a number nor a message. Several workers may do it at once: the unique index lets one insert, and the others
    join that row. batch: the writes of the transaction.
    """
    if new.number is None and new.reason != "voicemail":
        return None
    due_by = new.due_at or due_at(rota, new.reason, now)
    return _store(session, new, due_by, _owner(session, rota, new, due_by, now), now, batch=batch)[0]


# Why nobody makes a callback to a number by hand, as numbers.why_not_promised names it.
_NOT_RUNG_BACK = {
    "own": "this is a number of our own: nobody there waits for a call",
    "country": "a number of this country is not rung back: ring it from your own telephone",
    "satellite": "a satellite number is not rung back: ring it from your own telephone",
    "premium": "a paid or short number is not rung back: ring it from your own telephone",
}
_NOT_A_NUMBER = "this is not a valid telephone number"


@dataclass(frozen=True, slots=True)
class MadeByHand:
    """The callback, and whether it joined the live one of the same number."""

    callback: Callback
    joined: bool


def promise_by_hand(
    session: Session,
    rota: Rota,
    new: Promise,
    now: datetime,
    *,
    by: str,
    text: str | None = None,
    due_by: datetime | None = None,
) -> MadeByHand:
    """Store a callback that a person makes, or join the live one of its line and number, which then gets the due time
    that the person gives. text: the note.

    A number that we do not dial is refused, unless a caller was not helped and has no callback: as in `promise`.
    Raises InvalidInput on `number`, `note` or `due_at`.
    """
    refused = why_not_promised(new.number, rota.policy.callbacks.countries, own_numbers(session))
    if refused and not _is_owed(session, new.number, now):
        raise InvalidInput("number", _NOT_RUNG_BACK.get(refused, _NOT_A_NUMBER))
    if text is not None and len(text) > NOTE_MAX:
        raise InvalidInput("note", "at most %(most)s characters", most=NOTE_MAX)
    if due_by is not None:
        check_due(rota, due_by, now)
    first_due = due_by or due_at(rota, new.reason, now)
    owner = _owner(session, rota, new, first_due, now)
    callback, joined = _store(session, new, first_due, owner, now, by=by, text=text, chosen_due=due_by)
    audit(session, now, by, "callback_made", f"callback:{callback.id}")
    if joined and due_by is not None:
        audit(session, now, by, "callback_due_set", f"callback:{callback.id}", due_at=due_by.isoformat())
    return MadeByHand(callback, joined)


def _is_owed(session: Session, number: str | None, now: datetime) -> bool:
    """Whether a caller with this number was not helped within a day, and no callback was made."""
    its = func.coalesce(Call.keyed_number, Call.from_number) == number
    unhelped = Call.outcome.not_in(("answered", "rejected")), Call.callback_id.is_(None), Call.staff.is_(None)
    owed = select(Call.id).where(Call.received_at >= now - _OWED_FOR, its, *unhelped).limit(1)
    return session.scalar(owed) is not None


def join_message(session: Session, callback_id: int) -> bool:
    """Add a message that Twilio reported after its call had ended to that call's callback. False when it is closed."""
    callback = lock_callback(session, callback_id)
    if not is_live(callback.state):
        return False
    callback.join_message()
    return True


def owe_from_now(session: Session, rota: Rota, callback_ids: Sequence[int], now: datetime) -> None:
    """Callbacks whose times come from a clock that ran ahead are due as if they were made now, or earlier."""
    for callback_id in callback_ids:
        callback = lock_callback(session, callback_id)
        if is_live(callback.state):
            callback.owe_from_now(due_at(rota, callback.reason, now))


def resolve_by_call(
    session: Session,
    number: str,
    now: datetime,
    *,
    came_in_at: datetime,
    answered_by: str | None,
    connected_at: datetime | None = None,
) -> list[Callback]:
    """A caller was helped: close what was promised to this number before, on any line. Returns what it closed.

    Callbacks that others at this number may still wait for stay live. The consultant who answered is asked whether the
    talk resolved those too.

    connected_at: when the talk began, which is what counts as in time; None: now.
    """
    closed = []
    for callback in lock_all_live(session, number):
        if is_resolved_by_call(callback.asked_at or callback.created_at, outstanding_of(session, callback), came_in_at):
            close(session, callback, "resolve", now, connected_at, witnessed=connected_at is not None)
            stop_ringing(session, callback.id, now)
            closed.append(callback)
        elif answered_by is not None:
            callback.ask(answered_by, connected_at or now)
    return closed


def _store(
    session: Session,
    new: Promise,
    due_by: datetime,
    owner: str | None,
    now: datetime,
    *,
    by: str | None = None,
    text: str | None = None,
    batch: Batch | None = None,
    chosen_due: datetime | None = None,
) -> tuple[Callback, bool]:
    """The stored callback, and whether it is a live one that was joined. chosen_due: the due time, if a person gave
    it."""
    values: dict[str, Any] = {
        "line_id": new.line_id,
        "number": new.number,
        "number_keyed": new.number_keyed,
        "group": new.group,
        "contact_id": new.contact_id,
        "caller_name": new.caller_name,
        "caller_place": new.caller_place,
        "preferred": new.preferred,
        "reason": new.reason,
        "priority": 0,
        "created_at": now,
        "created_by": by,
        "asked_at": new.left_at or now,
        "due_at": due_by,
        "owner": owner,
        "owner_since": now if owner else None,
        "state": "open",
        "attempts": 0,
        "late": False,
        "moved": 0,
        "note": text,
    }
    while True:
        made = insert_unless_exists(session, Callback, values)
        if made is not None:
            promised_times.make(session, made, now, batch)
            add(session, count("callcenter_callbacks_created_total", reason=new.reason))
            return made, False
        # There is a live callback. If it is closed before we lock it, the next insert succeeds.
        live = lock_live(session, new.line_id, str(new.number))
        if live is not None:
            _join(session, live, new, due_by, owner, now, text, chosen_due)
            return live, True


def _owner(session: Session, rota: Rota, new: Promise, due_by: datetime, now: datetime) -> str | None:
    present = workload(session, now)
    return first_owner(rota, present, due_by, now, dialled=new.dialled, preferred=new.preferred, left_by=new.left_by)


def _join(
    session: Session,
    callback: Callback,
    new: Promise,
    due_by: datetime,
    owner: str | None,
    now: datetime,
    text: str | None,
    chosen_due: datetime | None,
) -> None:
    had_appointment = callback.appointment_at is not None
    # A callback that only waits to be closed has met its promise; the new call gets the new due time.
    present_due = due_by if callback.closes_as is not None else callback.due_at
    # A caller who rings again is told a time, and the earlier of the two is right. A person who notes something by hand
    # tells the caller none, and means the time that is given, if any.
    by_hand = new.reason == "manual"
    joined = join(callback.reason, callback.priority, present_due, new.reason, present_due if by_hand else due_by)
    callback.join_call(joined, new.left_at or now, now)
    if by_hand:
        if chosen_due is not None:
            if callback.appointment_at is not None and callback.appointment_at > now:
                raise InvalidInput("due_at", "there is an appointment with this caller: change that instead")
            callback.change_due(chosen_due, now)
        promised_times.judge(session, callback, now)
    else:
        if not new.number_keyed:
            callback.confirm_number()
        ends_appointment = had_appointment and callback.appointment_at is None
        owed = promised_times.call_joined(session, callback, due_by, now, ends_appointment=ends_appointment)
        if owed is not None and owed < callback.due_at and callback.appointment_at is None:
            callback.set_due(owed)  # a person had moved the due time beyond what the caller was told
    if callback.contact_id is None and new.contact_id is not None:
        callback.contact_id, callback.group = new.contact_id, new.group
        callback.caller_name, callback.caller_place = new.caller_name, new.caller_place
    # The consultant whom the caller dialled takes over a callback that nobody works on yet.
    untouched = callback.state == "open" and callback.appointment_at is None and callback.owner != owner
    if owner is not None and (callback.owner is None or (untouched and owner == new.dialled)):
        callback.assign(owner, now)
    if text:
        note = f"{callback.note}\n{text}" if callback.note else text
        if len(note) > NOTE_MAX:
            sentence = "at most %(most)s characters, with the note that the open callback has"
            raise InvalidInput("note", sentence, most=NOTE_MAX)
        callback.note = note
