"""Rolled-up days learn what became of promises that are due, or judged, more than a week after the call."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks.records import Callback, PromisedTime
from callcenter.clock import VirtualClock
from callcenter.lines.records import Line
from callcenter.reachability.counting import count_rows
from callcenter.reachability.days import day_start
from callcenter.reachability.figures import total
from callcenter.reachability.queries import period
from callcenter.reachability.rollup import roll_up
from callcenter.rota.versions import in_force, required_rota
from tests.support.api_office import ROTA, Door, a_call, a_line

# From the day after the call, the office is closed for two weeks.
CLOSED = "".join(f'2027-06-{day:02} = "closed"\n' for day in range(9, 23))


def a_promise(session: Session, line: Line, now: datetime, due: timedelta, kept: timedelta | None) -> None:
    """A caller who reached nobody at `now`, and what they were promised. due, kept: how long after that."""
    kept_at = now + kept if kept else None
    callback = Callback(
        line_id=line.id,
        group="school",
        reason="missed",
        created_at=now,
        due_at=now + due,
        state="reached" if kept else "open",
        closed_at=kept_at,
    )
    session.add(callback)
    session.flush()
    session.add(PromisedTime(callback_id=callback.id, made_at=now, due_at=now + due, kept_at=kept_at))
    a_call(session, line, now, "missed", callback_id=callback.id)


@pytest.mark.parametrize("closed", ["", CLOSED])
def test_a_promise_due_weeks_later_is_counted_once_it_is_judged(
    sessions: sessionmaker[Session], clock: VirtualClock, closed: str
) -> None:
    Door(sessions, clock).load_rota(policy=ROTA["policy.toml"] + closed)
    called_at = now = clock.now()
    with sessions.begin() as session:
        line = a_line(session, now)
        a_call(session, line, now, "answered")
        for due, kept in ((16, 16), (16, None), (0, None), (20, 15)):
            a_promise(session, line, now, timedelta(days=due, hours=1), timedelta(days=kept) if kept else None)
    for _ in range(25):
        now += timedelta(days=1)
        with sessions.begin() as session:
            while roll_up(session, required_rota(session), now):
                pass
    with sessions() as session:
        rota = required_rota(session)
        start, end = day_start(rota.zone, called_at.date()), day_start(rota.zone, now.date())
        counted = count_rows(session, start, end, now, rota.zone, in_force(session), lambda at, _line, _group: at)
        stored = period(session, rota, now, called_at.date(), now.date()).total
        assert stored == total(counted.values()).figures()
        assert (stored.helped, stored.helped_of) == (3, 5)
        # After the closed weeks, the second working day ends on 24 June.
        assert (stored.called_back_in_two_days, stored.called_back) == (2 if closed else 0, 4)
    assert called_at.date() == date(2027, 6, 8)
