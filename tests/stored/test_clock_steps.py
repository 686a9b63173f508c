"""After the clock was set back by a day or an hour, nobody waits that long for what was stored before."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from callcenter.access.allowances import take
from callcenter.access.lockout import ACCOUNT
from callcenter.access.logins import log_in
from callcenter.access.sources import user_key
from callcenter.access.users import add_user
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.callbacks.rules import due_at
from callcenter.clock import VirtualClock
from callcenter.presence import claims
from callcenter.presence.records import ConsultantState
from callcenter.presence.stored import store_presence
from callcenter.reachability.rollup import roll_up, rolled_up_until
from callcenter.storage.records import JobRun
from callcenter.telephony.outbox import Order, enqueue
from callcenter.telephony.records import OutboxMessage, Receipt
from schedules import clock_steps, retention
from tests.support.askers import an_asker
from tests.support.promises import a_rota, promised, stored

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
ROTA = a_rota()
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
Sessions = sessionmaker[Session]


@pytest.fixture(params=[DAY, HOUR], ids=["a day ahead", "an hour ahead"])
def ahead(request: pytest.FixtureRequest) -> datetime:
    """What time the wrong clock says."""
    step: timedelta = request.param
    return NOW + step


def the(office: Sessions, table: type[Any], key: object) -> Any:
    with office() as session:
        return session.get_one(table, key)


def only(office: Sessions, table: type[DeclarativeBase]) -> Any:
    with office() as session:
        return session.scalars(select(table)).one()


def put_right(office: Sessions) -> int:
    """One run of the job once the clock is right."""
    return clock_steps.run(office, VirtualClock(NOW))


def test_a_right_clock_has_nothing_to_put_right(office: Sessions) -> None:
    promised(office, NOW)
    with office.begin() as session:
        enqueue(session, NOW, Order("notify_sms", {}, 14_400, delay_s=3_600))
        claims.reserve(session, "AIS", "callback:1", NOW + HOUR, NOW)
        store_presence(session, ROTA, "BRA", "away", None, NOW)
    assert put_right(office) == 0


def test_an_order_is_due_now_and_worth_as_long_as_before(office: Sessions, ahead: datetime) -> None:
    with office.begin() as session:
        enqueue(session, ahead, Order("notify_sms", {}, 14_400, delay_s=30))
    assert put_right(office) == 1
    order = only(office, OutboxMessage)
    assert (order.created_at, order.not_before) == (NOW, NOW + timedelta(seconds=30))
    assert order.expires_at == NOW + timedelta(seconds=14_430)
    assert put_right(office) == 0


def test_an_order_whose_worker_died_meanwhile_is_free_within_its_longest_lease(
    office: Sessions, ahead: datetime
) -> None:
    with office.begin() as session:
        enqueue(session, NOW - timedelta(minutes=1), Order("fetch_recording", {}, 3 * 86_400))
        session.execute(
            update(OutboxMessage).values(state="taken", attempts=1, taken_until=ahead + timedelta(seconds=15))
        )
    assert put_right(office) == 1
    assert only(office, OutboxMessage).taken_until == NOW + clock_steps.LONGEST_LEASE


def test_a_claim_ends_as_long_after_now_as_it_was_to_last(office: Sessions, ahead: datetime) -> None:
    with office.begin() as session:
        claims.insert_missing(session, ["AIS"])
        claims.claim(session, ["AIS"], "CA1", ahead + timedelta(seconds=35), ahead)
    put_right(office)
    assert the(office, ConsultantState, "AIS").reserved_until == NOW + timedelta(seconds=35)


def test_a_consultant_on_the_phone_stays_claimed_for_a_talk_at_the_longest(office: Sessions, ahead: datetime) -> None:
    with office.begin() as session:
        claims.occupy(session, "AIS", "CA1", ahead)
    put_right(office)
    state = the(office, ConsultantState, "AIS")
    assert (state.talking_since, state.reserved_until) == (NOW, NOW + claims.TALK_LIMIT)


def test_wrap_up_and_a_pause_end_as_if_they_began_now(office: Sessions, ahead: datetime) -> None:
    with office.begin() as session:
        claims.occupy(session, "AIS", "CA1", ahead)
        claims.end_talk(session, "AIS", "CA1", ahead, wrap_up_s=60)
        claims.claim(session, ["AIS"], "CA2", ahead + timedelta(seconds=35), ahead)
        claims.release(session, "AIS", "CA2")
        claims.note_not_accepted(session, "AIS", ahead, after=1, pause_min=10)
    put_right(office)
    state = the(office, ConsultantState, "AIS")
    assert state.wrap_up_until == NOW + timedelta(seconds=60)
    assert state.paused_until == NOW + timedelta(minutes=10)


def test_a_break_ends_as_if_it_began_now(office: Sessions, ahead: datetime) -> None:
    with office.begin() as session:
        end = store_presence(session, ROTA, "AIS", "break", ahead + timedelta(minutes=20), ahead)
    assert end == ahead + timedelta(minutes=20)
    put_right(office)
    assert the(office, ConsultantState, "AIS").presence_until == NOW + timedelta(minutes=20)


def test_a_callback_is_due_as_if_the_call_came_now(office: Sessions, ahead: datetime) -> None:
    callback_id = promised(office, ahead).id
    assert put_right(office) == 2  # with the time that the caller was told
    callback = stored(office, callback_id)
    assert (callback.created_at, callback.owner_since) == (NOW, NOW)
    assert callback.due_at == due_at(ROTA, "missed", NOW)


def test_an_appointment_stays_on_its_day(office: Sessions) -> None:
    callback_id = promised(office, NOW + DAY).id
    with office.begin() as session:
        callback = session.get_one(Callback, callback_id)
        callback.appoint(NOW + 2 * DAY, NOW + DAY)
    put_right(office)
    callback = stored(office, callback_id)
    assert callback.appointment_at == callback.next_attempt_at == NOW + 2 * DAY
    assert callback.due_at > NOW + 2 * DAY


def test_a_caller_who_was_rung_in_vain_by_a_wrong_clock_can_be_rung_now(office: Sessions, ahead: datetime) -> None:
    callback_id = promised(office, NOW - timedelta(minutes=5)).id
    with office.begin() as session:
        callback = session.get_one(Callback, callback_id)
        callback.try_again(ahead + HOUR, ahead + 2 * HOUR)
        session.add(
            CallbackAttempt(
                callback_id=callback_id,
                consultant="AIS",
                started_at=ahead,
                dialled_at=ahead,
                state="ended",
                expires_at=ahead,
                ended_at=ahead,
                result="no_answer",
            )
        )
    put_right(office)
    callback = stored(office, callback_id)
    assert callback.next_attempt_at is None
    assert callback.due_at <= due_at(ROTA, "missed", NOW)


def test_a_time_that_a_person_set_stays_though_the_clock_is_set_back_during_an_attempt(
    office: Sessions, ahead: datetime
) -> None:
    callback_id = promised(office, NOW - timedelta(minutes=5)).id
    with office.begin() as session:
        session.get_one(Callback, callback_id).change_due(NOW + 3 * DAY, NOW)
        session.add(
            CallbackAttempt(
                callback_id=callback_id,
                consultant="AIS",
                started_at=ahead,
                state="queued",
                expires_at=ahead + timedelta(seconds=60),
            )
        )
    put_right(office)
    assert stored(office, callback_id).due_at == NOW + 3 * DAY
    assert only(office, CallbackAttempt).expires_at == NOW + timedelta(seconds=60)


def test_a_jobs_last_run_is_counted_from_now(office: Sessions, ahead: datetime) -> None:
    with office.begin() as session:
        session.add(JobRun(name="retention", last_success_at=ahead, last_error_at=NOW - HOUR))
    assert put_right(office) == 1
    run = the(office, JobRun, "retention")
    assert (run.last_success_at, run.last_error_at) == (NOW, NOW - HOUR)


def test_a_login_that_a_wrong_clock_locked_is_open(office: Sessions) -> None:
    with office.begin() as session:
        user = add_user(session, NOW, "lead@rbl.example", "lead", "a long enough password")
        for _ in range(ACCOUNT.burst):
            assert take(session, user_key(user.id), ACCOUNT, NOW + DAY) is None
    refused = log_in(office, NOW + DAY, "lead@rbl.example", "x", an_asker())
    assert refused.again_at == NOW + DAY + ACCOUNT.every
    assert log_in(office, NOW, "lead@rbl.example", "a long enough password", an_asker()).user_id is not None


def test_days_that_have_not_come_are_counted_when_they_are_over(office: Sessions) -> None:
    with office.begin() as session:
        roll_up(session, ROTA, NOW + timedelta(days=365), max_days=1_000)
        assert rolled_up_until(session) == (NOW + timedelta(days=365)).date()
        roll_up(session, ROTA, NOW)
        assert rolled_up_until(session) == NOW.date()


def test_retention_does_not_believe_a_clock_that_is_a_year_ahead(office: Sessions) -> None:
    year = timedelta(days=365)
    with office.begin() as session:
        session.add(JobRun(name="retention", last_success_at=NOW - HOUR))
        session.add(Receipt(key="CA1", received_at=NOW - DAY, status=204, body=""))
    assert retention.run_if_believed(office, VirtualClock(NOW + year)) == {}
    with office.begin() as session:
        session.execute(update(JobRun).values(last_success_at=NOW + year))
    # A second start a minute later is no proof either.
    assert retention.run_if_believed(office, VirtualClock(NOW + year + timedelta(minutes=1))) == {}
    assert sum(retention.run_if_believed(office, VirtualClock(NOW)).values()) == 0
    assert only(office, Receipt).key == "CA1"


def test_after_an_outage_of_days_retention_erases_at_its_second_run(office: Sessions) -> None:
    with office.begin() as session:
        session.add(JobRun(name="retention", last_success_at=NOW - timedelta(days=10)))
        session.add(Receipt(key="CA1", received_at=NOW - timedelta(days=10), status=204, body=""))
    assert retention.run_if_believed(office, VirtualClock(NOW)) == {}
    with office.begin() as session:
        session.execute(update(JobRun).values(last_success_at=NOW))
    assert retention.run_if_believed(office, VirtualClock(NOW + timedelta(hours=6)))["receipts"] == 1
