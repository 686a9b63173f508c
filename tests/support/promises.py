"""A small office with promises to keep: its rota, its line, callers who were not helped."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks import promises
from callcenter.callbacks.records import Callback
from callcenter.lines.records import Line
from callcenter.rota import versions
from callcenter.rota.model import Rota
from callcenter.rota.reading.files import read_files
from callcenter.storage.records import MetricTotal
from callcenter.telephony.records import OutboxMessage

LINE = "+31858880000"
SCHOOL = "+31302345678"
OTHER_SCHOOL = "+31786140001"
MOBILES = {"AIS": "+31620000001", "BRA": "+31620000002", "CEM": "+31620000003"}

_FILES = {
    "consultants.csv": (
        "code;name;mobile;email\nAIS;Aïsha;+31620000001;\nBRA;Bram;+31620000002;\nCEM;Cem;+31620000003;\n"
    ),
    "shifts.csv": (
        "consultant;days;from;to\nAIS;mon-fri;08:30;17:00\nBRA;mon-fri;08:30;13:00\nCEM;mon-fri;13:00;17:00\n"
    ),
    "exceptions.csv": "id;kind;consultant;from;to;substitute;note;by\n",
    "policy.toml": (
        '[open]\nmon-fri = ["08:30-17:00"]\n[closed_days]\ngood_friday = "closed"\nliberation_day = "lustrum"\n'
    ),
}


def rota_files(**changed: str) -> dict[str, bytes]:
    """The office's files, some of them changed: `shifts="…"`, `policy="…"`."""
    files = dict(_FILES)
    for name, text in changed.items():
        files["policy.toml" if name == "policy" else f"{name}.csv"] = text
    return {name: text.encode() for name, text in files.items()}


def a_rota(**changed: str) -> Rota:
    """The office's rota as a value."""
    result = read_files(rota_files(**changed), warnings=False)
    assert result.rota is not None, result.errors
    return result.rota


def at(text: str) -> datetime:
    """An instant in June 2027 by day and UTC time: `8 08:00` is Tuesday 8 June, 10.00 in Amsterdam."""
    day, _, clock = text.partition(" ")
    hour, minute = clock.split(":")
    return datetime(2027, 6, int(day), int(hour), int(minute), tzinfo=UTC)


def an_office(session: Session, now: datetime, **changed: str) -> Line:
    """Load the rota and add the line."""
    versions.load(session, rota_files(**changed), "test", now)
    line = Line(number=LINE, name="RBL", created_at=now)
    session.add(line)
    session.flush()
    return line


def facts(line_id: int, number: str | None = SCHOOL, reason: str = "missed", **more: Any) -> promises.Promise:
    """What is known of a caller who was not helped."""
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
    """A promise to a caller of the only line, committed."""
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
    """What was ordered of one kind, in order."""
    with sessions() as session:
        found = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind).order_by(OutboxMessage.id))
        return [order.payload for order in found]


def total(sessions: sessionmaker[Session], name: str) -> float:
    """A counter's value over all its labels."""
    with sessions() as session:
        return sum(session.scalars(select(MetricTotal.value).where(MetricTotal.name == name)))
