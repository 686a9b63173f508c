"""The dispatcher: leases due orders from the outbox, carries them out and records the results or the failures."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import Clock
from callcenter.storage.base import bind_each, instant, numbered, table_of
from callcenter.storage.engine import reading_connection
from callcenter.storage.rows import new_row, write_changes
from callcenter.storage.statements import Batch, Prepared
from callcenter.storage.totals import PendingTotals, count
from callcenter.telephony.outbox import WORKER_DIED, Effect
from callcenter.telephony.records import PENDING, OutboxMessage
from callcenter.telephony.retry_policy import RetryPolicy, next_attempt_at
from callcenter.telephony.twilio_api import RestError

log = logging.getLogger(__name__)
T = TypeVar("T")
OnStart = Callable[[Session, datetime], object]

# Longer than any REST request may last. An order whose lease has run out belonged to a worker that died.
LEASE_S = 15
BATCH = 20


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A performed order with its result, or with the error that says that it failed."""

    order: OutboxMessage
    result: Any
    error: RestError | None = None


@dataclass(frozen=True, slots=True)
class _Leased:
    """Orders to perform now.

    more: the batch was full, but some of its orders were closed instead. Others may be due, and there is room for them.
    """

    orders: Sequence[OutboxMessage]
    more: bool = False


class Dispatcher:
    """Carries out orders. Several may run at once, in threads, processes and hosts: a lease gives each order to one.

    wake: called when `run_in_threads` should run again: a thread finished an order, or a result enqueued another one.
    on_start: runs once before the first orders, in a transaction of its own.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        clock: Clock,
        effects: Mapping[str, Effect],
        totals: PendingTotals,
        wake: Callable[[], None],
        on_start: OnStart | None = None,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._effects = effects
        self._totals = totals
        self._wake = wake
        self._on_start = on_start
        self._in_flight = 0
        # What the threads have finished since the last look; None for an order whose result is unknown.
        self._finished: SimpleQueue[_Outcome | None] = SimpleQueue()

    def begin(self) -> None:
        """Run `on_start` unless it has run already. The first run does this by itself; it may be called earlier."""
        if self._on_start is not None:
            with self._sessions.begin() as session:
                self._on_start(session, self._clock.now())
            self._on_start = None

    def run_due(self) -> int:
        """Carry out due orders one after the other until none is due. Returns how many were performed.

        It opens a writing transaction at once: call it when an order is due.
        """
        self.begin()
        performed = 0
        leased = self._record_and_lease([], BATCH)
        while leased.orders or leased.more:
            performed += len(leased.orders)
            outcomes = [one for one in map(self._outcome, leased.orders) if one is not None]
            leased = self._record_and_lease(outcomes, BATCH)
        return performed

    def run_in_threads(self, executor: Executor, threads: int) -> None:
        """Record what the executor has finished, and hand it due orders, no more than its threads can start at once.

        It returns without waiting for them. Call it again after each `wake`.
        """
        self.begin()
        finished = self._take_finished()
        room = min(BATCH, threads - self._in_flight)
        if not finished and (room < 1 or not self._anything_due()):
            return  # without opening a transaction that writes
        leased = self._record_and_lease(finished, room)
        self._in_flight += len(leased.orders)
        for order in leased.orders:
            executor.submit(self._perform_in_thread, order)
        if leased.more:
            self._wake()

    def record_finished(self) -> None:
        """Record what the threads have finished, and lease nothing more. For shutting down."""
        self._record_each(self._take_finished())

    def _take_finished(self) -> Sequence[_Outcome]:
        finished = list(_drained(self._finished))
        self._in_flight -= len(finished)
        return [one for one in finished if one is not None]

    def _record_and_lease(self, outcomes: Sequence[_Outcome], room: int) -> _Leased:
        """Record these outcomes and lease up to `room` due orders, in one transaction if that succeeds."""
        try:
            return self._record_and_lease_at_once(outcomes, room)
        except Exception:
            log.exception("orders are settled one by one")
            self._record_each(outcomes)
            return self._record_and_lease_at_once([], room)

    def _record_each(self, outcomes: Sequence[_Outcome]) -> None:
        """Record each outcome in a transaction of its own, so that one that fails does not hold up the others."""
        for one in outcomes:
            try:
                self._record_and_lease_at_once([one], 0)
            except Exception:
                log.exception("order %s of kind %s stopped", one.order.id, one.order.kind)

    def _record_and_lease_at_once(self, outcomes: Sequence[_Outcome], room: int) -> _Leased:
        now = self._clock.now()
        with self._sessions() as session:
            batch = Batch(session)
            self._record(session, outcomes, now)
            write_changes(session, batch)
            leased = self._lease(session, now, room) if room > 0 else _Leased([])
            write_changes(session, batch)
            session.commit()
        for one in outcomes:
            result = "failed" if one.error else "ok"
            self._totals.add(count("callcenter_twilio_requests_total", operation=one.order.kind, result=result))
        if outcomes:
            self._wake()
        return leased

    def _lease(self, session: Session, now: datetime, most: int) -> _Leased:
        """Lease a batch of due orders. Those that have expired or are not needed any more are closed instead."""
        to_perform: list[OutboxMessage] = []
        due = _lease_due(session, now, most)
        for kind, orders in _by_kind(due, lambda order: order.kind).items():
            effect = self._effects.get(kind)
            if effect is None:
                log.error("nobody carries out orders of kind %s", kind)
                self._close(session, orders, "failed", now, "unknown kind")
                continue
            # ANY_ERROR_UNTIL_EXPIRY: an order that is found late is still tried. The others expire.
            expires = effect.retry_policy is not RetryPolicy.ANY_ERROR_UNTIL_EXPIRY
            expired = [order for order in orders if expires and order.expires_at <= now]
            for order in expired:
                # An error says that it was tried; without one it was never leased in time.
                self._fail(session, order, effect, "failed" if order.error else "expired", "expired", now)
            in_time = [order for order in orders if order not in expired]
            needed = effect.needed_orders(session, in_time, now) if in_time else []
            self._close(session, [order for order in in_time if order not in needed], "dropped", now)
            for order in needed:
                if order.attempts > 1 and order.error is None and not effect.idempotent:
                    self._fail(session, order, effect, "failed", WORKER_DIED, now)
                else:
                    to_perform.append(order)
        return _Leased(sorted(to_perform, key=_by_age), more=len(to_perform) < len(due) == most)

    def _fail(
        self, session: Session, order: OutboxMessage, effect: Effect, state: str, error: str, now: datetime
    ) -> None:
        """Close an order that will not be performed. An exception in its effect does not hold up other orders."""
        self._close(session, [order], state, now, None if order.error else error)
        try:
            with session.begin_nested():
                effect.record_failure(session, order, error, now)
        except Exception:
            log.exception("giving up order %s of kind %s stopped", order.id, order.kind)

    def _perform(self, order: OutboxMessage) -> _Outcome:
        try:
            return _Outcome(order, self._effects[order.kind].perform(order))
        except RestError as error:
            return _Outcome(order, None, error)

    def _perform_in_thread(self, order: OutboxMessage) -> None:
        self._finished.put(self._outcome(order))
        self._wake()

    def _outcome(self, order: OutboxMessage) -> _Outcome | None:
        """Perform an order. None when it raised an unexpected exception, so that its result is unknown."""
        try:
            return self._perform(order)
        except Exception:
            log.exception("order %s of kind %s stopped", order.id, order.kind)
            if self._effects[order.kind].retry_policy is RetryPolicy.ANY_ERROR_UNTIL_EXPIRY:
                # Without an error it would be leased again for ever, without its pauses.
                return _Outcome(order, None, RestError("stumbled", retry_safe=True))
            return None

    def _record(self, session: Session, outcomes: Sequence[_Outcome], now: datetime) -> None:
        # Errors first: what follows them locks calls, and everywhere a call is locked before its legs.
        for one in outcomes:
            if one.error is not None:
                self._record_error(session, one.order, one.error, now)
        write_changes(session, Batch(session))
        done = [one for one in outcomes if one.error is None]
        for kind, ones in _by_kind(done, lambda one: one.order.kind).items():
            self._close(session, [one.order for one in ones], "done", now)
            self._effects[kind].record_results(session, [(one.order, one.result) for one in ones], now)

    def _record_error(self, session: Session, order: OutboxMessage, error: RestError, now: datetime) -> None:
        effect = self._effects[order.kind]
        at = next_attempt_at(effect.retry_policy, effect.retry_pauses_s, error, order.attempts, order.expires_at, now)
        if at is not None:
            session.execute(
                update(OutboxMessage)
                .where(OutboxMessage.id == order.id)
                .values(state="queued", not_before=at, error=error.code[:80])
            )
        else:
            log.warning("order %s of kind %s was given up: %s", order.id, order.kind, error.code)
            self._close(session, [order], "failed", now, error.code)
            effect.record_failure(session, order, error.code, now)

    def _anything_due(self) -> bool:
        with reading_connection(self._sessions) as connection:
            return bool(_ANY_DUE(connection, {"now": self._clock.now()}))

    @staticmethod
    def _close(
        session: Session, orders: Sequence[OutboxMessage], state: str, now: datetime, error: str | None = None
    ) -> None:
        """Close orders with a final state. error: why; None leaves the error of the last attempt in place."""
        if orders:
            ids = [order.id for order in orders]
            values = {"state": state, "now": now, "error": error[:80] if error else None, **numbered("order", ids)}
            _close_of(len(ids))(session.connection(), values)


_ORDERS = table_of(OutboxMessage)
_ORDER = _ORDERS.c
_COLUMNS = tuple(column.key for column in _ORDERS.columns)
# Prepared once, because every order passes here. The rows are not loaded into the session: an effect may change its
# order's payload for `perform` without storing that.
_NOW = instant("now")
_DUE = and_(
    _ORDER.not_before <= _NOW,
    or_(_ORDER.state == "queued", and_(_ORDER.state == "taken", _ORDER.taken_until < _NOW)),
    PENDING,
)
_ANY_DUE = Prepared(select(_ORDER.id).where(_DUE).limit(1))
_LEASE = Prepared(
    update(_ORDERS)
    .where(
        _ORDER.id.in_(
            select(_ORDER.id)
            .where(_DUE)
            .order_by(_ORDER.not_before, _ORDER.id)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True)
        )
    )
    .values(state="taken", taken_until=instant("until"), attempts=_ORDER.attempts + 1)
    .returning(*_ORDERS.columns)
)


@cache
def _close_of(how_many: int) -> Prepared:
    return Prepared(
        update(_ORDERS)
        .where(_ORDER.id.in_(bind_each("order", _ORDER.id, how_many)))
        .values(
            state=bindparam("state"),
            done_at=_NOW,
            error=func.coalesce(bindparam("error", type_=_ORDER.error.type), _ORDER.error),
        )
    )


def _lease_due(session: Session, now: datetime, most: int) -> Sequence[OutboxMessage]:
    values = {"now": now, "until": now + timedelta(seconds=LEASE_S), "most": most}
    leased = _LEASE(session.connection(), values)
    return sorted((new_row(OutboxMessage, **dict(zip(_COLUMNS, row, strict=True))) for row in leased), key=_by_age)


def _by_age(order: OutboxMessage) -> int:
    return order.id


def _by_kind(items: Iterable[T], kind_of: Callable[[T], str]) -> Mapping[str, list[T]]:
    kinds: dict[str, list[T]] = {}
    for item in items:
        kinds.setdefault(kind_of(item), []).append(item)
    return kinds


def _drained(queue: SimpleQueue[_Outcome | None]) -> Iterator[_Outcome | None]:
    while True:
        try:
            yield queue.get_nowait()
        except Empty:
            return
