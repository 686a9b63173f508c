"""How many calls behind a figure are no longer stored, since the figures of a day outlive its calls."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.reachability import waits
from callcenter.reachability.counting import Scope
from callcenter.reachability.figures import Tally
from callcenter.reachability.records import FigureDay
from callcenter.reachability.rollup import stored_in
from callcenter.web import formats
from callcenter.web.board.charts import OUTCOMES_OF
from callcenter.web.calls.conditions import CallFilter
from callcenter.web.calls.queries import call_count


def erased_calls(session: Session, wanted: CallFilter) -> int:
    """How many offered calls that match were counted in figures and erased since, when their time was over.

    0 for a filter on what no figure counts: a consultant, a number, a school, or a part of a day.
    """
    narrowed = (wanted.consultant, wanted.number, wanted.school, wanted.outcome)
    if not wanted.counted or wanted.since is None or wanted.until is None or any(narrowed) or wanted.rescued:
        return 0
    oldest = session.scalar(select(func.min(Call.received_at)))
    if oldest is not None and oldest < wanted.since:
        return 0
    since, until = formats.local(wanted.since), formats.local(wanted.until)
    if since != formats.midnight(since.date()) or until != formats.midnight(until.date()):
        return 0
    end = until.date()
    if oldest is not None:
        # The calls of the oldest day are erased by and by.
        end = min(end, formats.local(oldest).date() + timedelta(days=1))
    statement = select(FigureDay).where(*stored_in(since.date(), end, Scope(wanted.line, wanted.group)))
    if wanted.hour is not None:
        statement = statement.where(FigureDay.hour == wanted.hour)
    tally = Tally()
    for row in session.scalars(statement):
        if wanted.weekday in (None, row.day.weekday()):
            tally.add_json([row.figures], row.day)
    stored = call_count(session, replace(wanted, until=formats.midnight(end)))
    return max(0, _counted(tally, wanted) - stored)


def _counted(tally: Tally, wanted: CallFilter) -> int:
    """How many calls of a tally match what became of them."""
    if wanted.helped is not None:
        return tally.helped if wanted.helped else tally.helped_of - tally.helped
    if wanted.within_s is not None:
        return waits.within(tally.answered_waits, wanted.within_s)
    if wanted.in_time:
        return tally.answered_in_time
    outcomes = tally.outcomes
    if wanted.part is not None:
        return sum(outcomes[one] for one in OUTCOMES_OF[wanted.part])
    if wanted.reached is not None:
        return tally.answered if wanted.reached else tally.offered - tally.answered
    return tally.offered
