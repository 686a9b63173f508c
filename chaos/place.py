"""The office after a run: its database and the stand-in's Twilio, as the invariants of the tests look at them."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.clock import SystemClock
from callcenter.standin.log import Webhook
from callcenter.standin.stand_in import StandIn
from callcenter.storage.engine import make_sessions
from callcenter.storage.records import MetricTotal
from chaos.office import LINE


class ClockAhead:
    """The clock of hosts that were set ahead of this machine. ahead: by how much at present."""

    def __init__(self, ahead: Callable[[], timedelta]) -> None:
        self._ahead, self._true = ahead, SystemClock()

    def now(self) -> datetime:
        """The present instant by the hosts' clocks."""
        return self._true.now() + self._ahead()


class Place:
    """What `tests.support.invariants` needs to know."""

    lines: tuple[str, ...] = (LINE,)

    def __init__(self, engine: Engine, standin: StandIn, clock: ClockAhead) -> None:
        self.standin, self.clock = standin, clock
        self._sessions = make_sessions(engine)

    def session(self) -> Session:
        """A session for reading."""
        return self._sessions()

    def calls(self) -> list[Call]:
        """All calls, in order."""
        with self._sessions() as session:
            return list(session.scalars(select(Call).order_by(Call.id)))

    def callbacks(self) -> list[Callback]:
        """All callbacks, in order."""
        with self._sessions() as session:
            return list(session.scalars(select(Callback).order_by(Callback.id)))

    def totals(self, name: str) -> float:
        """A counter over all its labels."""
        with self._sessions() as session:
            return sum(session.scalars(select(MetricTotal.value).where(MetricTotal.name == name)))

    def webhooks(self) -> list[Webhook]:
        """All webhooks of all calls, with their answers."""
        return [webhook for call in self.standin.calls for webhook in call.webhooks]
