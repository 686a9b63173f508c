"""Tells whether somebody changed a callback since a person read it."""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from callcenter.callbacks.locks import lock_callback
from callcenter.callbacks.queries import attempts_of
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.errors import CallcenterError

# The length of a tag in characters: enough that two states of one callback do not share it.
_TAG_LENGTH = 24


class ChangedMeanwhile(CallcenterError):
    """Somebody changed the callback since it was read, so the change is not made."""

    def __init__(self) -> None:
        super().__init__("somebody has changed this callback meanwhile; look again")


def tag_of(callback: Callback, attempts: Iterable[CallbackAttempt]) -> str:
    """A tag of everything that people see and change of a callback: it changes when that does.

    What only the clock marks (a reminder was sent, the due time has passed) is left out, and so is the progress of a
    call, except its result. attempts: all of them, oldest first.
    """
    return _tag(
        callback.id,
        callback.state,
        callback.owner,
        callback.due_at,
        callback.appointment_at,
        callback.next_attempt_at,
        callback.reason,
        callback.priority,
        callback.note,
        callback.closed_at,
        callback.cancel_reason,
        callback.closes_as,
        [[attempt.id, attempt.result] for attempt in attempts],
    )


def promise_tag(callback: Callback) -> str:
    """A tag of what was agreed: state, owner, due time and appointment."""
    return _tag(callback.id, callback.state, callback.owner, callback.due_at, callback.appointment_at)


def note_tag(callback_id: int, note: str | None, *, one_line: bool = False) -> str:
    """A tag of a callback's note. A browser writes each line end in its own way, so all ways are the same.

    one_line: the note as a form's field of one line holds it, which drops the line ends.
    """
    text = (note or "").strip().replace("\r\n", "\n").replace("\r", "\n")
    return _tag(callback_id, text.replace("\n", "") if one_line else text)


def stored_tag(session: Session, callback: Callback) -> str:
    """`tag_of` with the stored attempts."""
    return tag_of(callback, attempts_of(session, [callback.id])[callback.id])


def whole_tag(callback: Callback, attempts: Iterable[CallbackAttempt], *more: object) -> str:
    """`tag_of`, and more that must be as it was before a deed can be taken back."""
    return _tag(tag_of(callback, attempts), more)


def refuse_changed(session: Session, callback_id: int, is_seen: Callable[[str], bool]) -> None:
    """Lock the callback, and raise ChangedMeanwhile unless its `tag_of` is one that the person has seen.

    The lock lasts until the transaction ends, so that nobody can change it in between. Raises NotFound.
    """
    callback = lock_callback(session, callback_id)
    if not is_seen(stored_tag(session, callback)):
        raise ChangedMeanwhile


def _tag(*values: object) -> str:
    text = json.dumps(values, default=_plain, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_TAG_LENGTH]


def _plain(value: object) -> str:
    # The session may hold an instant in another zone than the one in which it is read back.
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"a {type(value).__name__} has no place in a tag")
