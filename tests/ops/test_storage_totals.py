"""Counters in the database are exact when several transactions add to them at once."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.storage.records import MetricTotal
from callcenter.storage.totals import BUCKETS, PendingTotals, add, canonical, count, observe

Sessions = sessionmaker[Session]
WAIT = "callcenter_call_wait_seconds"


def _totals(sessions: Sessions) -> dict[tuple[str, str], float]:
    with sessions() as session:
        return {(row.name, row.labels): row.value for row in session.scalars(select(MetricTotal))}


def test_a_counter_grows_by_what_is_counted(sessions: Sessions) -> None:
    with sessions.begin() as session:
        add(session, count("calls", line="RBL") + count("calls", 2, line="RBL") + count("calls", line="other"))
    with sessions.begin() as session:
        add(session, count("calls", line="RBL"))
        add(session, [])
    assert _totals(sessions) == {("calls", canonical({"line": "RBL"})): 4, ("calls", canonical({"line": "other"})): 1}


def test_a_transaction_that_fails_counts_nothing(sessions: Sessions) -> None:
    with sessions() as session:
        add(session, count("calls"))
        session.rollback()
    assert _totals(sessions) == {}


def test_many_at_once_lose_no_count_and_never_wait_for_each_other_in_a_circle(sessions: Sessions) -> None:
    def step(n: int) -> None:
        names = [f"counter_{k}" for k in range(6)]
        with sessions.begin() as session:
            add(session, [step for name in (names if n % 2 else reversed(names)) for step in count(name)])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(step, range(80)))
    assert set(_totals(sessions).values()) == {80}


def test_the_order_of_labels_makes_no_difference() -> None:
    assert canonical({"line": "RBL", "group": "school"}) == canonical({"group": "school", "line": "RBL"})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.sampled_from([0, 4.99, 5, 5.01, 29, 30, 300, 301, 1e6]), min_size=1, max_size=20))
def test_every_observation_falls_in_exactly_one_cell(sqlite_sessions: Sessions, waits: list[float]) -> None:
    with sqlite_sessions.begin() as session:
        session.execute(delete(MetricTotal))
        for wait in waits:
            add(session, observe(WAIT, wait, line="RBL"))
    totals = _totals(sqlite_sessions)
    cells = {json.loads(labels)["le"]: value for (name, labels), value in totals.items() if name == f"{WAIT}_bucket"}
    assert sum(cells.values()) == len(waits)
    for bound in BUCKETS[WAIT]:
        below = sum(value for le, value in cells.items() if le != "+Inf" and float(le) <= bound)
        assert below == sum(wait <= bound for wait in waits)
    assert totals[f"{WAIT}_sum", canonical({"line": "RBL"})] == one_by_one(waits)


def one_by_one(waits: list[float]) -> float:
    """The sum as a database adds; `sum` rounds less since Python 3.12."""
    total = 0.0
    for wait in waits:
        total += wait
    return total


def test_what_was_counted_outside_a_transaction_is_written_once(sqlite_sessions: Sessions) -> None:
    pending = PendingTotals()
    pending.add(count("refused", reason="signature"))
    pending.add(count("refused", reason="signature"))
    for _ in range(2):
        pending.write(sqlite_sessions)
    assert list(_totals(sqlite_sessions).values()) == [2]


def test_what_was_counted_while_the_database_was_away_is_written_later(sqlite_sessions: Sessions) -> None:
    pending = PendingTotals()
    pending.add(count("failed", status="500"))

    def refuse(_session: Session) -> None:
        raise OSError("the database is away")

    event.listen(sqlite_sessions, "before_commit", refuse)
    with pytest.raises(OSError):
        pending.write(sqlite_sessions)
    event.remove(sqlite_sessions, "before_commit", refuse)
    pending.add(count("failed", status="500"))
    pending.write(sqlite_sessions)
    assert list(_totals(sqlite_sessions).values()) == [2]
