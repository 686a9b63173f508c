"""Which days are over, and what were their figures? Counts kept by day, hour, line and group, beyond the calls."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.reachability.days import day_start
from callcenter.reachability.live import count_rows
from callcenter.reachability.records import FigureDay
from callcenter.rota.model import Rota
from callcenter.storage.base import table_of
from callcenter.storage.statements import PreparedUpsert, overwrite
from callcenter.storage.system_facts import read_fact, store_fact

# A day's calls may still change so long afterwards: found by reconciliation, a callback closed late.
SETTLE_DAYS = 7
_FACT = "figures_rolled_up"
_HourKey = tuple[date, int, int, str]
_HOUR = ("day", "hour", "line_id", "group")
_KEEP = PreparedUpsert(
    table_of(FigureDay), (*_HOUR, "figures", "rolled_up_at"), overwrite(_HOUR, ("figures", "rolled_up_at"))
)


def rolled_up_until(session: Session) -> date | None:
    """The first local day that is not rolled up yet, None when none is; calls before it are not needed for figures."""
    fact = read_fact(session, _FACT)
    return date.fromisoformat(fact.value["until"]) if fact else None


def settled_before(until: date | None, today: date) -> date:
    """The first local day whose figures are counted from its calls; those of earlier days are read as stored."""
    recent = today - timedelta(days=SETTLE_DAYS)
    return min(until, recent) if until else date.min


def roll_up(session: Session, rota: Rota, now: datetime, max_days: int = 14) -> bool:
    """Roll up local days that are over, at most `max_days` new ones, and once more those that may have changed.

    Returns True when days that are over are left for a next turn. May be run again, and by two hosts at once,
    without harm. The session is not committed.
    """
    today = now.astimezone(rota.zone).date()
    known = rolled_up_until(session)
    reached = known or _first_day(session, rota.zone) or today
    end = max(reached, min(today, reached + timedelta(days=max_days)))
    first = min(reached, end - timedelta(days=SETTLE_DAYS)) if known else reached
    # Written first: the second of two hosts waits here.
    store_fact(session, _FACT, {"until": end.isoformat()}, now)
    roll_up_days(session, rota, first, end, now)
    return end < today


def roll_up_days(session: Session, rota: Rota, first: date, end: date, now: datetime) -> None:
    """Count the local days from `first` up to `end` anew and store them. Their calls must still be there."""
    zone = rota.zone

    def key(instant: datetime, line_id: int, group: str) -> _HourKey:
        local = instant.astimezone(zone)
        return local.date(), local.hour, line_id, group

    level = rota.policy.figures.service_level_s
    tallies = count_rows(session, day_start(zone, first), day_start(zone, end), now, level, key)
    session.execute(delete(FigureDay).where(FigureDay.day >= first, FigureDay.day < end))
    for key_of_hour in sorted(tallies):
        figures = {"figures": tallies[key_of_hour].to_json(), "rolled_up_at": now}
        _KEEP(session.connection(), dict(zip(_HOUR, key_of_hour, strict=True)) | figures)


def _first_day(session: Session, zone: ZoneInfo) -> date | None:
    instants = [session.scalar(select(func.min(Call.received_at))), session.scalar(select(func.min(Callback.due_at)))]
    known = [instant for instant in instants if instant is not None]
    return min(known).astimezone(zone).date() if known else None
