"""Which calls a list shows: the filter, and its conditions in SQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, cast, extract, false, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer

from callcenter.calls.call import Call
from callcenter.directory.records import Contact
from callcenter.reachability.help_given import as_promised
from callcenter.web import formats
from callcenter.web.board.charts import OUTCOMES_OF

# Waits are counted in tenths of a second.
_HALF_A_TENTH = 0.05
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Conditions on calls; None matches any.

    since, until: UTC, half-open; number: E.164; school: DUO code; counted: offered calls only, as the figures count
    them; reached: whether a consultant took it; part: of a bar (charts.PARTS); in_time: answered within the policy's
    seconds; within_s: answered within so many seconds; weekday (0 is Monday), hour: of the local time of arrival;
    rescued: rang a consultant's own mobile; helped: as promised, judged at `judged_at` (UTC).
    """

    since: datetime | None = None
    until: datetime | None = None
    outcome: str | None = None
    group: str | None = None
    consultant: str | None = None
    number: str | None = None
    school: str | None = None
    line: int | None = None
    counted: bool = False
    reached: bool | None = None
    part: str | None = None
    in_time: bool = False
    within_s: int | None = None
    weekday: int | None = None
    hour: int | None = None
    rescued: bool = False
    helped: bool | None = None
    judged_at: datetime | None = None


def conditions(session: Session, wanted: CallFilter) -> Iterator[ColumnElement[bool]]:
    """The conditions of a filter, to be joined by AND."""
    if wanted.since is not None:
        yield Call.received_at >= wanted.since
    if wanted.until is not None:
        yield Call.received_at < wanted.until
    if wanted.school is not None:
        contact_id = session.scalar(select(Contact.id).where(Contact.duo_code == wanted.school))
        yield Call.contact_id == (contact_id or 0)
    for column, value in (
        (Call.outcome, wanted.outcome),
        (Call.group, wanted.group),
        (Call.answered_by, wanted.consultant),
        (Call.from_number, wanted.number),
        (Call.line_id, wanted.line),
    ):
        if value is not None:
            yield column == value
    if wanted.counted:
        yield and_(Call.counted, Call.outcome.is_not(None), Call.staff.is_(None))
    if wanted.rescued:
        yield and_(Call.rescued_for.is_not(None), Call.staff.is_(None))
    if wanted.weekday is not None or wanted.hour is not None:
        yield _at_local_hours(session, wanted)
    yield from _became(wanted)


def _became(wanted: CallFilter) -> Iterator[ColumnElement[bool]]:
    """The conditions on what became of a call."""
    if wanted.reached is not None:
        yield Call.outcome == "answered" if wanted.reached else Call.outcome != "answered"
    if wanted.part is not None:
        yield Call.outcome.in_(OUTCOMES_OF[wanted.part])
    if wanted.in_time:
        yield Call.in_time.is_(True)
    if wanted.within_s is not None:
        yield and_(Call.outcome == "answered", Call.wait_s <= wanted.within_s + _HALF_A_TENTH)
    if wanted.helped is not None and wanted.judged_at is not None:
        yield as_promised(wanted.judged_at).is_(wanted.helped)


def _at_local_hours(session: Session, wanted: CallFilter) -> ColumnElement[bool]:
    """Calls that arrived on a weekday, in an hour, or both.

    Databases know no local time, so between two changes of the clock the local hour is an hour of UTC.
    """
    since = wanted.since or session.scalar(select(func.min(Call.received_at)))
    latest = wanted.until or session.scalar(select(func.max(Call.received_at)))
    if since is None or latest is None:
        return false()
    until = wanted.until or latest + _DAY
    at: Any = Call.received_at
    if session.get_bind().dialect.name == "postgresql":
        at = func.timezone("UTC", at)
    found = []
    for start, end, offset_h in stretches(since, until):
        local_hour = cast(extract("hour", at), Integer) + offset_h
        one = [Call.received_at >= start, Call.received_at < end]
        if wanted.hour is not None:
            one.append(local_hour % 24 == wanted.hour)
        if wanted.weekday is not None:
            # Of UTC's days Sunday is 0. The local day is the next one from local midnight on.
            utc_day = cast(extract("dow", at), Integer)
            one.append((utc_day + local_hour // 24 + 6) % 7 == wanted.weekday)
        found.append(and_(*one))
    return or_(*found)


def stretches(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime, int]]:
    """The time between two instants, divided where the clock is changed, each part with its hours ahead of UTC."""
    start = since
    # Europe changes its clocks at one o'clock UTC (directive 2000/84/EC, articles 2 and 3).
    change = since.astimezone(UTC).replace(hour=1, minute=0, second=0, microsecond=0)
    while change < until:
        if change > start and _ahead_h(change) != _ahead_h(start):
            yield start, change, _ahead_h(start)
            start = change
        change += _DAY
    if start < until:
        yield start, until, _ahead_h(start)


def _ahead_h(at: datetime) -> int:
    ahead = formats.local(at).utcoffset() or timedelta(0)
    return int(ahead / timedelta(hours=1))
