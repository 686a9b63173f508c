"""What every kind of message has in common: its words, when it is sent again, and what the callbacks know of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from callcenter.notify.untold import store_payload
from callcenter.notify.wording import possibly_twice
from callcenter.telephony.outbox import SingleOrderEffect
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.retry_policy import RetryPolicy, Taken, next_message_at

# Whether a message about callbacks still holds for one of them.
IsTrue = Callable[[Session, OutboxMessage], bool]
# A text about callbacks was taken by Twilio.
Told = Callable[[Session, OutboxMessage], None]


class NotTold(Protocol):
    """A text about callbacks failed for good; perhaps: it may have arrived. Returns whether one of them still needs
    that its owner hears of it."""

    def __call__(self, session: Session, order: OutboxMessage, now: datetime, *, perhaps: bool) -> bool: ...


# A message to the team lead about callbacks reached no channel until it expired. Clears their marks, so that they are
# reported again.
LeadNotTold = Callable[[Session, OutboxMessage, datetime], None]


# The key in the payload of a message that is sent once more.
ONCE_MORE = "once_more"


@dataclass(frozen=True, slots=True)
class After:
    """What callcenter.callbacks knows of a message about callbacks, and does when it was taken or failed for good."""

    is_true: IsTrue
    told: Told
    not_told: NotTold
    lead_not_told: LeadNotTold


class Message(SingleOrderEffect):
    """The common part of all ways."""

    retry_pauses_s: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0)
    idempotent = False
    retry_policy = RetryPolicy.MESSAGE

    def __init__(self, locale: str) -> None:
        self._locale = locale

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        """Nothing: nothing is stored about a message besides its order."""

    def _body(self, order: OutboxMessage) -> str:
        body = str(order.payload["body"])
        return possibly_twice(self._locale, body) if order.payload.get(ONCE_MORE) else body

    def _next_at(
        self, session: Session, order: OutboxMessage, taken: Taken, now: datetime, *, once_more: bool
    ) -> datetime | None:
        """When to send it again; None: it failed for good. One that may have arrived gets its words."""
        asked = bool(order.payload.get(ONCE_MORE))
        at = next_message_at(
            taken, self.retry_pauses_s, order.attempts, order.expires_at, now, once_more=once_more and not asked
        )
        if at is not None and taken.perhaps:
            store_payload(session, order, **{ONCE_MORE: True})
        return at
