"""What the board shows besides its figures: the answer on top, and the day that counts."""

from collections.abc import Sequence
from datetime import datetime

from callcenter.rota.fill import could_fill
from callcenter.rota.hours import closes_at, is_open, next_opening
from callcenter.rota.model import Rota
from callcenter.rota.shortages import Shortage
from callcenter.web import formats
from callcenter.web.board.ahead import DayAhead, day_ahead, holiday
from callcenter.web.board.answer import Situation, answer
from callcenter.web.board.band import band, candidates
from callcenter.web.board.morning import due_between
from callcenter.web.board.queries import LiveCall
from callcenter.web.callbacks.queries import CallbackCounts
from callcenter.web.day_strip import day_strip
from callcenter.web.duty_now import OnDutyNow
from callcenter.web.locale import current
from callcenter.web.page import read

# What people on duty do that ends by itself, without anybody's asking.
_COMES_FREE = ("talking", "ringing", "wrap_up")
# The most gaps that are named, and the most people who are named for one.
_MOST_GAPS, _MOST_ASKED = 3, 2


def unanswered(now: datetime) -> dict[str, object]:
    """The template's values before the first rota is loaded."""
    nothing = Situation(open=None)
    return {"band": band(answer(nothing), nothing, None, now)}


def answered(
    rota: Rota, now: datetime, on_duty: Sequence[OnDutyNow], waiting: Sequence[LiveCall], counts: CallbackCounts
) -> dict[str, object]:
    """The template's values. waiting: the calls that nobody took yet."""
    opened = is_open(rota, now)
    opens_at = None if opened else next_opening(rota, now)
    ahead = day_ahead(rota, now, opens_at) if opened or opens_at else None
    until = ahead.morning_ends if ahead else None
    soon, early = due_between(read(), now, until) if until else ([], 0)
    waits_s = tuple((now - call.since).total_seconds() for call in waiting)
    situation = _situation(rota, now, on_duty, waits_s, ahead, early, counts)
    found = answer(situation)
    gaps = ahead.gaps if ahead else ()
    today = formats.local(now).date()
    return {
        "band": band(found, situation, ahead, now),
        "state": found.state,
        "situation": situation,
        "ahead": ahead,
        "opened": opened,
        "open_until": closes_at(rota, now) if opened else None,
        "holiday": holiday(rota, today, current()),
        "soon": soon,
        "fillable": [
            (gap, candidates(could_fill(rota, gap.start, gap.end)[:_MOST_ASKED])) for gap in gaps[:_MOST_GAPS]
        ],
        "more_gaps": len(gaps[_MOST_GAPS:]),
        "strip": day_strip(rota, ahead.day, now) if ahead else None,
    }


def _asked(rota: Rota, gap: Shortage) -> str:
    return candidates(could_fill(rota, gap.start, gap.end)[:_MOST_ASKED])


def _situation(
    rota: Rota,
    now: datetime,
    on_duty: Sequence[OnDutyNow],
    waits_s: tuple[float, ...],
    ahead: DayAhead | None,
    early: int,
    counts: CallbackCounts,
) -> Situation:
    free = [one for one in on_duty if one.eligible]
    busy = [one for one in on_duty if not one.eligible and one.doing in _COMES_FREE]
    gaps, opens_at = (ahead.gaps, ahead.opens_at) if ahead else ((), None)
    opened = ahead is not None and opens_at is None
    return Situation(
        open=opened,
        opens_today=opens_at is not None and formats.local(opens_at).date() == formats.local(now).date(),
        free=len(free),
        free_backup=sum(one.role == "backup" for one in free),
        talking=len(busy),
        off=len(on_duty) - len(free) - len(busy),
        short_now=opened and any(gap.start <= now < gap.end for gap in gaps),
        waits_s=waits_s,
        limit_s=rota.policy.figures.service_level_s,
        beginning=len(ahead.beginning) if ahead else 0,
        gaps=len(gaps),
        overdue=counts.overdue,
        unowned=counts.unowned,
        early=early,
    )
