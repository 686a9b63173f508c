"""Speed of each step of a call: product and floor under the same load, on each database, with and without history."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, delete, func, select, update

from bench import servers
from bench.history import Size, write_history
from bench.load import BenchFailed, Figures, Request, drive, write_requests
from bench.places import Fresh
from bench.rest import AS_TWILIO, AT_ONCE
from bench.rounds import Cell, Round, in_turn
from bench.steps import Steps
from bench.town import free_everybody, furnished
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision
from callcenter.clock import SystemClock
from callcenter.reachability.rollup import roll_up
from callcenter.rota.versions import required_rota
from callcenter.storage.engine import make_engine, make_sessions
from callcenter.telephony.records import OutboxMessage

# Before a measurement, load both servers until modules are imported and statements prepared.
_WARM_UP_S = 1
_ROUND_S = 1
_DRAINED_WITHIN_S = 60
# More requests than one worker of either answers in a second; the rest is not sent.
_PRODUCT_PER_S, _FLOOR_PER_S = 1000, 1600
_OPEN_STATES = ("queued", "taken")


@dataclass(frozen=True, slots=True)
class Bench:
    """Product and floor, running on one kind of database."""

    kind: str
    engine: Engine
    steps: Steps
    product: servers.Served
    floor: servers.Served
    rest: servers.Served
    workers: int
    history: int
    work: Path

    def cell(self, step: str, connections: int, rounds: int) -> Cell:
        """Measure one combination, product and floor in turn. Raises BenchFailed."""

        def one() -> Round:
            self._let_settle()
            with self._twilio_in_no_hurry() if step == "queued" else nullcontext():
                product, product_cpu = self._drive(self.product, self.steps.by_name[step], connections, _ROUND_S)
            self._let_settle()
            floor, floor_cpu = self._drive(self.floor, self.steps.incoming, connections, _ROUND_S)
            return Round(product, floor, product_cpu, floor_cpu)

        found = in_turn(rounds, one)
        return Cell(self.kind, step, connections, self.workers, self.history, found)

    def warm_up(self) -> None:
        """Send both servers calls that are not counted."""
        for served in (self.product, self.floor):
            self._drive(served, self.steps.incoming, 4 * self.workers, _WARM_UP_S)

    def load_product(self, seconds: int) -> int:
        """Send the product new calls for this many seconds; returns how many it answered."""
        figures, _cpu = self._drive(self.product, self.steps.incoming, 4, seconds)
        self._let_settle()
        return figures.requests

    def forget_live_calls(self) -> None:
        """Delete the calls that a load left in progress: they never end, and no office has hundreds at once."""
        self._let_settle()
        live = select(Call.id).where(Call.ended_at.is_(None))
        with self.engine.begin() as connection:
            for rows in (OutboxMessage, CallDecision, Leg):
                connection.execute(delete(rows).where(rows.call_id.in_(live)))
            connection.execute(delete(Call).where(Call.ended_at.is_(None)))

    def _drive(
        self, served: servers.Served, prepare: Callable[[int], list[Request]], connections: int, seconds: int
    ) -> tuple[Figures, float]:
        file = self.work / "requests"
        most = _PRODUCT_PER_S if served is self.product else _FLOOR_PER_S
        write_requests(file, prepare(most * self.workers * seconds))
        before = served.cpu_s()
        figures = drive(served.url, file, connections, seconds)
        return figures, (served.cpu_s() - before) / figures.requests * 1000

    @contextmanager
    def _twilio_in_no_hurry(self) -> Iterator[None]:
        """Let Twilio take its usual time. More is ordered than it can carry out; the rest is dropped at the end."""
        os.kill(self.rest.pid, AS_TWILIO)
        try:
            yield
        finally:
            self._drop("queued")
            os.kill(self.rest.pid, AT_ONCE)

    def _drop(self, *states: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(OutboxMessage).where(OutboxMessage.state.in_(states)).values(state="dropped"))

    def _let_settle(self) -> None:
        """Wait until the last load's outbox messages are carried out, drop those for later, and free the consultants.

        Raises BenchFailed when messages are left after 60 seconds.
        """
        until = time.perf_counter() + _DRAINED_WITHIN_S
        while True:
            by_now = OutboxMessage.not_before <= SystemClock().now()
            due = select(func.count()).where(OutboxMessage.state.in_(_OPEN_STATES), by_now)
            with self.engine.connect() as connection:
                if not connection.execute(due).scalar_one():
                    break
            if time.perf_counter() > until:
                raise BenchFailed(f"the outbox was not empty {_DRAINED_WITHIN_S} s after a load")
            time.sleep(0.05)
        self._drop(*_OPEN_STATES)
        free_everybody(self.engine)


def _roll_up(engine: Engine) -> None:
    """Roll up the past days, as the job of the product does each night."""
    sessions, now = make_sessions(engine), SystemClock().now()
    more = True
    while more:
        with sessions.begin() as session:
            more = roll_up(session, required_rota(session), now)


@contextmanager
def bench(
    kind: str, fresh: Fresh, work: Path, rest: servers.Served, *, workers: int = 1, history: Size | None = None
) -> Iterator[Bench]:
    """Start product and floor, each on a database of its own, and warm them up."""
    address, floor_address = fresh(), fresh()
    engine = make_engine(address)
    schools = furnished(engine)
    if history:
        write_history(engine, schools, history, SystemClock().now())
        _roll_up(engine)
    with (
        servers.product(address, rest.url, work, workers=workers) as product,
        servers.floor(floor_address, work, workers=workers) as floor,
    ):
        steps = Steps(engine, schools, seed=1)
        found = Bench(kind, engine, steps, product, floor, rest, workers, history.calls if history else 0, work)
        found.warm_up()
        yield found
    engine.dispose()
