"""What does this installation know of itself? Small facts by name, each with the instant it was last told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from callcenter.storage.base import table_of
from callcenter.storage.records import SystemFact
from callcenter.storage.statements import Prepared, overwrite, prepared_upsert

_FACT = table_of(SystemFact).c
_KEEP = prepared_upsert(table_of(SystemFact), ("key", "value", "at"), overwrite(["key"], ["value", "at"]))
_READ = Prepared(select(_FACT.value, _FACT.at).where(_FACT.key == bindparam("name")))


class Fact(NamedTuple):
    """What was told last, and when (UTC)."""

    value: Mapping[str, Any]
    at: datetime


def keep_fact(session: Session, name: str, value: Mapping[str, Any], now: datetime) -> None:
    """Keep a fact instead of what was told before, without a commit; another who tells it meanwhile waits."""
    _KEEP(session.connection(), {"key": name, "value": dict(value), "at": now})


def known_fact(session: Session, name: str) -> Fact | None:
    """A fact, None when it was never told."""
    for value, at in _READ(session.connection(), {"name": name}):
        return Fact(value, at)
    return None
