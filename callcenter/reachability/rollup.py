"""Rolls up local days that are over: stores their counts by day, hour, line and group."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import PromisedTime
from callcenter.calls.call import Call
from callcenter.reachability.counting import EVERYTHING, Scope, count_rows
from callcenter.reachability.days import day_start
from callcenter.reachability.figures import SHAPE
from callcenter.reachability.helped import FAR, two_working_days_after
from callcenter.reachability.records import FigureDay
from callcenter.rota.model import Rota
from callcenter.rota.versions import in_force
from callcenter.storage.base import overwrite, table_of
from callcenter.storage.statements import prepared_upsert
from callcenter.storage.system_facts import read_fact, store_fact

# For this many days a day's counts may still change: reconciliation finds a call. Promised times that have passed keep
# their judgement.
RECOUNT_DAYS = 7
_FACT = "figures_rolled_up"
_HourKey = tuple[date, int, int, str]
_HOUR = ("day", "hour", "line_id", "group")
_STORE = prepared_upsert(
    table_of(FigureDay), (*_HOUR, "figures", "rolled_up_at"), overwrite(_HOUR, ("figures", "rolled_up_at"))
)


def rolled_up_until(session: Session) -> date | None:
    """The first local day that is not rolled up; None when no day is. Figures do not need calls from before it."""
    fact = read_fact(session, _FACT)
    return date.fromisoformat(fact.value["until"]) if fact else None


def _counted_anew_from(session: Session, zone: ZoneInfo) -> date | None:
    """The first local day to roll up once more, because an older release stored fewer counts; None: there is none.

    Calls are erased by their instant, so the first day of which any is left may not be whole any more.
    """
    fact = read_fact(session, _FACT)
    if fact is None or fact.value.get("shape") == SHAPE:
        return None
    first = session.scalar(select(func.min(Call.received_at)))
    return first.astimezone(zone).date() + timedelta(days=1) if first else None


def first_day_to_count(until: date | None, today: date) -> date:
    """The first local day whose figures are counted from its calls; earlier days are read as stored.

    until: as rolled_up_until returns it; today: the local date.
    """
    recent = today - timedelta(days=RECOUNT_DAYS)
    return min(until, recent) if until else date.min


def roll_up(session: Session, rota: Rota, now: datetime, max_days: int = 14) -> bool:
    """Roll up local days that are over, at most `max_days` new ones, and again those that may have changed.

    Returns True when more days are left to roll up. It is idempotent, also on two hosts at once. Does not commit.
    """
    today = now.astimezone(rota.zone).date()
    known = rolled_up_until(session)
    if known is not None:
        known = min(known, today)  # a clock that ran ahead rolled up days that have not come yet
    if known is not None and (anew := _counted_anew_from(session, rota.zone)) is not None:
        known = min(known, anew)
    reached = known or _first_day(session, rota.zone) or today
    end = max(reached, min(today, reached + timedelta(days=max_days)))
    first = min(reached, end - timedelta(days=RECOUNT_DAYS)) if known else reached
    # Written first, so that the second of two hosts waits here for the first one's transaction.
    store_fact(session, _FACT, {"until": end.isoformat(), "shape": SHAPE}, now)
    for day in sorted({*_days_of_promises(session, rota.zone, first), *_days_before_closed_days(session, rota, first)}):
        roll_up_days(session, rota, day, day + timedelta(days=1), now)
    roll_up_days(session, rota, first, end, now)
    return end < today


def _days_of_promises(session: Session, zone: ZoneInfo, first: date) -> Iterator[date]:
    """The local days before `first` with calls or promises whose promised time is due on that day or later.

    Only then is it certain whether these callers were helped: an appointment may lie weeks ahead. Calls of long ago are
    judged by an earlier time, and have no numbers any more that tell callers apart.
    """
    start, earliest = day_start(zone, first), day_start(zone, first - timedelta(days=FAR + RECOUNT_DAYS))
    earlier = select(PromisedTime.callback_id, PromisedTime.made_at).where(
        PromisedTime.due_at >= start, PromisedTime.made_at < start, PromisedTime.made_at >= earliest
    )
    found = session.execute(earlier).all()
    callbacks = {callback_id for callback_id, _ in found}
    calls = select(Call.received_at).where(
        Call.callback_id.in_(callbacks), Call.received_at < start, Call.received_at >= earliest
    )
    for instant in (*(made_at for _, made_at in found), *(session.scalars(calls) if callbacks else ())):
        yield instant.astimezone(zone).date()


def _days_before_closed_days(session: Session, rota: Rota, first: date) -> Iterator[date]:
    """The local days before `first` of which the second working day ends on that day or later."""
    zone, rota_at = rota.zone, in_force(session)
    start, earliest = day_start(zone, first), first - timedelta(days=FAR)
    made = select(PromisedTime.made_at).where(
        PromisedTime.due_at >= day_start(zone, earliest),  # always true then, and indexed
        PromisedTime.made_at >= day_start(zone, earliest),
        PromisedTime.made_at < start,
    )
    for day, made_at in {at.astimezone(zone).date(): at for at in session.scalars(made)}.items():
        then = rota_at(made_at)
        until = two_working_days_after(then, made_at) if then else None
        if until is not None and until >= start:
            yield day


def stored_in(first: date, end: date, scope: Scope) -> list[ColumnElement[bool]]:
    """The conditions on rows of FigureDay: the local days from `first` up to `end`, of a line and group or of all."""
    narrowed = [FigureDay.day >= first, FigureDay.day < end]
    if scope.line_id is not None:
        narrowed.append(FigureDay.line_id == scope.line_id)
    if scope.group is not None:
        narrowed.append(FigureDay.group == scope.group)
    return narrowed


def roll_up_days(session: Session, rota: Rota, first: date, end: date, now: datetime) -> None:
    """Replace the stored counts of the local days from `first` up to `end`. Their calls must still be stored."""
    zone = rota.zone

    def key(instant: datetime, line_id: int, group: str) -> _HourKey:
        local = instant.astimezone(zone)
        return local.date(), local.hour, line_id, group

    tallies = count_rows(session, day_start(zone, first), day_start(zone, end), now, zone, in_force(session), key)
    session.execute(delete(FigureDay).where(*stored_in(first, end, EVERYTHING)))
    for key_of_hour in sorted(tallies):
        figures = {"figures": tallies[key_of_hour].to_json(), "rolled_up_at": now}
        _STORE(session.connection(), dict(zip(_HOUR, key_of_hour, strict=True)) | figures)


def _first_day(session: Session, zone: ZoneInfo) -> date | None:
    instants = [
        session.scalar(select(func.min(Call.received_at))),
        session.scalar(select(func.min(PromisedTime.due_at))),
    ]
    known = [instant for instant in instants if instant is not None]
    return min(known).astimezone(zone).date() if known else None
