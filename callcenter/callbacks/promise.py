"""What does a promise depend on beside the rota? Our own numbers, who is away, and what each consultant holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import UNCLOSED, Callback
from callcenter.callbacks.rows import IS_AWAY
from callcenter.lines.records import Line
from callcenter.presence.records import ConsultantState
from callcenter.storage.base import JsonRow, JsonRows, instant, json_rows, table_of
from callcenter.storage.statements import Prepared

# How far back it is looked who was given a callback last.
_GIVEN_WITHIN = timedelta(days=7)

_CALLBACKS, _STATES = table_of(Callback).c, table_of(ConsultantState).c
_OWN_NUMBERS = select(JsonRows(table_of(Line).c.number))
_AWAY = select(JsonRows(_STATES.code)).where(IS_AWAY)
_HELD = (
    select(_CALLBACKS.owner, func.count().label("number"))
    .where(UNCLOSED, _CALLBACKS.owner.is_not(None))
    .group_by(_CALLBACKS.owner)
    .subquery()
)
# By an expression: asked to group them by the column, SQLite walks all there ever were, by owner, instead of these few
# days.
_OWNER = func.coalesce(_CALLBACKS.owner, "")
_GIVEN = (
    select(_OWNER.label("owner"), func.max(_CALLBACKS.owner_since).label("since"))
    .where(_CALLBACKS.created_at >= instant("since"))
    .group_by(_OWNER)
    .subquery()
)
# One question: each by itself would be a journey to the database while the end of a call waits.
_ALL = Prepared(
    select(
        _OWN_NUMBERS.scalar_subquery(),
        _AWAY.scalar_subquery(),
        select(JsonRows(JsonRow(_HELD.c.owner, _HELD.c.number))).scalar_subquery(),
        select(JsonRows(JsonRow(_GIVEN.c.owner, _GIVEN.c.since))).scalar_subquery(),
    )
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """own_numbers: the lines', never rung; away: who said so, until later than now; held: unclosed callbacks by
    consultant; last_given: when each was last given one, within some days."""

    own_numbers: frozenset[str]
    away: frozenset[str]
    held: Mapping[str, int]
    last_given: Mapping[str, datetime]


def circumstances(session: Session, now: datetime) -> Circumstances:
    """As they are stored now."""
    ((own, away, held, given),) = _ALL(session.connection(), {"now": now, "since": now - _GIVEN_WITHIN})
    return Circumstances(
        frozenset(own or ()),
        frozenset(away or ()),
        dict(held or ()),
        {owner: since for owner, since in json_rows(given, [1]) if owner and since is not None},
    )
