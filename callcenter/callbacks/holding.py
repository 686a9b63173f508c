"""What do callbacks hold that nobody of the office has dealt with yet? Messages not heard, and requests by key."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import UNCLOSED, Callback
from callcenter.callbacks.rules import Held
from callcenter.calls.call import Call
from callcenter.calls.records import Voicemail
from callcenter.errors import CallcenterError
from callcenter.storage.base import table_of
from callcenter.storage.statements import Prepared, Row

_CALLBACKS, _CALLS, _VOICEMAILS = table_of(Callback), table_of(Call), table_of(Voicemail)
# A call's own message: one that its caller recorded anew is no message any more.
_WITH_MESSAGES = _CALLBACKS.outerjoin(_CALLS, _CALLS.c.callback_id == _CALLBACKS.c.id).outerjoin(
    _VOICEMAILS, and_(_VOICEMAILS.c.id == _CALLS.c.voicemail_id, _VOICEMAILS.c.heard_at.is_(None))
)
_BY_KEY = or_(_CALLBACKS.c.reason == "requested", _CALLS.c.wants_callback)


@dataclass(frozen=True, slots=True)
class UnheardMessage:
    """A message that nobody heard: when it was left, and how long it is."""

    voicemail_id: int
    received_at: datetime
    duration_s: int


class MessageUnheard(CallcenterError):
    """A callback cannot be closed as kept while it holds messages that nobody heard. messages: oldest first."""

    def __init__(self, messages: Sequence[UnheardMessage]) -> None:
        named = ", ".join(f"{one.voicemail_id} (left at {one.received_at:%Y-%m-%dT%H:%M:%SZ})" for one in messages)
        it, are = ("it", "message") if len(messages) == 1 else ("them", "messages")
        super().__init__(f"nobody has heard {are} {named}: listen to {it}, or mark {it} as heard")
        self.messages = tuple(messages)


def _question() -> Select[tuple[int, int | None, bool | None]]:
    return select(_CALLBACKS.c.id, _VOICEMAILS.c.id, _BY_KEY).select_from(_WITH_MESSAGES).order_by(_VOICEMAILS.c.id)


_OF_ONE = Prepared(_question().where(_CALLBACKS.c.id == bindparam("callback")))
_FROM_NUMBER = Prepared(_question().where(_CALLBACKS.c.number == bindparam("number"), UNCLOSED))


def held_by(session: Session, callback: Callback) -> Held:
    """What one callback holds. Where that decides, its row is locked: whoever joins it does so before or after."""
    session.flush()
    return _told(_OF_ONE(session.connection(), {"callback": callback.id})).get(callback.id, Held())


def held_by_each(session: Session, callback_ids: Sequence[int]) -> Mapping[int, Held]:
    """What each of these callbacks holds; one statement."""
    if not callback_ids:
        return {}
    these = _question().where(_CALLBACKS.c.id.in_(callback_ids))
    return _told(tuple(row) for row in session.execute(these))


def refuse_unheard(session: Session, callback: Callback) -> None:
    """Raises MessageUnheard when a callback holds messages that nobody heard. Its row is held by the caller."""
    unheard = held_by(session, callback).unheard
    if unheard:
        found = session.scalars(select(Voicemail).where(Voicemail.id.in_(unheard)).order_by(Voicemail.id))
        raise MessageUnheard([UnheardMessage(one.id, one.received_at, one.duration_s) for one in found])


def waiting_at(session: Session, number: str) -> Held:
    """What the open callbacks to a number hold, on whichever line, all together."""
    each = _told(_FROM_NUMBER(session.connection(), {"number": number})).values()
    unheard = sorted(voicemail_id for held in each for voicemail_id in held.unheard)
    return Held(tuple(unheard), any(held.requested for held in each))


def _told(rows: Iterable[Row]) -> dict[int, Held]:
    unheard: dict[int, list[int]] = defaultdict(list)
    requested: dict[int, bool] = {}
    for callback_id, voicemail_id, by_key in rows:
        requested[callback_id] = requested.get(callback_id, False) or bool(by_key)
        if voicemail_id is not None:
            unheard[callback_id].append(voicemail_id)
    return {callback_id: Held(tuple(unheard[callback_id]), by_key) for callback_id, by_key in requested.items()}
