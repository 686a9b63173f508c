"""Reads and writes `system_fact`: one JSON value per name, with the instant at which it was last stored."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from callcenter.storage.base import overwrite, table_of
from callcenter.storage.records import SystemFact
from callcenter.storage.statements import Prepared, prepared_upsert

# Facts that several subjects read: when a backup was last made, when an older one was restored, and when the numbers
# were last set so that Twilio sends their calls here.
BACKED_UP, RESTORED, CONNECTED = "backed_up", "restored", "connected"

_FACT = table_of(SystemFact).c
_STORE = prepared_upsert(table_of(SystemFact), ("key", "value", "at"), overwrite(["key"], ["value", "at"]))
_READ = Prepared(select(_FACT.value, _FACT.at).where(_FACT.key == bindparam("name")))


class StoredFact(NamedTuple):
    """The value of one fact. at: when it was stored, UTC."""

    value: Mapping[str, Any]
    at: datetime


def store_fact(session: Session, name: str, value: Mapping[str, Any], now: datetime) -> None:
    """Store a fact and replace its earlier value. Not committed; the row stays locked until the transaction ends."""
    _STORE(session.connection(), {"key": name, "value": dict(value), "at": now})


def read_fact(session: Session, name: str) -> StoredFact | None:
    """The stored fact of this name, or None."""
    for value, at in _READ(session.connection(), {"name": name}):
        return StoredFact(value, at)
    return None
