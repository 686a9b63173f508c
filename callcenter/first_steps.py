"""Which of the first steps of a new installation are done: line, rota, people, number connected, proof call."""

from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from callcenter.access.records import User
from callcenter.lines.records import Line
from callcenter.rota.records import RotaVersion
from callcenter.storage.records import MetricTotal, SystemFact
from callcenter.storage.system_facts import CONNECTED


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What stands.

    line: a public number; rota: one was loaded; people: a consultant can log in; connected: the number was set at
    Twilio, or a call came in; proven: a consultant took a call.
    """

    line: bool
    rota: bool
    people: bool
    connected: bool
    proven: bool

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.line and self.rota and self.people and self.connected and self.proven


def first_steps(session: Session) -> FirstSteps:
    """What stands, by one statement that reads at most a row or two of each table."""
    consultant = exists().where(User.consultant.is_not(None), User.disabled_at.is_(None))
    told = exists().where(SystemFact.key == CONNECTED)
    # The totals are read instead of the calls: they are a few rows for ever.
    called, answered = (
        exists().where(MetricTotal.name == name, MetricTotal.value > 0)
        for name in ("callcenter_calls_total", "callcenter_answered_calls_total")
    )
    line, rota = exists().where(Line.ended_at.is_(None)), exists().where(RotaVersion.id > 0)
    found = session.execute(select(line, rota, consultant, called | told, answered)).one()
    return FirstSteps(*map(bool, found))
