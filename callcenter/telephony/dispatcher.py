"""The dispatcher: leases due orders from the outbox, carries them out and records the results or the failures.

A lease is fenced by the number of attempts, which each lease raises. A result is recorded only while the order is still
leased by the worker that brings it. After that, another worker may have carried it out or given it up.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, bindparam, case, func, null, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import Clock, stopwatch
from callcenter.storage.base import bind_each, instant, numbered, table_of
from callcenter.storage.engine import REFUSED, reading_connection
from callcenter.storage.rows import new_row, write_changes
from callcenter.storage.statements import Batch, Prepared
from callcenter.storage.totals import PendingTotals, count
from callcenter.telephony.outbox import LEASE_S, Effect
from callcenter.telephony.records import PENDING, OutboxMessage
from callcenter.telephony.retry_policy import WORKER_DIED, RetryPolicy
from callcenter.telephony.twilio_api import RestError

log = logging.getLogger(__name__)
T = TypeVar("T")
OnStart = Callable[[Session, datetime], object]

BATCH = 20


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A performed order with its result, or with the error that says that it failed."""

    order: OutboxMessage
    result: Any
    error: RestError | None = None

    @property
    def counts_as(self) -> str:
        """The label `result` of the request: `not_ready` is no failure, it is asked again within seconds."""
        if self.error is None:
            return "ok"
        return "not_ready" if self.error.not_ready else "failed"


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
    on_start: runs once before the first orders, in a transaction of its own. counter: monotonic, in seconds.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        clock: Clock,
        effects: Mapping[str, Effect],
        totals: PendingTotals,
        wake: Callable[[], None],
        on_start: OnStart | None = None,
        counter: Callable[[], float] = stopwatch,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._effects = effects
        self._totals = totals
        self._wake = wake
        self._on_start = on_start
        self._counter = counter
        # The orders in the threads, by kind.
        self._in_flight: Counter[str] = Counter()
        # What the threads have finished since the last look: the kind, and None for an order whose result is unknown.
        self._finished: SimpleQueue[tuple[str, _Outcome | None]] = SimpleQueue()

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
        began_s = self._counter()
        finished = self._take_finished()
        room = min(BATCH, threads - self._in_flight.total())
        if not finished and (room < 1 or not self._anything_due()):
            return  # without opening a transaction that writes
        leased = self._record_and_lease(finished, room)
        self._in_flight.update(order.kind for order in leased.orders)
        for order in leased.orders:
            executor.submit(self._perform_in_thread, order, began_s)
        if leased.more:
            self._wake()

    def record_finished(self) -> None:
        """Record what the threads have finished, and lease nothing more. For shutting down."""
        self._record_each(self._take_finished())

    def _take_finished(self) -> Sequence[_Outcome]:
        finished = list(_drained(self._finished))
        self._in_flight.subtract(kind for kind, _ in finished)
        return [one for _, one in finished if one is not None]

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
            self._totals.add(count("callcenter_twilio_requests_total", operation=one.order.kind, result=one.counts_as))
        if outcomes:
            self._wake()
        return leased

    def _lease(self, session: Session, now: datetime, most: int) -> _Leased:
        """Lease a batch of due orders. Those that have expired or are not needed any more are closed instead."""
        to_perform: list[OutboxMessage] = []
        leased = _lease_due(session, now, most, self._full_kinds())
        due = self._without_surplus(session, leased)
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
                # An error or an earlier lease says that it was tried; else it was never leased in time.
                tried = order.error is not None or _lease_ran_out(order)
                why = WORKER_DIED if _lease_ran_out(order) and not effect.idempotent else "expired"
                self._fail(session, order, effect, "failed" if tried else "expired", why, now)
            in_time = [order for order in orders if order not in expired]
            needed = effect.needed_orders(session, in_time, now) if in_time else []
            self._close(session, [order for order in in_time if order not in needed], "dropped", now)
            died = [order for order in needed if _lease_ran_out(order) and not effect.idempotent]
            for order in died:
                self._settle_unanswered(session, order, effect, now)
            ready = [order for order in needed if order not in died]
            if ready and effect.lease_s != LEASE_S:
                self._set(session, ready, taken_until=now + timedelta(seconds=effect.lease_s))
            to_perform += ready
        return _Leased(sorted(to_perform, key=_by_age), more=len(to_perform) < len(leased) == most)

    def _room_for(self, kind: str) -> int | None:
        """How many more orders of this kind may be carried out at once; None: without limit."""
        effect = self._effects.get(kind)
        return None if effect is None or effect.at_once is None else effect.at_once - self._in_flight[kind]

    def _full_kinds(self) -> tuple[str, ...]:
        return tuple(sorted(kind for kind in self._effects if (room := self._room_for(kind)) is not None and room < 1))

    def _without_surplus(self, session: Session, leased: Sequence[OutboxMessage]) -> Sequence[OutboxMessage]:
        """These orders without those for which their kind has no room; their lease is given back."""
        surplus: list[OutboxMessage] = []
        for kind, orders in _by_kind(leased, lambda order: order.kind).items():
            room = self._room_for(kind)
            surplus += orders[max(0, room) :] if room is not None else []
        if surplus:
            # One that belonged to a worker that died gets a lease that has run out, so that this is not forgotten.
            fresh = [order for order in surplus if not _lease_ran_out(order)]
            self._set(session, fresh, state="queued", attempts=OutboxMessage.attempts - 1)
            self._set(
                session,
                [order for order in surplus if order not in fresh],
                taken_until=OutboxMessage.not_before,
                attempts=OutboxMessage.attempts - 1,
            )
        return [order for order in leased if order not in surplus]

    @staticmethod
    def _set(session: Session, orders: Sequence[OutboxMessage], **values: Any) -> None:
        """Change columns of orders that this transaction has locked."""
        if orders:
            session.execute(
                update(OutboxMessage).where(OutboxMessage.id.in_([order.id for order in orders])).values(**values),
                execution_options={"synchronize_session": False},
            )

    def _settle_unanswered(self, session: Session, order: OutboxMessage, effect: Effect, now: datetime) -> None:
        """Retry or close an order whose worker died, so that nobody knows whether it was carried out."""
        try:
            with session.begin_nested():
                at = effect.retry_at(session, order, RestError(WORKER_DIED, retry_safe=False), now)
        except REFUSED:
            raise
        except Exception:
            log.exception("order %s of kind %s stopped", order.id, order.kind)
            at = None
        if at is None:
            self._fail(session, order, effect, "failed", WORKER_DIED, now)
        else:
            self._set(session, [order], state="queued", not_before=at, error=WORKER_DIED)

    def _fail(
        self, session: Session, order: OutboxMessage, effect: Effect, state: str, error: str, now: datetime
    ) -> None:
        """Close an order that will not be performed. An exception in its effect does not hold up other orders.

        Raises REFUSED when the database refused the transaction, for example in a deadlock: the whole is tried again.
        """
        self._close(session, [order], state, now, None if order.error else error)
        try:
            with session.begin_nested():
                effect.record_failure(session, order, error, now)
        except REFUSED:
            raise
        except Exception:
            log.exception("giving up order %s of kind %s stopped", order.id, order.kind)

    def _perform(self, order: OutboxMessage) -> _Outcome:
        try:
            return _Outcome(order, self._effects[order.kind].perform(order))
        except RestError as error:
            return _Outcome(order, None, error)

    def _perform_in_thread(self, order: OutboxMessage, leased_s: float) -> None:
        self._finished.put((order.kind, self._outcome_in_time(order, leased_s)))
        self._wake()

    def _outcome_in_time(self, order: OutboxMessage, leased_s: float) -> _Outcome | None:
        """Perform an order, unless this process was held up since it leased it (leased_s, by the counter).

        A host that froze must not ring a mobile when it goes on: the lease may be over, and another host have decided
        otherwise.
        """
        if self._counter() - leased_s > self._effects[order.kind].lease_s / 2:
            return _Outcome(order, None, RestError("held up", retry_safe=True))
        return self._outcome(order)

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
            effect = self._effects[kind]
            closed = self._close(session, [one.order for one in ones], "done", now)
            kept = [one for one in ones if one.order.id in closed or self._counts_late(session, one.order, effect, now)]
            if kept:
                effect.record_results(session, [(one.order, one.result) for one in kept], now)

    def _record_error(self, session: Session, order: OutboxMessage, error: RestError, now: datetime) -> None:
        if not self._is_ours(session, order):
            log.warning("order %s of kind %s failed after its lease: %s", order.id, order.kind, error.code)
            return
        effect = self._effects[order.kind]
        at = effect.retry_at(session, order, error, now)
        if at is not None:
            self._set(session, [order], state="queued", not_before=at, error=error.code[:80])
        else:
            log.warning("order %s of kind %s was given up: %s", order.id, order.kind, error.code)
            self._close(session, [order], "failed", now, error.code)
            effect.record_failure(session, order, error.code, now)

    @staticmethod
    def _is_ours(session: Session, order: OutboxMessage) -> bool:
        """Whether this worker still has the lease. The row is locked then, so that nobody takes it in between."""
        ours = select(OutboxMessage.id).where(OutboxMessage.id == order.id, *_still_leased(order.attempts))
        return session.scalar(ours.with_for_update()) is not None

    @staticmethod
    def _counts_late(session: Session, order: OutboxMessage, effect: Effect, now: datetime) -> bool:
        """Whether a result counts although the lease was lost. What was carried out is not carried out again."""
        log.warning("order %s of kind %s was carried out after its lease", order.id, order.kind)
        waits = update(OutboxMessage).where(OutboxMessage.id == order.id, OutboxMessage.state == "queued")
        stopped = session.execute(
            waits.values(state="done", done_at=now).returning(OutboxMessage.id),
            execution_options={"synchronize_session": False},
        ).all()
        return bool(stopped) or effect.keeps_late_results

    def _anything_due(self) -> bool:
        with reading_connection(self._sessions) as connection:
            return bool(_ANY_DUE(connection, {"now": self._clock.now()}))

    @staticmethod
    def _close(
        session: Session, orders: Sequence[OutboxMessage], state: str, now: datetime, error: str | None = None
    ) -> set[int]:
        """Close orders with a final state; returns the ids of those that this worker still had a lease on.

        error: why; None leaves the error of the last attempt in place.
        """
        if not orders:
            return set()
        values = {
            "state": state,
            "now": now,
            "error": error[:80] if error else None,
            **numbered("order", (order.id for order in orders)),
            **numbered("attempt", (order.attempts for order in orders)),
        }
        return {order_id for (order_id,) in _close_of(len(orders))(session.connection(), values)}


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


@cache
def _lease_of(without: int) -> Prepared:
    """Leases due orders. without: of how many kinds it takes none."""
    others = [_ORDER.kind.not_in(bind_each("full", _ORDER.kind, without))] if without else []
    return Prepared(
        update(_ORDERS)
        .where(
            _ORDER.id.in_(
                select(_ORDER.id)
                .where(_DUE, *others)
                .order_by(_ORDER.not_before, _ORDER.id)
                .limit(bindparam("most"))
                .with_for_update(skip_locked=True)
            )
        )
        .values(
            state="taken",
            taken_until=instant("until"),
            attempts=_ORDER.attempts + 1,
            # A lease that ran out brought no answer, whatever error an earlier attempt left.
            error=case((_ORDER.state == "taken", null()), else_=_ORDER.error),
        )
        .returning(*_ORDERS.columns)
    )


_LEASE = _lease_of(0)


@cache
def _close_of(how_many: int) -> Prepared:
    ids, attempts = bind_each("order", _ORDER.id, how_many), bind_each("attempt", _ORDER.attempts, how_many)
    # By pairs of id and attempts: only what is still leased by this worker.
    leased = [and_(_ORDER.id == one, _ORDER.attempts == attempt) for one, attempt in zip(ids, attempts, strict=True)]
    return Prepared(
        update(_ORDERS)
        .where(_ORDER.id.in_(ids), _ORDER.state == "taken", or_(*leased))
        .values(
            state=bindparam("state"),
            done_at=_NOW,
            error=func.coalesce(bindparam("error", type_=_ORDER.error.type), _ORDER.error),
        )
        .returning(_ORDER.id)
    )


def _still_leased(attempts: int) -> tuple[ColumnElement[bool], ...]:
    return OutboxMessage.state == "taken", OutboxMessage.attempts == attempts


def _lease_ran_out(order: OutboxMessage) -> bool:
    """Whether a worker leased this order before and brought no result: it may have been carried out."""
    return order.attempts > 1 and order.error is None


def _lease_due(session: Session, now: datetime, most: int, full: Sequence[str]) -> Sequence[OutboxMessage]:
    values = {"now": now, "until": now + timedelta(seconds=LEASE_S), "most": most, **numbered("full", full)}
    leased = (_lease_of(len(full)) if full else _LEASE)(session.connection(), values)
    return sorted((new_row(OutboxMessage, **dict(zip(_COLUMNS, row, strict=True))) for row in leased), key=_by_age)


def _by_age(order: OutboxMessage) -> int:
    return order.id


def _by_kind(items: Iterable[T], kind_of: Callable[[T], str]) -> Mapping[str, list[T]]:
    kinds: dict[str, list[T]] = {}
    for item in items:
        kinds.setdefault(kind_of(item), []).append(item)
    return kinds


def _drained(queue: SimpleQueue[T]) -> Iterator[T]:
    while True:
        try:
            yield queue.get_nowait()
        except Empty:
            return
