"""The gauges that mark a chart: when the rota was loaded, and whether the line opens at all today."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from prometheus_client import Metric
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.rota.hours import opening_of_day
from callcenter.rota.model import Rota
from callcenter.rota.records import RotaVersion


def rota_marks(session: Session, rota: Rota | None, lines: Sequence[str], now: datetime) -> Iterator[Metric]:
    """The moment at which the active rota was loaded (seconds since 1970), absent before the first, and closed days.

    now: UTC; the day is the rota's local day. One rota serves every line, so each line has the same closed days.
    """
    loaded_at = session.scalar(select(RotaVersion.loaded_at).order_by(RotaVersion.id.desc()).limit(1))
    loaded = Metric("callcenter_rota_loaded_timestamp_seconds", "When the rota in force was loaded.", "gauge")
    if loaded_at is not None:
        loaded.add_sample(loaded.name, {}, loaded_at.timestamp())
    yield loaded
    closed = Metric("callcenter_closed_today", "1 on a day on which the line does not open.", "gauge")
    closes = rota is not None and not opening_of_day(rota, now.astimezone(rota.zone).date())
    for line in lines:
        closed.add_sample(closed.name, {"line": line}, int(closes))
    yield closed
