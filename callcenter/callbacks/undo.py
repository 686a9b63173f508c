"""Stores what a person's deed changes of a callback, and takes the deed back unless somebody changed it meanwhile."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.callbacks import promised_times
from callcenter.callbacks.changes import ChangedMeanwhile, whole_tag
from callcenter.callbacks.closing import close, count_closed, count_reopened, refuse_second_live
from callcenter.callbacks.locks import lock_all_live, lock_callback
from callcenter.callbacks.outstanding import outstanding_of
from callcenter.callbacks.queries import attempts_of
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.callbacks.rules import is_live
from callcenter.callbacks.undoing import FIELDS, MARKS, Change, change_of, put_back
from callcenter.calls.records import Voicemail
from callcenter.numbers import parse
from callcenter.telephony.records import OutboxMessage

# An order of a message is not tried later than this after it was made, as far as an undo can matter to it.
_ORDERED_WITHIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Remembered:
    """A callback before a deed: the values of FIELDS, the attempts with their results, the promised times, and the ids
    of messages that nobody has heard."""

    callback_id: int
    fields: Mapping[str, Any]
    attempts: Mapping[int, tuple[str | None, datetime | None]]
    times: promised_times.Stored
    unheard: tuple[int, ...]


class Watched:
    """A deed that is being done. part: what takes it back, once it is done; None when nothing changed."""

    part: dict[str, Any] | None = None


@contextmanager
def watched(session: Session, callback_id: int, deed: str) -> Iterator[Watched]:
    """Lock the callback, and remember what the deed within changes. deed: its name in the audit log.

    Raises NotFound.
    """
    found = Watched()
    before = _remember(session, callback_id)
    yield found
    found.part = _part(session, before, deed)


@contextmanager
def joining(session: Session, number: str, deed: str) -> Iterator[Watched]:
    """As `watched`, for the live callback of a number that the deed may join, if there is one."""
    valid = parse(number)
    live = lock_all_live(session, valid) if valid is not None else []
    if not live:
        yield Watched()
        return
    with watched(session, live[0].id, deed) as found:
        yield found


def of_new(session: Session, callback: Callback, reason: str) -> dict[str, Any]:
    """What takes back that a callback was made: it is cancelled for this reason. What was promised stays known."""
    session.flush()
    return {"callback": callback.id, "deed": "callback_made", "cancel": reason, "tag": _tag(session, callback)}


def take_back(session: Session, part: Mapping[str, Any], by: str, now: datetime) -> Callback:
    """Put back what a deed changed. part: what `watched` remembered. Not committed.

    Raises ChangedMeanwhile when the callback is not as the deed left it, IllegalTransition when it would be open beside
    another one of the same caller, and NotFound when it was erased.
    """
    callback = lock_callback(session, part["callback"])
    if _tag(session, callback) != part["tag"]:
        raise ChangedMeanwhile
    if "cancel" in part:
        close(session, callback, "cancel", now, cancel_reason=part["cancel"])
        audit(session, now, by, "callback_undone", f"callback:{callback.id}", deed=part["deed"])
        return callback
    was_live = is_live(callback.state)
    change = Change(_decoded(part["before"]), _decoded(part["after"]))
    values = put_back(change, _fields(callback), now)
    values |= dict.fromkeys(_never_sent(session, callback.id, change, now))
    if "state" in values and is_live(values["state"]) and not was_live:
        refuse_second_live(session, callback)
        count_reopened(session, callback)
    _put_attempts_back(session, part)
    _unhear(session, part["heard"])
    callback.put_back(values)
    promised_times.taken_back(session, callback, part["times"], now)
    if was_live and not is_live(callback.state):
        count_closed(session, callback)
    audit(session, now, by, "callback_undone", f"callback:{callback.id}", deed=part["deed"])
    return callback


def _remember(session: Session, callback_id: int) -> Remembered:
    callback = lock_callback(session, callback_id)
    return Remembered(
        callback_id,
        _fields(callback),
        {one.id: (one.result, one.confirmed_at) for one in attempts_of(session, [callback_id])[callback_id]},
        promised_times.stored(session, callback_id),
        outstanding_of(session, callback).unheard,
    )


def _part(session: Session, before: Remembered, deed: str) -> dict[str, Any] | None:
    """What takes the deed back, as JSON."""
    session.flush()
    callback = lock_callback(session, before.callback_id)
    change = change_of(before.fields, _fields(callback))
    attempts = attempts_of(session, [callback.id])[callback.id]
    changed = {
        one.id: before.attempts[one.id]
        for one in attempts
        if one.id in before.attempts and before.attempts[one.id] != (one.result, one.confirmed_at)
    }
    part = {
        "made": [one.id for one in attempts if one.id not in before.attempts],
        "results": [[this, result, _text(at)] for this, (result, at) in changed.items()],
        "heard": sorted(set(before.unheard) - set(outstanding_of(session, callback).unheard)),
    }
    if not change.before and not any(part.values()):
        return None
    return part | {
        "callback": callback.id,
        "deed": deed,
        "before": {name: _text(value) for name, value in change.before.items()},
        "after": {name: _text(value) for name, value in change.after.items()},
        "times": [[_text(at) for at in row[1:]] for row in before.times],
        "tag": _tag(session, callback),
    }


def _tag(session: Session, callback: Callback) -> str:
    """Of all that people see of the callback, its promised times and its messages."""
    attempts = attempts_of(session, [callback.id])[callback.id]
    times = [list(row) for row in promised_times.stored(session, callback.id)]
    return whole_tag(callback, attempts, times, outstanding_of(session, callback).unheard)


def _put_attempts_back(session: Session, part: Mapping[str, Any]) -> None:
    for this in part["made"]:
        session.delete(session.get_one(CallbackAttempt, this))
    for this, result, confirmed_at in part["results"]:
        attempt = session.get_one(CallbackAttempt, this)
        attempt.result, attempt.confirmed_at = result, _instant(confirmed_at)
    session.flush()


def _unhear(session: Session, voicemail_ids: list[int]) -> None:
    if voicemail_ids:
        session.execute(
            update(Voicemail).where(Voicemail.id.in_(voicemail_ids)).values(heard_at=None, heard_by=None),
            execution_options={"synchronize_session": False},
        )


def _never_sent(session: Session, callback_id: int, change: Change, now: datetime) -> list[str]:
    """The marks of messages that were ordered before the deed, and dropped because of it: their owner was not told."""
    marks = {name: at for name in MARKS if (at := change.before.get(name)) is not None and at > now - _ORDERED_WITHIN}
    if not marks:
        return []
    dropped = session.execute(
        select(OutboxMessage.created_at, OutboxMessage.payload).where(
            OutboxMessage.created_at.in_(marks.values()), OutboxMessage.state == "dropped"
        )
    ).all()
    return [
        name
        for name, at in marks.items()
        if any(row.created_at == at and callback_id in row.payload.get("callback_ids", ()) for row in dropped)
    ]


def _fields(callback: Callback) -> dict[str, Any]:
    return {name: getattr(callback, name) for name in FIELDS}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None


def _decoded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _instant(value) if name.endswith(("_at", "_since")) else value for name, value in values.items()}
