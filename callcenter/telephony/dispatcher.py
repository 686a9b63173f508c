"""Who carries out what the outbox holds? Takes due orders, performs them and stores what came of it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import Clock
from callcenter.storage.base import UtcDateTime, table_of
from callcenter.storage.totals import PendingTotals, count
from callcenter.telephony.outbox import WORKER_DIED, Effect
from callcenter.telephony.records import PENDING, OutboxMessage
from callcenter.telephony.twilio_api import RestError

log = logging.getLogger(__name__)

# Longer than any one REST request may take; an order still taken after it belonged to a worker that died.
TAKEN_FOR_S = 15
BATCH = 20


class Dispatcher:
    """Performs orders. Several may run at once, in threads, processes and hosts: each order is taken by one of them."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        clock: Clock,
        effects: Mapping[str, Effect],
        totals: PendingTotals,
        after_settling: Callable[[], None] | None = None,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._effects = effects
        self._totals = totals
        self._after_settling = after_settling

    def run_due(self, executor: Executor | None = None) -> int:
        """Take what is due and carry it out, here or in an executor. Returns how many orders were taken."""
        orders = self.take()
        if executor is None:
            for order in orders:
                self.carry_out(order)
        else:
            for order in orders:
                executor.submit(self._carry_out_logged, order)
        return len(orders)

    def take(self) -> Sequence[OutboxMessage]:
        """Take a batch of due orders; those that are worthless by now are closed instead."""
        now = self._clock.now()
        if not self._anything_due(now):
            return []
        with self._sessions.begin() as session:
            taken = _take(session, now)
            wanted = []
            for order in taken:
                effect = self._effects.get(order.kind)
                if effect is None:
                    log.error("nobody carries out orders of kind %s", order.kind)
                    self._close(session, order, "failed", now, "unknown kind")
                elif order.expires_at <= now:
                    self._give_up(session, order, effect, "expired", "expired", now)
                elif not effect.still_wanted(session, order, now):
                    self._close(session, order, "dropped", now)
                elif order.attempts > 1 and order.error is None and not effect.repeatable:
                    self._give_up(session, order, effect, "failed", WORKER_DIED, now)
                else:
                    wanted.append(order)
            return wanted

    def _give_up(
        self, session: Session, order: OutboxMessage, effect: Effect, state: str, error: str, now: datetime
    ) -> None:
        """Close an order that will not be done. One that stumbles over its own consequences holds up no other."""
        self._close(session, order, state, now, error)
        try:
            with session.begin_nested():
                effect.give_up(session, order, error, now)
        except Exception:
            log.exception("giving up order %s of kind %s stopped", order.id, order.kind)

    def carry_out(self, order: OutboxMessage) -> None:
        """Perform one taken order and store what came of it."""
        effect = self._effects[order.kind]
        try:
            result = effect.perform(order)
        except RestError as error:
            self._failed(order, effect, error)
            return
        self._totals.add(count("callcenter_twilio_requests_total", operation=order.kind, result="ok"))
        now = self._clock.now()
        with self._sessions.begin() as session:
            self._close(session, order, "done", now)
            effect.settle(session, order, result, now)
        self._settled()

    def _carry_out_logged(self, order: OutboxMessage) -> None:
        try:
            self.carry_out(order)
        except Exception:
            log.exception("order %s of kind %s stopped", order.id, order.kind)

    def _failed(self, order: OutboxMessage, effect: Effect, error: RestError) -> None:
        now = self._clock.now()
        self._totals.add(count("callcenter_twilio_requests_total", operation=order.kind, result="failed"))
        again = error.retry_safe and order.attempts <= len(effect.retry_pauses_s)
        with self._sessions.begin() as session:
            if again:
                pause = timedelta(seconds=effect.retry_pauses_s[order.attempts - 1])
                session.execute(
                    update(OutboxMessage)
                    .where(OutboxMessage.id == order.id)
                    .values(state="queued", not_before=now + pause, error=error.code[:80])
                )
            else:
                log.warning("order %s of kind %s was given up: %s", order.id, order.kind, error.code)
                self._close(session, order, "failed", now, error.code)
                effect.give_up(session, order, error.code, now)
        self._settled()

    def _settled(self) -> None:
        if self._after_settling:
            self._after_settling()

    def _anything_due(self, now: datetime) -> bool:
        with self._sessions() as session:
            session.connection(execution_options={"read_only": True})
            return session.scalar(select(OutboxMessage.id).where(_due(now)).limit(1)) is not None

    @staticmethod
    def _close(session: Session, order: OutboxMessage, state: str, now: datetime, error: str | None = None) -> None:
        values = {"order": order.id, "state": state, "now": now, "error": error[:80] if error else order.error}
        session.connection().execute(_CLOSE, values)


_ORDERS = table_of(OutboxMessage)
# Built once: every order ends with it.
_CLOSE = (
    update(_ORDERS)
    .where(_ORDERS.c.id == bindparam("order"))
    .values(state=bindparam("state"), done_at=bindparam("now", type_=UtcDateTime()), error=bindparam("error"))
)


def _due(now: datetime) -> Any:
    return and_(
        OutboxMessage.not_before <= now,
        or_(
            OutboxMessage.state == "queued",
            and_(OutboxMessage.state == "taken", OutboxMessage.taken_until < now),
        ),
        PENDING,
    )


def _take(session: Session, now: datetime) -> Sequence[OutboxMessage]:
    due = (
        select(OutboxMessage.id)
        .where(_due(now))
        .order_by(OutboxMessage.not_before, OutboxMessage.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    taken = session.scalars(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(due))
        .values(state="taken", taken_until=now + timedelta(seconds=TAKEN_FOR_S), attempts=OutboxMessage.attempts + 1)
        .returning(OutboxMessage)
        .execution_options(synchronize_session=False)
    ).all()
    return sorted(taken, key=lambda order: order.id)
