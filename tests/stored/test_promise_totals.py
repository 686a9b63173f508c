"""Each promised time is counted once, when it is kept or broken for ever."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks.records import Callback, PromisedTime
from callcenter.clock import VirtualClock
from callcenter.reachability.promise_totals import count_promises
from callcenter.reachability.queries import period
from callcenter.rota.versions import required_rota
from tests.support.promises import OTHER_SCHOOL, SCHOOL, an_office, promised, total
from tests.support.racing import race
from tests.support.small_office import at

Sessions = sessionmaker[Session]
NOW = at("8 08:00")


@pytest.fixture
def office(sessions: Sessions) -> Sessions:
    """The small office on a Tuesday morning."""
    with sessions.begin() as session:
        an_office(session, NOW)
    return sessions


def counted(sessions: Sessions, kept: str) -> float:
    """How many promised times the metric has as kept, or as broken."""
    return total(sessions, "callcenter_promises_total", line="1", group="school", kept=kept)


def keep(sessions: Sessions, callback_id: int, after: timedelta) -> None:
    """The caller was rung this long after the promise was made."""
    with sessions.begin() as session:
        for one in session.query(PromisedTime).filter_by(callback_id=callback_id):
            one.kept_at = one.made_at + after


def test_a_broken_promise_counts_while_its_callback_is_still_open(office: Sessions) -> None:
    callback = promised(office, NOW)
    assert count_promises(office, callback.due_at) == 0
    assert count_promises(office, callback.due_at + timedelta(seconds=1)) == 1
    assert (counted(office, "true"), counted(office, "false")) == (0, 1)
    with office() as session:
        assert session.get_one(Callback, callback.id).state == "open"


def test_what_is_counted_is_not_counted_again_when_the_callback_is_reopened(office: Sessions) -> None:
    callback = promised(office, NOW)
    keep(office, callback.id, timedelta(minutes=5))
    assert count_promises(office, NOW + timedelta(minutes=6)) == 1
    later = callback.due_at + timedelta(days=1)
    assert count_promises(office, later) == 0
    assert (counted(office, "true"), counted(office, "false")) == (1, 0)


def test_two_hosts_count_each_promise_once(office: Sessions) -> None:
    for number in (SCHOOL, OTHER_SCHOOL):
        promised(office, NOW, number)
    later = NOW + timedelta(days=2)
    assert sum(race(*[lambda: count_promises(office, later)] * 4)) == 2
    assert counted(office, "false") == 2


def test_the_metric_and_the_api_count_the_same_promises(office: Sessions, clock: VirtualClock) -> None:
    first, second = promised(office, NOW), promised(office, NOW, OTHER_SCHOOL)
    keep(office, first.id, timedelta(minutes=5))
    for now in (NOW + timedelta(minutes=6), second.due_at + timedelta(minutes=1), NOW + timedelta(days=30)):
        count_promises(office, now)
        day = NOW.date()
        with office() as session:
            whole = period(session, required_rota(session), now, day, day + timedelta(days=60)).total
        assert whole.callbacks_in_time == counted(office, "true")
        assert whole.callbacks_due == counted(office, "true") + counted(office, "false")
