"""The figures are the same from calls and from rolled-up days."""

import random
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks.records import Callback, PromisedTime
from callcenter.calls.call import Call
from callcenter.clock import VirtualClock
from callcenter.lines.records import Line
from callcenter.privacy.retention import KINDS, erase_batch
from callcenter.reachability.days import By
from callcenter.reachability.queries import Report, period, today
from callcenter.reachability.records import FigureDay
from callcenter.reachability.rollup import roll_up, rolled_up_until
from callcenter.rota.model import Rota
from callcenter.rota.reading.files import read_files
from callcenter.rota.versions import required_rota
from callcenter.storage.system_facts import store_fact
from schedules import rollup
from tests.support.api_office import LINE_NUMBER, Door, a_call, a_line, a_school, rota_files

# The counts that releases before step 0014 stored for an hour.
OLD_COUNTS = (
    *("offered", "answered", "answered_in_time", "callbacks_due", "callbacks_in_time"),
    *("waits", "outcomes", "uncounted"),
)
FIRST, AFTER = date(2027, 5, 3), date(2027, 6, 9)


@pytest.fixture
def rota() -> Rota:
    read = read_files(rota_files())
    assert read.rota is not None
    return read.rota


def a_callback(session: Session, line: Line, due_at: datetime, state: str, in_time: bool | None = None) -> Callback:
    closed = state not in ("open", "claimed")
    callback = Callback(
        line_id=line.id,
        number=None,
        group="school",
        reason="missed",
        created_at=due_at - timedelta(hours=1),
        due_at=due_at,
        state=state,
        closed_at=due_at if closed else None,
        closed_in_time=in_time,
    )
    session.add(callback)
    session.flush()
    kept_at = None if in_time is None else due_at if in_time else due_at + timedelta(minutes=1)
    session.add(
        PromisedTime(
            callback_id=callback.id,
            made_at=callback.created_at,
            due_at=due_at,
            kept_at=None if state == "cancelled" else kept_at,
            withdrawn_at=due_at if state == "cancelled" else None,
        )
    )
    return callback


def some_weeks(session: Session, now: datetime) -> None:
    """Five weeks of calls of all kinds, with callbacks."""
    chance = random.Random(8)
    line, other = a_line(session, now), a_line(session, now, "+31858880001")
    for day in range(36):
        for _ in range(chance.randrange(8)):
            at = now - timedelta(days=day, minutes=chance.randrange(-240, 120))
            if at > now:
                continue
            a_call(
                session,
                chance.choice([line, line, other]),
                at,
                chance.choice(["answered", "answered", "missed", "abandoned", "voicemail", "closed", "rejected"]),
                group=chance.choice(["school", "school", "parent", "unknown"]),
                wait_s=round(chance.random() * 90, 2),
            )
        a_callback(session, line, now - timedelta(days=day, minutes=30), "reached", chance.random() < 0.8)


def roll_up_all(session: Session, rota: Rota, now: datetime) -> None:
    """Roll up every day that is over."""
    while roll_up(session, rota, now):
        pass


def some_weeks_rolled_up(session: Session, rota: Rota, now: datetime) -> None:
    """The same weeks, each day that is over rolled up."""
    some_weeks(session, now)
    roll_up_all(session, rota, now)


def everything(session: Session, rota: Rota, now: datetime) -> list[Report]:
    kinds: tuple[By, ...] = ("hour", "day", "week")
    return [period(session, rota, now, FIRST, AFTER, by=by, group=g) for by in kinds for g in (None, "school")]


def test_rolling_up_changes_no_figure(sessions: sessionmaker[Session], clock: VirtualClock, rota: Rota) -> None:
    with sessions.begin() as session:
        some_weeks(session, clock.now())
        before = everything(session, rota, clock.now())
        assert before[0].total.offered > 50
        roll_up_all(session, rota, clock.now())
        assert rolled_up_until(session) == date(2027, 6, 8)
        assert everything(session, rota, clock.now()) == before
        # And once more: rolling up is idempotent.
        roll_up(session, rota, clock.now())
        assert everything(session, rota, clock.now()) == before


def test_figures_outlive_the_calls_behind_them(
    sessions: sessionmaker[Session], clock: VirtualClock, rota: Rota
) -> None:
    with sessions.begin() as session:
        some_weeks_rolled_up(session, rota, clock.now())
        before = everything(session, rota, clock.now())
        old = clock.now() - timedelta(days=10)
        session.execute(delete(Call).where(Call.received_at < old))
        session.execute(delete(Callback).where(Callback.due_at < old))
        roll_up(session, rota, clock.now())
        assert everything(session, rota, clock.now()) == before


def test_a_call_found_days_later_still_counts(sessions: sessionmaker[Session], clock: VirtualClock, rota: Rota) -> None:
    with sessions.begin() as session:
        line = a_line(session, clock.now())
        a_call(session, line, clock.now() - timedelta(days=3))
        roll_up(session, rota, clock.now())
        a_call(session, line, clock.now() - timedelta(days=3), "missed", reconciled=True)
        assert period(session, rota, clock.now(), FIRST, AFTER).total.offered == 2
        roll_up(session, rota, clock.now())
        later = clock.now() + timedelta(days=30)
        roll_up(session, rota, later, max_days=60)
        assert period(session, rota, later, FIRST, AFTER).total.offered == 2


def test_the_clock_rolls_up_months_in_small_turns(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    door = Door(sessions, clock)
    door.load_rota()
    with sessions.begin() as session:
        a_call(session, a_line(session, clock.now()), clock.now() - timedelta(days=40))
    assert rollup.run(sessions, clock) == 3
    assert rollup.run(sessions, clock) == 1


def test_today_goes_by_half_hours(sessions: sessionmaker[Session], clock: VirtualClock, rota: Rota) -> None:
    with sessions.begin() as session:
        line, other = a_line(session, clock.now()), a_line(session, clock.now(), "+31858880001")
        a_call(session, line, clock.now() - timedelta(minutes=20))
        a_call(session, other, clock.now() - timedelta(minutes=50), "missed")
        a_call(session, line, clock.now() - timedelta(days=1))
        a_call(session, line, clock.now() - timedelta(minutes=1), None)
        report = today(session, rota, clock.now())
        assert [(bucket.start.isoformat()[11:16], bucket.figures.offered) for bucket in report.items] == [
            ("07:00", 1),
            ("07:30", 1),
        ]
        assert today(session, rota, clock.now(), line.id).total.offered == 1
        assert (report.target, report.baseline) == (0.88, 0.69)


def test_a_school_sees_no_share_below_ten_calls(
    sessions: sessionmaker[Session], clock: VirtualClock, rota: Rota
) -> None:
    with sessions.begin() as session:
        line, school = a_line(session, clock.now()), a_school(session, clock.now())
        for day in range(9):
            a_call(session, line, clock.now() - timedelta(days=day), contact_id=school.id)
        found = period(session, rota, clock.now(), FIRST, AFTER, contact_id=school.id)
        assert (found.total.offered, found.total.reachability) == (9, None)
        a_call(session, line, clock.now() - timedelta(hours=1), "missed", contact_id=school.id)
        found = period(session, rota, clock.now(), FIRST, AFTER, contact_id=school.id)
        assert found.total.reachability == pytest.approx(0.9)
        assert all(bucket.figures.reachability is None for bucket in found.items)


def test_a_promise_counts_when_its_time_has_come(
    sessions: sessionmaker[Session], clock: VirtualClock, rota: Rota
) -> None:
    now = clock.now()
    with sessions.begin() as session:
        line = a_line(session, now)
        a_callback(session, line, now - timedelta(minutes=5), "open")
        a_callback(session, line, now + timedelta(minutes=5), "claimed")
        a_callback(session, line, now + timedelta(minutes=9), "reached", True)
        a_callback(session, line, now - timedelta(minutes=9), "unreachable", False)
        a_callback(session, line, now - timedelta(minutes=9), "cancelled", True)
        found = today(session, rota, now).total
        assert (found.callbacks_due, found.callbacks_in_time) == (3, 1)


def test_days_that_an_older_release_rolled_up_are_counted_anew(
    sessions: sessionmaker[Session], clock: VirtualClock, rota: Rota
) -> None:
    with sessions.begin() as session:
        some_weeks_rolled_up(session, rota, clock.now())
        before = everything(session, rota, clock.now())
        oldest = min(session.scalars(select(Call.received_at))).astimezone(rota.zone).date()
        for row in session.scalars(select(FigureDay)):
            row.figures = {name: row.figures[name] for name in OLD_COUNTS}
        store_fact(session, "figures_rolled_up", {"until": "2027-06-08"}, clock.now())
        session.flush()
        old = period(session, rota, clock.now(), FIRST, AFTER).total
        assert (old.reachability, old.to_person_p50_s) == (before[0].total.reachability, None)
        roll_up(session, rota, clock.now(), max_days=1)
        # Of the oldest day some calls may be erased, so it stays as it was.
        anew = period(session, rota, clock.now(), oldest + timedelta(days=1), AFTER).total
        assert anew.to_person_p50_s is not None
        again = [one.total.offered for one in everything(session, rota, clock.now())]
        assert again == [one.total.offered for one in before]


def test_a_caller_counts_once_a_day(sessions: sessionmaker[Session], clock: VirtualClock, rota: Rota) -> None:
    with sessions.begin() as session:
        line, now = a_line(session, clock.now()), clock.now()
        for minutes, outcome in ((60, "missed"), (50, "abandoned"), (40, "answered")):
            a_call(session, line, now - timedelta(minutes=minutes), outcome, from_number="+31786140001")
        a_call(session, line, now - timedelta(minutes=30), "missed", from_number="+31786140002")
        for minutes in (20, 10):  # withheld: nobody knows whether it is the same person
            a_call(session, line, now - timedelta(minutes=minutes), "missed", from_number=None)
        found = today(session, rota, now).total
        assert (found.offered, found.answered) == (6, 1)
        assert (found.callers, found.callers_helped) == (4, 1)
        assert (found.helped, found.helped_of) == (1, 6)


def test_a_call_that_an_older_release_ended_is_judged_by_the_rota_of_its_day(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    door = Door(sessions, clock)
    door.load_rota()
    with sessions.begin() as session:
        line, now = a_line(session, clock.now()), clock.now()
        for wait_s in (30.0, 30.5):
            a_call(session, line, now - timedelta(minutes=20), "answered", wait_s=wait_s, in_time=None)
        a_call(session, line, now - timedelta(minutes=20), "missed", wait_s=3.0, in_time=None)
        assert today(session, required_rota(session), now).total.answered_in_time == 1


def test_a_school_that_rang_three_times_counts_once_when_its_number_is_erased_too(
    sessions: sessionmaker[Session], clock: VirtualClock, rota: Rota
) -> None:
    with sessions.begin() as session:
        now, long_ago = clock.now(), clock.now() - timedelta(days=100)
        line, school = a_line(session, now), a_school(session, now)
        for number, contact_id in ((LINE_NUMBER, school.id), (LINE_NUMBER, school.id), (None, None), (None, None)):
            a_call(session, line, long_ago, "missed", from_number=number, contact_id=contact_id)
        (numbers,) = (kind for kind in KINDS if kind.name == "callers' numbers and names")
        day = long_ago.date()
        for _ in range(2):
            of_school = period(session, rota, now, day, day + timedelta(days=1), contact_id=school.id).total
            assert (of_school.offered, of_school.callers) == (2, 1)
            assert period(session, rota, now, day, day + timedelta(days=1)).total.callers == 3
            assert erase_batch(session, numbers, now) in (2, 0)
