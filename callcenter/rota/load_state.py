"""Was the last rota that somebody tried to load refused? A fact for the metric, beside the versions themselves."""

from datetime import datetime

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callcenter.storage.records import SystemFact

_KEY = "rota_load_failed"


def note_load(session: Session, now: datetime, *, failed: bool) -> None:
    """Remember how the last attempt to load a rota went. The session is not committed.

    After RotaRefused it is for a transaction of its own: the one that was to load it is given up.
    """
    table = SystemFact.__table__
    assert isinstance(table, Table)
    insert = postgresql.insert(table) if session.get_bind().dialect.name == "postgresql" else sqlite.insert(table)
    values = {"value": {"failed": failed}, "at": now}
    session.execute(insert.values({"key": _KEY, **values}).on_conflict_do_update(index_elements=["key"], set_=values))


def load_failed(session: Session) -> bool:
    """Whether the last attempt was refused, so that an older version is still in force."""
    value = session.scalar(select(SystemFact.value).where(SystemFact.key == _KEY))
    return bool(value and value.get("failed"))
