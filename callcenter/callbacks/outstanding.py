"""Reads which messages of callbacks nobody has heard, and whether a caller asked by key to be called back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import UNCLOSED, Callback
from callcenter.callbacks.rules import Outstanding
from callcenter.calls.call import Call
from callcenter.calls.records import Voicemail
from callcenter.errors import CallcenterError
from callcenter.storage.base import table_of
from callcenter.storage.statements import Prepared, Row

_CALLBACKS, _CALLS, _VOICEMAILS = table_of(Callback), table_of(Call), table_of(Voicemail)
# Joined by the call's present message: a message that its caller replaced by a new one does not count.
_WITH_MESSAGES = _CALLBACKS.outerjoin(_CALLS, _CALLS.c.callback_id == _CALLBACKS.c.id).outerjoin(
    _VOICEMAILS, and_(_VOICEMAILS.c.id == _CALLS.c.voicemail_id, _VOICEMAILS.c.heard_at.is_(None))
)
_BY_KEY = or_(_CALLBACKS.c.reason == "requested", _CALLS.c.wants_callback)


@dataclass(frozen=True, slots=True)
class UnheardMessage:
    """A message that nobody has heard, when it was left, and its length."""

    voicemail_id: int
    received_at: datetime
    duration_s: int


class MessageUnheard(CallcenterError):
    """A callback cannot be closed as reached or unreachable while it has unheard messages. messages: oldest first."""

    def __init__(self, messages: Sequence[UnheardMessage]) -> None:
        named = ", ".join(f"{one.voicemail_id} (left at {one.received_at:%Y-%m-%dT%H:%M:%SZ})" for one in messages)
        it, are = ("it", "message") if len(messages) == 1 else ("them", "messages")
        super().__init__(f"nobody has heard {are} {named}: listen to {it}, or mark {it} as heard")
        self.messages = tuple(messages)


def _statement() -> Select[tuple[int, int | None, bool | None]]:
    return select(_CALLBACKS.c.id, _VOICEMAILS.c.id, _BY_KEY).select_from(_WITH_MESSAGES).order_by(_VOICEMAILS.c.id)


_OF_CALLBACK = Prepared(_statement().where(_CALLBACKS.c.id == bindparam("callback")))
_OF_NUMBER = Prepared(_statement().where(_CALLBACKS.c.number == bindparam("number"), UNCLOSED))


def outstanding_of(session: Session, callback: Callback) -> Outstanding:
    """The unheard messages and requests of one callback.

    Lock its row first where a decision depends on the answer: messages and calls are joined to a locked callback only.
    """
    session.flush()
    found = _by_callback(_OF_CALLBACK(session.connection(), {"callback": callback.id}))
    return found.get(callback.id, Outstanding())


def outstanding_of_each(session: Session, callback_ids: Sequence[int]) -> Mapping[int, Outstanding]:
    """The unheard messages and requests of each of these callbacks, in one statement."""
    if not callback_ids:
        return {}
    these = _statement().where(_CALLBACKS.c.id.in_(callback_ids))
    return _by_callback(tuple(row) for row in session.execute(these))


def outstanding_of_number(session: Session, number: str) -> Outstanding:
    """The unheard messages and requests of all live callbacks to a number, on every line."""
    each = _by_callback(_OF_NUMBER(session.connection(), {"number": number})).values()
    unheard = sorted(voicemail_id for one in each for voicemail_id in one.unheard)
    return Outstanding(tuple(unheard), any(one.requested for one in each))


def refuse_unheard(session: Session, callback: Callback) -> None:
    """Raises MessageUnheard when a callback, which the caller has locked, has messages that nobody has heard."""
    unheard = outstanding_of(session, callback).unheard
    if unheard:
        found = session.scalars(select(Voicemail).where(Voicemail.id.in_(unheard)).order_by(Voicemail.id))
        raise MessageUnheard([UnheardMessage(one.id, one.received_at, one.duration_s) for one in found])


def _by_callback(rows: Iterable[Row]) -> dict[int, Outstanding]:
    unheard: dict[int, list[int]] = defaultdict(list)
    requested: dict[int, bool] = {}
    for callback_id, voicemail_id, by_key in rows:
        requested[callback_id] = requested.get(callback_id, False) or bool(by_key)
        if voicemail_id is not None:
            unheard[callback_id].append(voicemail_id)
    return {callback_id: Outstanding(tuple(unheard[callback_id]), by_key) for callback_id, by_key in requested.items()}
