"""What do we still owe the outside? Effects stored with the decision that asked for them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from callcenter.storage.base import table_of
from callcenter.storage.statements import Batch, Prepared, PreparedUpsert, give_way
from callcenter.telephony.again import Again
from callcenter.telephony.records import OutboxMessage

_TABLE = table_of(OutboxMessage)
_NEW = (
    "kind",
    "dedupe_key",
    "payload",
    "call_id",
    "leg_id",
    "state",
    "created_at",
    "not_before",
    "expires_at",
    "attempts",
)
_INSERT = Prepared(insert(_TABLE), _NEW)
_INSERT_ONCE = PreparedUpsert(_TABLE, _NEW, give_way)

# The error of an order that a worker took and never came back with: it may have been done.
WORKER_DIED = "a worker died"


@dataclass(frozen=True, slots=True)
class Order:
    """One effect to be stored. expires_in_s: after that many seconds it is worthless and is dropped.

    dedupe_key: an order with a key that was ever stored before is not stored again.
    """

    kind: str
    payload: Mapping[str, Any]
    expires_in_s: float
    delay_s: float = 0
    dedupe_key: str | None = None
    call_id: int | None = None
    leg_id: int | None = None


class Effect(ABC):
    """How one kind of order is carried out. `perform` speaks to the outside, without a transaction;
    `settle_all` stores what came of it, `give_up` what follows when it failed for good or came too late."""

    retry_pauses_s: tuple[float, ...]  # after the first failure, the second …
    again: Again = Again.BRIEFLY
    repeatable: bool  # may it be done again when nobody knows whether a worker that died had done it?

    @abstractmethod
    def which_are_wanted(
        self, session: Session, orders: Sequence[OutboxMessage], now: datetime
    ) -> Sequence[OutboxMessage]:
        """Those of these orders whose reason is still there. Asked just before they are performed."""

    @abstractmethod
    def perform(self, order: OutboxMessage) -> Any:
        """Do it. Raises telephony.twilio_api.RestError, or notify's error, when it was not done."""

    @abstractmethod
    def settle_all(self, session: Session, done: Sequence[tuple[OutboxMessage, Any]], now: datetime) -> None:
        """Store the results of orders that were done, in one transaction with their rows' new state."""

    @abstractmethod
    def give_up(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """Store that it will not be done."""


class OneByOne(Effect):
    """An effect of which few orders come at once: each is asked and stored by itself."""

    @abstractmethod
    def still_wanted(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        """Is the reason for it still there?"""

    @abstractmethod
    def settle(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        """Store the result."""

    def which_are_wanted(
        self, session: Session, orders: Sequence[OutboxMessage], now: datetime
    ) -> Sequence[OutboxMessage]:
        return [order for order in orders if self.still_wanted(session, order, now)]

    def settle_all(self, session: Session, done: Sequence[tuple[OutboxMessage, Any]], now: datetime) -> None:
        for order, result in done:
            self.settle(session, order, result, now)


def put(session: Session, now: datetime, *orders: Order, batch: Batch | None = None) -> None:
    """Store orders in the caller's transaction, with its batch; one whose dedupe key was stored before is skipped."""
    batch = batch or Batch(session)
    for order in orders:
        values = {
            "kind": order.kind,
            "dedupe_key": order.dedupe_key,
            "payload": dict(order.payload),
            "call_id": order.call_id,
            "leg_id": order.leg_id,
            "state": "queued",
            "created_at": now,
            "not_before": now + timedelta(seconds=order.delay_s),
            "expires_at": now + timedelta(seconds=order.delay_s + order.expires_in_s),
            "attempts": 0,
        }
        batch.add(_INSERT_ONCE if order.dedupe_key else _INSERT, values)
