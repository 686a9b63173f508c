"""The figures of a period or of today, by bucket, from rolled-up days and from calls that are not rolled up."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Text, cast, func, literal, select
from sqlalchemy.orm import Session

from callcenter.reachability.counting import Scope, count_rows
from callcenter.reachability.days import By, Slot, day_start, half_hour_of, slot_of, slot_of_hour
from callcenter.reachability.figures import MIN_CALLS, Figures, Tally, total
from callcenter.reachability.records import FigureDay
from callcenter.reachability.rollup import first_day_to_count, rolled_up_until, stored_in
from callcenter.rota.model import Rota
from callcenter.rota.versions import in_force


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket with its figures. start: UTC; day: the local day on which it begins."""

    start: datetime
    day: date
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """The buckets with calls or callbacks, in order, and their total. target, baseline: shares (0..1)."""

    items: tuple[Bucket, ...]
    total: Figures
    target: float
    baseline: float


def period(
    session: Session,
    rota: Rota,
    now: datetime,
    from_date: date,
    to_date: date,
    *,
    group: str | None = None,
    contact_id: int | None = None,
    line_id: int | None = None,
    by: By = "day",
) -> Report:
    """The figures of the local days from `from_date` up to `to_date`, without `to_date`.

    contact_id: only one school's; below 10 calls its shares and waits are None. A school's figures are counted from
    calls, so they reach back as far as calls are stored; all others reach back to the first day that was rolled up.
    """
    tallies = _tallies(session, rota, now, from_date, to_date, Scope(line_id, group, contact_id), by)
    by_start = {(slot.start(rota.zone), slot.day): tallies[slot] for slot in sorted(tallies)}
    return _report(rota, by_start, MIN_CALLS if contact_id is not None else 1)


def week_of_hours(
    session: Session,
    rota: Rota,
    now: datetime,
    from_date: date,
    to_date: date,
    *,
    group: str | None = None,
    line_id: int | None = None,
) -> dict[tuple[int, int], tuple[int, int]]:
    """Answered and offered calls by weekday (0 is Monday) and local hour, of the local days before `to_date`.

    Of days that are rolled up the database adds up these two counts; it reads none of the others.
    """
    scope = Scope(line_id, group, None)
    counted_from = _counted_from(session, rota, now, from_date, to_date)
    answered, offered = (func.sum(FigureDay.figures[name].as_integer()) for name in ("answered", "offered"))
    statement = (
        select(FigureDay.day, FigureDay.hour, answered, offered)
        .where(*stored_in(from_date, counted_from, scope))
        .group_by(FigureDay.day, FigureDay.hour)
    )
    rows = [tuple(row) for row in session.execute(statement)]
    counted = _tallies(session, rota, now, counted_from, to_date, scope, "hour")
    rows += [(slot.day, slot.minute // 60, tally.answered, tally.offered) for slot, tally in counted.items()]
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for day, hour, reached, of in rows:
        before = found.get((day.weekday(), hour), (0, 0))
        found[day.weekday(), hour] = before[0] + reached, before[1] + of
    return found


def today(session: Session, rota: Rota, now: datetime, line_id: int | None = None) -> Report:
    """Today's figures so far, by half hour. A half hour that a clock change repeats has a bucket for each time."""
    zone, day = rota.zone, _local_day(rota, now)
    start, end = day_start(zone, day), day_start(zone, day + timedelta(days=1))
    tallies = count_rows(
        session,
        start,
        end,
        now,
        zone,
        in_force(session),
        lambda instant, _line, _group: half_hour_of(instant),
        Scope(line_id),
    )
    return _report(rota, {(at, day): tallies[at] for at in sorted(tallies)}, 1)


def _counted_from(session: Session, rota: Rota, now: datetime, from_date: date, to_date: date) -> date:
    """The first of these local days that is counted from calls; the days before it are rolled up."""
    first_to_count = first_day_to_count(rolled_up_until(session), _local_day(rota, now))
    return max(from_date, min(first_to_count, to_date))


def _local_day(rota: Rota, now: datetime) -> date:
    return now.astimezone(rota.zone).date()


def _report(rota: Rota, tallies: Mapping[tuple[datetime, date], Tally], min_calls: int) -> Report:
    chosen = rota.policy.figures
    return Report(
        items=tuple(Bucket(start, day, tally.figures(min_calls)) for (start, day), tally in tallies.items()),
        total=total(tallies.values()).figures(min_calls),
        target=chosen.target,
        baseline=chosen.baseline,
    )


def _tallies(
    session: Session, rota: Rota, now: datetime, from_date: date, to_date: date, scope: Scope, by: By
) -> dict[Slot, Tally]:
    zone = rota.zone
    count_from = from_date
    tallies: dict[Slot, Tally] = {}
    if scope.contact_id is None:
        count_from = _counted_from(session, rota, now, from_date, to_date)
        tallies = _stored(session, from_date, count_from, scope, by)
    if count_from < to_date:
        counted = count_rows(
            session,
            day_start(zone, count_from),
            day_start(zone, to_date),
            now,
            zone,
            in_force(session),
            lambda instant, _line, _group: slot_of(zone, instant, by),
            scope,
        )
        for slot, tally in counted.items():
            # A week may begin in rolled-up days and end in counted ones.
            tallies.setdefault(slot, Tally()).add(tally)
    return tallies


def _stored(session: Session, first: date, end: date, scope: Scope, by: By) -> dict[Slot, Tally]:
    if first >= end:
        return {}
    # The database joins the rows of a bucket into one text, which is parsed at once: a year has thousands of rows.
    hour = FigureDay.hour if by == "hour" else literal(0)
    joined = func.aggregate_strings(cast(FigureDay.figures, Text), ",")
    statement = select(FigureDay.day, hour, joined).where(*stored_in(first, end, scope)).group_by(FigureDay.day, hour)
    tallies: dict[Slot, Tally] = {}
    for day, at, rows in session.execute(statement):
        tallies.setdefault(slot_of_hour(day, at, by), Tally()).add_json(json.loads(f"[{rows}]"), day)
    return tallies
