"""Finds rows that a clock stored which has been set back since, and moves their instants back by as much.

Such a row says that it was stored in the future. Whoever waits for one of its instants would wait as long as the clock
stepped. Each row is its own proof: nothing is known of the step, so this also works after a restart, and on any host.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, TextClause, and_, exists, or_, select, true, update
from sqlalchemy.orm import Session

from callcenter.clock import STEP_TOLERANCE
from callcenter.storage.base import Base, instant, table_of
from callcenter.storage.statements import Prepared

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """Rows of one table, and their columns that hold instants.

    open: the rows that somebody still waits for, all by default; past: columns whose instants had come when they were
    stored; ends: the instants that follow from them; longest: of some ends, how far ahead they are stored at most.
    """

    rows: type[Base]
    open: ColumnElement[bool] | TextClause = field(default_factory=true)
    past: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    longest: Mapping[str, timedelta] = field(default_factory=dict)

    @property
    def leads(self) -> Mapping[str, timedelta]:
        """How far ahead of the clock each instant can lie when it is stored, for those of which that is known."""
        return {**dict.fromkeys(self.past, timedelta(0)), **self.longest}


def moved_back(row: Mapping[str, datetime | None], watched: Watched, now: datetime) -> dict[str, datetime]:
    """The instants of a row that change, as if it had been stored now; empty for a row that a right clock stored."""
    known = ((name, row[name], lead) for name, lead in watched.leads.items())
    step = max((at - lead - now for _, at, lead in known if at is not None), default=timedelta(0))
    if step <= STEP_TOLERANCE:
        return {}
    values = ((name, row[name]) for name in {*watched.past, *watched.ends, *watched.longest})
    return {name: at - step for name, at in values if at is not None and at - now > STEP_TOLERANCE}


def any_ahead(kinds: Iterable[Watched]) -> Prepared:
    """A statement that says whether any row of these kinds is to be moved back; its values are those of `limits`."""
    return Prepared(select(or_(*(exists().where(_is_ahead(kind)) for kind in kinds))))


def limits(kinds: Iterable[Watched], now: datetime) -> dict[str, datetime]:
    """The values of the statements: beyond which instant each column was stored by another clock."""
    leads = {lead for kind in kinds for lead in kind.leads.values()}
    return {_limit(lead): now + STEP_TOLERANCE + lead for lead in leads}


def move_back(session: Session, kind: Watched, now: datetime) -> dict[int | str, dict[str, datetime]]:
    """Move back the rows of one kind, in the caller's transaction. Returns what changed, by primary key.

    A row that another transaction has locked is left to the next run.
    """
    table = table_of(kind.rows)
    (key,) = table.primary_key.columns
    names = [*{**kind.leads, **dict.fromkeys(kind.ends)}]
    found = session.execute(
        select(key, *(table.c[name] for name in names))
        .where(_is_ahead(kind))
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True, of=table),
        limits([kind], now),
    ).all()
    changes = {row[0]: moved_back(dict(zip(names, row[1:], strict=True)), kind, now) for row in found}
    for value, changed in changes.items():
        session.execute(update(table).where(key == value).values(changed))
    return changes


def _is_ahead(kind: Watched) -> ColumnElement[bool]:
    columns = table_of(kind.rows).c
    return and_(kind.open, or_(*(columns[name] > instant(_limit(lead)) for name, lead in kind.leads.items())))


def _limit(lead: timedelta) -> str:
    return f"beyond_{round(lead.total_seconds())}"
