"""The outbox: requests to the outside, stored in the transaction of the decision that causes them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from callcenter.storage.base import ignore_existing, table_of
from callcenter.storage.statements import Batch, Prepared, prepared_upsert
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.retry_policy import WORKER_DIED, RetryPolicy, next_attempt_at
from callcenter.telephony.twilio_api import RestError

__all__ = ["WORKER_DIED", "Effect", "Order", "SingleOrderEffect", "enqueue"]

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
_INSERT_ONCE = prepared_upsert(_TABLE, _NEW, ignore_existing)


# Longer than any request to Twilio's REST API may last.
LEASE_S = 15.0


@dataclass(frozen=True, slots=True)
class Order:
    """One order to enqueue.

    kind: selects the Effect that carries it out; payload: what that effect needs, stored as JSON.
    delay_s: seconds until it becomes due; expires_in_s: seconds after that until it is worthless.
    dedupe_key: an order whose key is in the outbox already is not stored again.
    """

    kind: str
    payload: Mapping[str, Any]
    expires_in_s: float
    delay_s: float = 0
    dedupe_key: str | None = None
    call_id: int | None = None
    leg_id: int | None = None


class Effect(ABC):
    """Carries out one kind of order.

    `perform` runs outside any transaction, because it waits for the network. `record_results` and `record_failure`
    then store what follows from it.
    """

    # Seconds to wait after the first failed attempt, the second, and so on.
    retry_pauses_s: tuple[float, ...]
    retry_policy: RetryPolicy = RetryPolicy.BRIEF
    # Whether an order may be performed again when its worker died and nobody knows whether it was carried out.
    idempotent: bool
    # How long an order is leased: longer than `perform` may take. After that its worker counts as dead.
    lease_s: float = LEASE_S
    # How many orders of this kind one dispatcher carries out at once; None: as many as it has threads.
    at_once: int | None = None
    # Whether a result still counts that comes after the order failed because its lease had run out. It does when it
    # names something that exists outside and must be known, such as a call that rings.
    keeps_late_results: bool = False

    @abstractmethod
    def needed_orders(
        self, session: Session, orders: Sequence[OutboxMessage], now: datetime
    ) -> Sequence[OutboxMessage]:
        """The orders that are still needed; the others are dropped. Called before `perform`.

        May set the payload for `perform`, and store what follows from dropping an order.
        """

    @abstractmethod
    def perform(self, order: OutboxMessage) -> Any:
        """Carry the order out. Raises telephony.twilio_api.RestError when that failed."""

    def retry_at(self, session: Session, order: OutboxMessage, error: RestError, now: datetime) -> datetime | None:
        """When to retry an order that failed with this error; None: it failed for good. May change the stored payload.

        Also called, with WORKER_DIED, when a lease ran out without a result and the effect is not idempotent.
        """
        return next_attempt_at(self.retry_policy, self.retry_pauses_s, error, order.attempts, order.expires_at, now)

    @abstractmethod
    def record_results(self, session: Session, done: Sequence[tuple[OutboxMessage, Any]], now: datetime) -> None:
        """Store the results of orders carried out, in the transaction that marks these orders as done."""

    @abstractmethod
    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """Store what follows from an order that failed for good: it is not retried any more.

        error: the code of its RestError, `expired`, or WORKER_DIED.
        """


class SingleOrderEffect(Effect):
    """An effect whose orders rarely come several at once, so each is checked and recorded by itself."""

    @abstractmethod
    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        """Whether this order is still needed, else it is dropped. May set and store as `needed_orders`."""

    @abstractmethod
    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        """Store the result of this order. result: what `perform` returned."""

    def needed_orders(
        self, session: Session, orders: Sequence[OutboxMessage], now: datetime
    ) -> Sequence[OutboxMessage]:
        return [order for order in orders if self.is_needed(session, order, now)]

    def record_results(self, session: Session, done: Sequence[tuple[OutboxMessage, Any]], now: datetime) -> None:
        for order, result in done:
            self.record_result(session, order, result, now)


def enqueue(session: Session, now: datetime, *orders: Order, batch: Batch | None = None) -> None:
    """Store orders in the caller's transaction. Those whose dedupe key is in the outbox already are skipped.

    batch: the caller's batch, which the statements join; without it they have one of their own.
    """
    rows = [
        {
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
        for order in orders
    ]
    once = any(order.dedupe_key for order in orders)
    (batch or Batch(session)).add_all(_INSERT_ONCE if once else _INSERT, rows)
