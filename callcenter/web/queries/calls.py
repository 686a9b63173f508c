"""Which calls were there? The lead's list, by filters and pages that stay fast as history grows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, tuple_
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.directory.records import Contact

PAGE = 50


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls; None is any. since, until: UTC, half-open. number: E.164. school: DUO code."""

    since: datetime | None = None
    until: datetime | None = None
    outcome: str | None = None
    group: str | None = None
    consultant: str | None = None
    number: str | None = None
    school: str | None = None
    counted: bool | None = None


@dataclass(frozen=True, slots=True)
class CallPage:
    """Calls, newest first; `next` continues the list, None ends it."""

    items: Sequence[Row[*tuple[Any, ...]]]
    next: str | None


def call_list(session: Session, wanted: CallFilter, cursor: str | None = None) -> CallPage:
    """One page of calls. A cursor that no list gave starts at the newest call."""
    statement = (
        select(
            Call.id,
            Call.received_at,
            Call.from_number,
            Call.keyed_number,
            Call.caller_name,
            Call.caller_place,
            Call.group,
            Call.state,
            Call.outcome,
            Call.answered_by,
            Call.wait_s,
            Call.talk_s,
            Call.voicemail_id,
            Call.callback_id,
            Call.rescued_for,
        )
        .order_by(Call.received_at.desc(), Call.id.desc())
        .limit(PAGE + 1)
    )
    for condition in _conditions(session, wanted):
        statement = statement.where(condition)
    position = _position(cursor)
    if position is not None:
        statement = statement.where(tuple_(Call.received_at, Call.id) < position)
    rows = session.execute(statement).all()
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return CallPage(rows[:PAGE], f"{last.received_at.isoformat()}~{last.id}" if last else None)


def _conditions(session: Session, wanted: CallFilter) -> list[Any]:
    found: list[Any] = []
    if wanted.since is not None:
        found.append(Call.received_at >= wanted.since)
    if wanted.until is not None:
        found.append(Call.received_at < wanted.until)
    if wanted.school is not None:
        contact_id = session.scalar(select(Contact.id).where(Contact.duo_code == wanted.school))
        found.append(Call.contact_id == (contact_id or 0))
    for column, value in (
        (Call.outcome, wanted.outcome),
        (Call.group, wanted.group),
        (Call.answered_by, wanted.consultant),
        (Call.from_number, wanted.number),
        (Call.counted, wanted.counted),
    ):
        if value is not None:
            found.append(column == value)
    return found


def _position(cursor: str | None) -> tuple[datetime, int] | None:
    at, _, number = (cursor or "").partition("~")
    try:
        instant = datetime.fromisoformat(at)
        return (instant, int(number)) if instant.tzinfo is not None else None
    except ValueError:
        return None
