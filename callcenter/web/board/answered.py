"""What the board shows besides its figures: the answer on top, and the day that counts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from callcenter.rota.fill import could_fill
from callcenter.rota.hours import closes_at, is_open, next_opening
from callcenter.rota.model import Rota
from callcenter.web import formats
from callcenter.web.board.ahead import DayAhead, day_ahead, holiday
from callcenter.web.board.answer import Situation, answer
from callcenter.web.board.band import band, candidates
from callcenter.web.board.morning import due_between
from callcenter.web.day_strip import day_strip
from callcenter.web.locale import current
from callcenter.web.page import read

# What people on duty do that ends by itself, without anybody's asking.
_COMES_FREE = ("talking", "ringing", "wrap_up")
# The most people who are named for one gap.
_MOST_ASKED = 2


def answered(rota: Rota | None, now: datetime, shown: Mapping[str, Any]) -> dict[str, object]:
    """The template's values. shown: what the board knows already: waiting, on_duty, counts."""
    if rota is None:
        nothing = Situation(open=None)
        return {"band": band(answer(nothing), nothing, None, now), "ahead": None, "strip": None}
    opened = is_open(rota, now)
    opens_at = None if opened else next_opening(rota, now)
    ahead = day_ahead(rota, now, opens_at) if opened or opens_at else None
    until = ahead.morning_ends if ahead else None
    soon, early = due_between(read(), now, until) if until else ([], 0)
    situation = _situation(rota, now, shown, opened, ahead, early)
    found = answer(situation)
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
        "fillable": [(gap, candidates(could_fill(rota, gap.start, gap.end)[:_MOST_ASKED])) for gap in ahead.gaps]
        if ahead
        else [],
        "strip": day_strip(rota, ahead.day, now) if ahead else None,
    }


def _situation(
    rota: Rota, now: datetime, shown: Mapping[str, Any], opened: bool, ahead: DayAhead | None, early: int
) -> Situation:
    on_duty, counts = shown["on_duty"], shown["counts"]
    free = [one for one in on_duty if one.eligible]
    busy = [one for one in on_duty if not one.eligible and one.doing in _COMES_FREE]
    gaps = ahead.gaps if ahead else ()
    return Situation(
        open=opened,
        opens_today=bool(ahead and ahead.opens_at and ahead.day == formats.local(now).date()),
        free=len(free),
        free_backup=sum(one.role == "backup" for one in free),
        talking=len(busy),
        off=len(on_duty) - len(free) - len(busy),
        short_now=opened and any(gap.start <= now < gap.end for gap in gaps),
        waits_s=tuple((now - call.since).total_seconds() for call in shown["waiting"]),
        limit_s=rota.policy.figures.service_level_s,
        beginning=len(ahead.beginning) if ahead else 0,
        gaps=len(gaps),
        overdue=counts.overdue,
        unowned=counts.unowned,
        early=early,
    )
