"""Who carries out what the outbox holds? Takes due orders, performs them and stores what came of it."""

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
from callcenter.storage.base import instant, table_of
from callcenter.storage.engine import glancing
from callcenter.storage.rows import write_changes
from callcenter.storage.statements import Batch, Prepared, bind_each, numbered
from callcenter.storage.totals import PendingTotals, count
from callcenter.telephony.again import Again, next_try
from callcenter.telephony.outbox import WORKER_DIED, Effect
from callcenter.telephony.records import PENDING, OutboxMessage
from callcenter.telephony.twilio_api import RestError

log = logging.getLogger(__name__)
T = TypeVar("T")
AtFirst = Callable[[Session, datetime], object]

# Longer than any one REST request may take; an order still taken after it belonged to a worker that died.
TAKEN_FOR_S = 15
BATCH = 20


@dataclass(frozen=True, slots=True)
class _Performed:
    """An order, and what came of it outside: a result, or the error that says it was not done."""

    order: OutboxMessage
    result: Any
    error: RestError | None = None


@dataclass(frozen=True, slots=True)
class _Taken:
    """Orders that are to be carried out now. more: as many were due as there was room for, and some of them were only
    closed, so that others may be due for which there is room."""

    wanted: Sequence[OutboxMessage]
    more: bool = False


class Dispatcher:
    """Performs orders. Several may run at once, in threads, processes and hosts: each order is taken by one of them.

    wake: told when there is something to look at again: an order was performed aside, or its settling put another.
    at_first: done once before anything else, in a transaction of its own.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        clock: Clock,
        effects: Mapping[str, Effect],
        totals: PendingTotals,
        wake: Callable[[], None],
        at_first: AtFirst | None = None,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._effects = effects
        self._totals = totals
        self._wake = wake
        self._at_first = at_first
        self._aside = 0
        self._ready: SimpleQueue[_Performed | None] = SimpleQueue()

    def begin(self) -> None:
        """Do what is to be done once, unless it was done. Called by the first that carries out orders, or sooner."""
        if self._at_first is not None:
            with self._sessions.begin() as session:
                self._at_first(session, self._clock.now())
            self._at_first = None

    def run_due(self) -> int:
        """Take what is due and carry it out, one after the other, until nothing is due. Returns how many orders that
        were. To be called when something is due: it does not look first, as `run_aside` does when it is woken."""
        self.begin()
        carried_out = 0
        taken = self._round([], BATCH)
        while taken.wanted or taken.more:
            carried_out += len(taken.wanted)
            taken = self._round([one for one in map(self._performed, taken.wanted) if one is not None], BATCH)
        return carried_out

    def run_aside(self, executor: Executor, threads: int) -> None:
        """Settle what an executor has performed since the last time, and hand it what is due, never more than its
        threads can begin at once. To be called again when woken."""
        self.begin()
        performed = self._performed_aside()
        room = min(BATCH, threads - self._aside)
        if not performed and (room < 1 or not self._anything_due()):
            return  # no transaction that writes is opened for nothing
        taken = self._round(performed, room)
        self._aside += len(taken.wanted)
        for order in taken.wanted:
            executor.submit(self._perform_aside, order)
        if taken.more:
            self._wake()

    def settle_aside(self) -> None:
        """Settle what was performed aside, and take nothing more."""
        self._settle_each(self._performed_aside())

    def _performed_aside(self) -> Sequence[_Performed]:
        back = list(_drained(self._ready))
        self._aside -= len(back)
        return [one for one in back if one is not None]

    def _round(self, performed: Sequence[_Performed], room: int) -> _Taken:
        try:
            return self._turn(performed, room)
        except Exception:
            log.exception("orders are settled one by one")
            self._settle_each(performed)
            return self._turn([], room)

    def _settle_each(self, performed: Sequence[_Performed]) -> None:
        """One that stumbles over its own consequences holds up no other."""
        for one in performed:
            try:
                self._turn([one], 0)
            except Exception:
                log.exception("order %s of kind %s stopped", one.order.id, one.order.kind)

    def _turn(self, performed: Sequence[_Performed], room: int) -> _Taken:
        """In one transaction: store what came of orders, and take up to so many that are due by now."""
        now = self._clock.now()
        with self._sessions() as session:
            batch = Batch(session)
            self._store(session, performed, now)
            write_changes(session, batch)
            taken = self._take(session, now, room) if room > 0 else _Taken([])
            write_changes(session, batch)
            session.commit()
        for one in performed:
            result = "failed" if one.error else "ok"
            self._totals.add(count("callcenter_twilio_requests_total", operation=one.order.kind, result=result))
        if performed:
            self._wake()
        return taken

    def _take(self, session: Session, now: datetime, most: int) -> _Taken:
        """Take a batch of due orders; those that are worthless by now are closed instead."""
        wanted: list[OutboxMessage] = []
        due = _due(session, now, most)
        for kind, orders in _by_kind(due, lambda order: order.kind).items():
            effect = self._effects.get(kind)
            if effect is None:
                log.error("nobody carries out orders of kind %s", kind)
                self._close(session, orders, "failed", now, "unknown kind")
                continue
            # What is asked always has its last try after its time, however long nobody was there to ask.
            late = [order for order in orders if order.expires_at <= now and effect.again is not Again.ALWAYS]
            for order in late:
                # Refused until its time was over, or never taken.
                self._give_up(session, order, effect, "failed" if order.error else "expired", "expired", now)
            in_time = [order for order in orders if order not in late]
            asked_for = effect.which_are_wanted(session, in_time, now) if in_time else []
            self._close(session, [order for order in in_time if order not in asked_for], "dropped", now)
            for order in asked_for:
                if order.attempts > 1 and order.error is None and not effect.repeatable:
                    self._give_up(session, order, effect, "failed", WORKER_DIED, now)
                else:
                    wanted.append(order)
        return _Taken(sorted(wanted, key=_by_age), more=len(wanted) < len(due) == most)

    def _give_up(
        self, session: Session, order: OutboxMessage, effect: Effect, state: str, error: str, now: datetime
    ) -> None:
        """Close an order that will not be done. One that stumbles over its own consequences holds up no other."""
        self._close(session, [order], state, now, None if order.error else error)
        try:
            with session.begin_nested():
                effect.give_up(session, order, error, now)
        except Exception:
            log.exception("giving up order %s of kind %s stopped", order.id, order.kind)

    def _perform(self, order: OutboxMessage) -> _Performed:
        try:
            return _Performed(order, self._effects[order.kind].perform(order))
        except RestError as error:
            return _Performed(order, None, error)

    def _perform_aside(self, order: OutboxMessage) -> None:
        self._ready.put(self._performed(order))
        self._wake()

    def _performed(self, order: OutboxMessage) -> _Performed | None:
        """What came of an order; None when it stumbled, and nobody can say."""
        try:
            return self._perform(order)
        except Exception:
            log.exception("order %s of kind %s stopped", order.id, order.kind)
            if self._effects[order.kind].again is Again.ALWAYS:
                return _Performed(order, None, RestError("stumbled", retry_safe=True))  # else for ever, with no pause
            return None

    def _store(self, session: Session, performed: Sequence[_Performed], now: datetime) -> None:
        # Errors first: what follows them locks calls, which everywhere are locked before their legs.
        for one in performed:
            if one.error is not None:
                self._store_error(session, one.order, one.error, now)
        write_changes(session, Batch(session))
        done = [one for one in performed if one.error is None]
        for kind, ones in _by_kind(done, lambda one: one.order.kind).items():
            self._close(session, [one.order for one in ones], "done", now)
            self._effects[kind].settle_all(session, [(one.order, one.result) for one in ones], now)

    def _store_error(self, session: Session, order: OutboxMessage, error: RestError, now: datetime) -> None:
        effect = self._effects[order.kind]
        at = next_try(effect.again, effect.retry_pauses_s, error, order.attempts, order.expires_at, now)
        if at is not None:
            session.execute(
                update(OutboxMessage)
                .where(OutboxMessage.id == order.id)
                .values(state="queued", not_before=at, error=error.code[:80])
            )
        else:
            log.warning("order %s of kind %s was given up: %s", order.id, order.kind, error.code)
            self._close(session, [order], "failed", now, error.code)
            effect.give_up(session, order, error.code, now)

    def _anything_due(self) -> bool:
        with glancing(self._sessions) as connection:
            return bool(_ANY_DUE(connection, {"now": self._clock.now()}))

    @staticmethod
    def _close(
        session: Session, orders: Sequence[OutboxMessage], state: str, now: datetime, error: str | None = None
    ) -> None:
        """Nothing more is to be done for these orders. error: why; else what was last wrong stays noted."""
        if orders:
            ids = [order.id for order in orders]
            values = {"state": state, "now": now, "error": error[:80] if error else None, **numbered("order", ids)}
            Batch(session).add(_close_of(len(ids)), values, rows=ids)


_ORDERS = table_of(OutboxMessage)
_ORDER = _ORDERS.c
_COLUMNS = tuple(column.key for column in _ORDERS.columns)
# Built once: every order passes here. Without objects of a session: what an effect notes on its order stays with it.
_NOW = instant("now")
_DUE = and_(
    _ORDER.not_before <= _NOW,
    or_(_ORDER.state == "queued", and_(_ORDER.state == "taken", _ORDER.taken_until < _NOW)),
    PENDING,
)
_ANY_DUE = Prepared(select(_ORDER.id).where(_DUE).limit(1))
_TAKE = Prepared(
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


def _due(session: Session, now: datetime, most: int) -> Sequence[OutboxMessage]:
    values = {"now": now, "until": now + timedelta(seconds=TAKEN_FOR_S), "most": most}
    taken = _TAKE(session.connection(), values)
    return sorted((OutboxMessage(**dict(zip(_COLUMNS, row, strict=True))) for row in taken), key=_by_age)


def _by_age(order: OutboxMessage) -> int:
    return order.id


def _by_kind(items: Iterable[T], kind_of: Callable[[T], str]) -> Mapping[str, list[T]]:
    kinds: dict[str, list[T]] = {}
    for item in items:
        kinds.setdefault(kind_of(item), []).append(item)
    return kinds


def _drained(queue: SimpleQueue[_Performed | None]) -> Iterator[_Performed | None]:
    while True:
        try:
            yield queue.get_nowait()
        except Empty:
            return
