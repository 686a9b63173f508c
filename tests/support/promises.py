"""The small office in a database: its line, its rota, and callbacks for callers who were not helped."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks import promises
from callcenter.callbacks.records import Callback
from callcenter.lines.records import Line
from callcenter.rota import versions
from callcenter.storage.records import MetricTotal
from callcenter.telephony.records import OutboxMessage
from tests.support.small_office import LINE, MOBILES, OTHER_SCHOOL, SCHOOL, a_rota, at, rota_files

__all__ = [
    "LINE",
    "MOBILES",
    "OTHER_SCHOOL",
    "SCHOOL",
    "a_rota",
    "an_office",
    "at",
    "facts",
    "orders",
    "promised",
    "rota_files",
    "stored",
    "total",
]


def an_office(session: Session, now: datetime, **changed: str) -> Line:
    """Load the rota and add the line."""
    versions.load(session, rota_files(**changed), "test", now)
    line = Line(number=LINE, name="RBL", created_at=now)
    session.add(line)
    session.flush()
    return line


def facts(line_id: int, number: str | None = SCHOOL, reason: str = "missed", **more: Any) -> promises.Promise:
    """The facts of a promise to a caller who was not helped."""
    values: dict[str, Any] = {
        "line_id": line_id,
        "number": number,
        "group": "school",
        "contact_id": None,
        "caller_name": "obs De Wegwijzer",
        "caller_place": "Dordrecht",
        "preferred": None,
        "reason": reason,
    }
    return promises.Promise(**(values | more))


def promised(
    sessions: sessionmaker[Session], now: datetime, number: str | None = SCHOOL, reason: str = "missed", **more: Any
) -> Callback:
    """A committed callback to a caller of the only line."""
    with sessions.begin() as session:
        line = session.scalars(select(Line)).one()
        active = versions.active(session)
        assert active is not None
        callback = promises.promise(session, active[1], facts(line.id, number, reason, **more), now)
        assert callback is not None
        return callback


def stored(sessions: sessionmaker[Session], callback_id: int) -> Callback:
    """The callback as it is in the database now."""
    with sessions() as session:
        return session.get_one(Callback, callback_id)


def orders(sessions: sessionmaker[Session], kind: str) -> list[Mapping[str, Any]]:
    """The payloads of the outbox messages of one kind, in order."""
    with sessions() as session:
        found = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind).order_by(OutboxMessage.id))
        return [order.payload for order in found]


def total(sessions: sessionmaker[Session], name: str, **labels: str) -> float:
    """A counter's value over all series that have these labels."""
    with sessions() as session:
        rows = session.execute(select(MetricTotal.labels, MetricTotal.value).where(MetricTotal.name == name))
        return sum(value for stored, value in rows if labels.items() <= json.loads(stored).items())
