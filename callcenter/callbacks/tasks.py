"""What do we promise a caller who was not helped? Makes callbacks, joins them, and drops what became needless.

This is the door to stored callbacks: the verbs (verbs.py, attempts.py) and questions (queries.py) are named here too.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.callbacks.attempts import record_attempt
from callcenter.callbacks.life import is_live
from callcenter.callbacks.promise import Circumstances, circumstances
from callcenter.callbacks.queries import at_risk, counts, for_owner, listing
from callcenter.callbacks.records import Callback
from callcenter.callbacks.rows import give, live_for, locked, promise_until, wait_for_nothing
from callcenter.callbacks.rules import can_keep, candidates, choose_owner, due_at, join
from callcenter.callbacks.settling import resolve_by_call, settled
from callcenter.callbacks.verbs import appoint, cancel, claim, close_reached, hand_over, note, reopen, set_due
from callcenter.errors import InvalidInput
from callcenter.numbers import why_not_promised
from callcenter.rota.model import Rota
from callcenter.storage.rows import Adder
from callcenter.storage.totals import add, count

__all__ = [
    "Promise",
    "appoint",
    "at_risk",
    "cancel",
    "claim",
    "close_reached",
    "counts",
    "for_owner",
    "hand_over",
    "join_message",
    "listing",
    "note",
    "promise",
    "promise_by_hand",
    "promised_time",
    "record_attempt",
    "reopen",
    "resolve_by_call",
    "set_due",
    "settled",
]

_ADD = Adder(Callback)


@dataclass(frozen=True, slots=True)
class Promise:
    """What is known of a caller to be rung back.

    number: E.164, None for a message left without one; preferred: the caller's own consultant; due_at: the time that
    the line named to the caller, where it named one; dialled: the consultant whom the caller had rung directly;
    left_by: the consultant who left the message, which is for a colleague; left_at: when the caller left us, None for
    now.
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


def promised_time(rota: Rota, reason: str, now: datetime) -> datetime:
    """The instant before which the line may say that we ring back."""
    return due_at(rota, reason, now)


def promise(session: Session, rota: Rota, facts: Promise, now: datetime) -> Callback | None:
    """Store the promise in the caller's transaction, or join the one there is for this line and number.

    A number that we do not dial makes a task too: a colleague decides what to do about it. None when there is neither a
    number nor a message.
    Safe when several workers do it at once: the database lets one in, the others join it.
    """
    if facts.number is None and facts.reason != "voicemail":
        return None
    there_is = circumstances(session, now)
    due_by = facts.due_at or due_at(rota, facts.reason, now)
    return _store(session, facts, due_by, _owner(rota, facts, due_by, now, there_is), now)


def promise_by_hand(
    session: Session,
    rota: Rota,
    facts: Promise,
    now: datetime,
    *,
    by: str,
    text: str | None = None,
    due_by: datetime | None = None,
) -> Callback:
    """One made by a person; joins the open one of the number. Raises InvalidInput naming `number` or `due_at`."""
    there_is = circumstances(session, now)
    refused = why_not_promised(facts.number, rota.policy.callbacks.countries, there_is.own_numbers)
    if refused:
        raise InvalidInput("number", f"this number cannot be rung back ({refused})")
    if due_by is not None and due_by <= now:
        raise InvalidInput("due_at", "must lie in the future")
    due_by = due_by or due_at(rota, facts.reason, now)
    owner = _owner(rota, facts, due_by, now, there_is)
    callback = _store(session, facts, due_by, owner, now, by=by, text=text)
    audit(session, now, by, "callback_made", f"callback:{callback.id}")
    return callback


def join_message(session: Session, callback_id: int) -> bool:
    """A message was told of after its call had ended: the callback of that call has one. False when it is closed."""
    callback = locked(session, callback_id)
    if not is_live(callback.state):
        return False
    joined = join(callback.reason, callback.priority, callback.due_at, "voicemail", callback.due_at)
    callback.reason = joined.reason
    wait_for_nothing(callback)
    return True


def _store(
    session: Session,
    facts: Promise,
    due_by: datetime,
    owner: str | None,
    now: datetime,
    *,
    by: str | None = None,
    text: str | None = None,
) -> Callback:
    values: dict[str, Any] = {
        "line_id": facts.line_id,
        "number": facts.number,
        "group": facts.group,
        "contact_id": facts.contact_id,
        "caller_name": facts.caller_name,
        "caller_place": facts.caller_place,
        "preferred": facts.preferred,
        "reason": facts.reason,
        "priority": 0,
        "created_at": now,
        "created_by": by,
        "asked_at": facts.left_at or now,
        "due_at": due_by,
        "owner": owner,
        "owner_since": now if owner else None,
        "state": "open",
        "attempts": 0,
        "late": False,
        "note": text,
    }
    while True:
        made = _ADD(session, values)
        if made is not None:
            add(session, count("callcenter_callbacks_created_total", reason=facts.reason))
            return made
        # Somebody else's row was in the way; it may be closed before we hold it, then ours goes in.
        there = live_for(session, facts.line_id, str(facts.number))
        if there is not None:
            _join(there, facts, due_by, owner, now, text)
            return there


def _owner(rota: Rota, facts: Promise, due_by: datetime, now: datetime, there_is: Circumstances) -> str | None:
    if facts.dialled is not None and can_keep(rota, facts.dialled, now, due_by, there_is.away):
        return facts.dialled
    possible = [code for code in candidates(rota, now, due_by, there_is.away) if code != facts.left_by]
    return choose_owner(facts.preferred, possible, there_is.held, there_is.last_given)


def _join(
    callback: Callback, facts: Promise, due_by: datetime, owner: str | None, now: datetime, text: str | None
) -> None:
    # About to be closed, it was kept: what is asked for now is promised anew.
    until_now = due_by if callback.closes_as is not None else callback.due_at
    joined = join(callback.reason, callback.priority, until_now, facts.reason, due_by)
    callback.reason, callback.priority = joined.reason, joined.priority
    promise_until(callback, joined.due_at)
    wait_for_nothing(callback)
    callback.asked_at = max(callback.asked_at or callback.created_at, facts.left_at or now)
    callback.next_attempt_at = None  # whoever just rang is at the telephone now
    if callback.contact_id is None and facts.contact_id is not None:
        callback.contact_id, callback.group = facts.contact_id, facts.group
        callback.caller_name, callback.caller_place = facts.caller_name, facts.caller_place
    nobodys = callback.owner is None
    # Nobody works on it yet, and the caller has shown whom he or she would rather have.
    untouched = callback.state == "open" and callback.appointment_at is None and callback.owner != owner
    if owner is not None and (nobodys or (untouched and owner == facts.dialled)):
        give(callback, owner, now)
    if text:
        callback.note = f"{callback.note}\n{text}" if callback.note else text
