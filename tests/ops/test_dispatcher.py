"""Each order is carried out once, whatever happens to the other orders leased with it. On both databases."""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import VirtualClock
from callcenter.reachability.totals import stored_totals
from callcenter.storage.engine import make_sessions
from callcenter.storage.totals import PendingTotals, canonical
from callcenter.telephony.dispatcher import BATCH, Dispatcher
from callcenter.telephony.outbox import LEASE_S, Effect, Order, SingleOrderEffect, enqueue
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.retry_policy import RetryPolicy
from callcenter.telephony.twilio_api import RestError
from tests.support.held import Held
from tests.support.racing import race

Sessions = sessionmaker[Session]
NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)


@dataclass
class Does(SingleOrderEffect):
    """An effect that counts how often it is carried out.

    takes_s: its duration; then: the kind of order that recording its result enqueues; breaks: recording its result
    violates a constraint; unwanted: it is not needed any more; refuses: the error that Twilio returns the first time.
    """

    clock: VirtualClock
    takes_s: float = 0
    then: str = ""
    breaks: bool = False
    unwanted: bool = False
    refuses: RestError | None = None
    done: int = 0
    retry_pauses_s: tuple[float, ...] = ()
    idempotent: bool = True
    retry_policy: RetryPolicy = RetryPolicy.BRIEF
    stumbles: bool = False
    lease_s: float = LEASE_S
    at_once: int | None = None
    keeps_late_results: bool = False
    recorded: int = 0
    failed_with: tuple[str, ...] = ()

    def is_needed(self, _session: Session, _order: OutboxMessage, _now: datetime) -> bool:
        return not self.unwanted

    def perform(self, _order: OutboxMessage) -> None:
        if self.stumbles:
            raise ValueError("a fault of ours")
        error, self.refuses = self.refuses, None
        if error is not None:
            raise error
        self.done += 1
        self.clock.advance(self.takes_s)

    def record_result(self, session: Session, _order: OutboxMessage, _result: Any, now: datetime) -> None:
        self.recorded += 1
        if self.then:
            enqueue(session, now, Order(self.then, {}, 60))
        if self.breaks:
            enqueue(session, now, Order("of nobody", {}, 60, leg_id=999_999, call_id=999_999))

    def record_failure(self, _session: Session, _order: OutboxMessage, error: str, _now: datetime) -> None:
        self.failed_with += (error,)


def dispatcher(sessions: Sessions, clock: VirtualClock, effects: Mapping[str, Effect]) -> Dispatcher:
    return Dispatcher(sessions, clock, effects, PendingTotals(), lambda: None)


def order(sessions: Sessions, *orders: Order) -> None:
    with sessions.begin() as session:
        enqueue(session, NOW, *orders)


def states(sessions: Sessions) -> list[tuple[str, str, int]]:
    with sessions() as session:
        columns = OutboxMessage.kind, OutboxMessage.state, OutboxMessage.attempts
        found = session.execute(select(*columns).order_by(OutboxMessage.id))
        return [(kind, state, attempts) for kind, state, attempts in found]


def test_an_order_that_took_longer_than_it_is_kept_is_done_once(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    slow = Does(clock, takes_s=LEASE_S + 1)
    order(sessions, Order("slow", {}, 3600))

    assert dispatcher(sessions, clock, {"slow": slow}).run_due() == 1
    assert slow.done == 1
    assert states(sessions) == [("slow", "done", 1)]


def test_what_a_settlement_orders_is_carried_out_at_once(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    second = Does(clock)
    order(sessions, Order("first", {}, 60))

    assert dispatcher(sessions, clock, {"first": Does(clock, then="second"), "second": second}).run_due() == 2
    assert second.done == 1


def test_a_settlement_that_the_database_refuses_keeps_no_other_from_being_settled(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    bad, good = Does(clock, breaks=True), Does(clock)
    order(sessions, Order("bad", {}, 3600), Order("good", {}, 3600))

    dispatcher(sessions, clock, {"bad": bad, "good": good}).run_due()
    assert ("good", "done", 1) in states(sessions)
    assert good.done == 1


def test_orders_that_nobody_wants_hold_up_none_behind_them(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    wanted = Does(clock)
    order(sessions, *[Order("unwanted", {}, 3600)] * (2 * BATCH), Order("wanted", {}, 3600))

    dispatcher(sessions, clock, {"unwanted": Does(clock, unwanted=True), "wanted": wanted}).run_due()
    assert wanted.done == 1
    assert Counter(states(sessions)) == {("unwanted", "dropped", 1): 2 * BATCH, ("wanted", "done", 1): 1}


def test_a_dispatcher_that_only_closed_orders_asks_to_be_called_again_at_once(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    wanted = Does(clock)
    effects = {"unwanted": Does(clock, unwanted=True), "wanted": wanted}
    order(sessions, *[Order("unwanted", {}, 3600)] * (2 * BATCH), Order("wanted", {}, 3600))
    woken: list[bool] = []
    aside = Dispatcher(sessions, clock, effects, PendingTotals(), lambda: woken.append(True))

    with ThreadPoolExecutor(4) as executor:
        turns = 0
        aside.run_in_threads(executor, 4)
        while woken:
            woken.clear()
            aside.run_in_threads(executor, 4)
            turns += 1
            assert turns < 100
    assert wanted.done == 1


def test_one_that_is_refused_for_now_is_tried_again_and_its_error_stays_noted(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    does = Does(clock, refuses=RestError("20429", retry_safe=True), retry_pauses_s=(5.0,))
    order(sessions, Order("does", {}, 3600), Order("does", {}, 3600))
    at_work = dispatcher(sessions, clock, {"does": does})

    at_work.run_due()
    assert Counter(states(sessions)) == {("does", "queued", 1): 1, ("does", "done", 1): 1}
    clock.advance(5)
    at_work.run_due()
    assert Counter(states(sessions)) == {("does", "done", 2): 1, ("does", "done", 1): 1}
    with sessions() as session:
        assert sorted(session.scalars(select(OutboxMessage.error)), key=str) == ["20429", None]


@pytest.mark.parametrize(("not_ready", "result"), [(True, "not_ready"), (False, "failed")])
def test_what_is_not_ready_yet_is_counted_apart_from_failures(sessions: Sessions, not_ready: bool, result: str) -> None:
    clock, totals = VirtualClock(NOW), PendingTotals()
    refusal = RestError("http 404", retry_safe=True, not_ready=not_ready)
    order(sessions, Order("does", {}, 3600))
    does = Does(clock, refuses=refusal, retry_pauses_s=(5.0,))
    Dispatcher(sessions, clock, {"does": does}, totals, lambda: None).run_due()
    totals.write(sessions)
    with sessions() as session:
        counted = stored_totals(session)["callcenter_twilio_requests_total"]
    assert counted == {canonical({"operation": "does", "result": result}): 1}


REFUSES_US = RestError("20003", retry_safe=False, credentials_refused=True)


def error_of(sessions: Sessions) -> str | None:
    with sessions() as session:
        return session.scalars(select(OutboxMessage.error)).one()


def test_a_text_message_waits_until_twilio_takes_our_credentials_again(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    does = Does(
        clock, refuses=REFUSES_US, retry_pauses_s=(5.0,), retry_policy=RetryPolicy.UNTIL_EXPIRY, idempotent=False
    )
    order(sessions, Order("text", {}, 3600))
    at_work = dispatcher(sessions, clock, {"text": does})

    at_work.run_due()
    does.refuses = REFUSES_US
    clock.advance(5)
    at_work.run_due()
    assert states(sessions) == [("text", "queued", 2)]
    clock.advance(5)
    at_work.run_due()
    assert states(sessions) == [("text", "done", 3)]


def test_one_that_is_refused_until_its_time_is_over_failed_and_says_by_what(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    does = Does(clock, retry_pauses_s=(5.0,), retry_policy=RetryPolicy.UNTIL_EXPIRY)
    order(sessions, Order("text", {}, 12))
    at_work = dispatcher(sessions, clock, {"text": does})
    for _ in range(4):
        does.refuses = REFUSES_US
        at_work.run_due()
        clock.advance(5)

    assert states(sessions) == [("text", "failed", 4)]
    assert error_of(sessions) == "20003"
    assert does.done == 0


def test_one_that_nobody_took_in_its_time_expired(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    order(sessions, Order("text", {}, 12))
    clock.advance(13)
    dispatcher(sessions, clock, {"text": Does(clock)}).run_due()
    assert states(sessions) == [("text", "expired", 1)]


def test_one_that_is_asked_always_and_stumbles_waits_its_pauses_and_ends(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    does = Does(clock, stumbles=True, retry_pauses_s=(5.0,), retry_policy=RetryPolicy.ANY_ERROR_UNTIL_EXPIRY)
    order(sessions, Order("recording", {}, 12))
    at_work = dispatcher(sessions, clock, {"recording": does})
    for _ in range(20):
        at_work.run_due()
        clock.advance(2.5)

    assert states(sessions) == [("recording", "failed", 4)]  # after 0, 5 and 10 seconds, and at its expiry
    assert error_of(sessions) == "stumbled"


def test_what_is_to_be_done_once_is_done_once_and_again_only_where_it_failed(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    done: list[datetime] = []
    at_work = Dispatcher(sessions, clock, {}, PendingTotals(), lambda: None, lambda _session, now: done.append(now))
    at_work.run_due()
    at_work.run_due()
    assert done == [NOW]


def test_an_order_that_cannot_be_closed_lets_none_be_carried_out_without_its_lease(
    postgresql_url: str, open_engine: Callable[[str], Engine]
) -> None:
    engine = open_engine(postgresql_url)
    sessions, clock = make_sessions(engine), VirtualClock(NOW)
    order(sessions, Order("late", {}, 1))
    clock.advance(100)
    with sessions.begin() as session:
        enqueue(session, clock.now(), Order("in time", {}, 60))
    with engine.begin() as connection:
        refuses = "BEGIN RAISE EXCEPTION 'no room'; END"
        connection.execute(text(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {refuses} $$"))
        connection.execute(
            text(
                "CREATE TRIGGER refuse BEFORE UPDATE ON outbox FOR EACH ROW WHEN (NEW.state = 'expired') "
                "EXECUTE FUNCTION refuse()"
            )
        )
    effect = Does(clock)
    with pytest.raises(DBAPIError):
        dispatcher(sessions, clock, {"late": Does(clock), "in time": effect}).run_due()
    assert effect.done == 0


@pytest.mark.parametrize("before", [None, RestError("20429", retry_safe=True)], ids=["first", "after an error"])
def test_one_whose_worker_died_is_not_done_again_whatever_error_an_earlier_attempt_left(
    sessions: Sessions, before: RestError | None
) -> None:
    clock = VirtualClock(NOW)
    once = Does(clock, refuses=before, retry_pauses_s=(5.0,), idempotent=False)
    order(sessions, Order("once", {}, 3600))
    if before is not None:
        dispatcher(sessions, clock, {"once": once}).run_due()
        clock.advance(5)
    dispatcher(sessions, clock, {"once": once}).run_in_threads(Held(), 1)  # and dies
    clock.advance(LEASE_S + 1)

    dispatcher(sessions, clock, {"once": once}).run_due()
    assert once.done == 0
    assert once.failed_with == ("a worker died",)
    assert error_of(sessions) == "a worker died"


def test_a_lease_lasts_as_long_as_its_kind_says(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    effects = {"slow": Does(clock, lease_s=600.0), "quick": Does(clock)}
    order(sessions, Order("slow", {}, 3600), Order("quick", {}, 3600))
    dispatcher(sessions, clock, effects).run_in_threads(Held(), 2)

    clock.advance(LEASE_S + 1)
    assert dispatcher(sessions, clock, effects).run_due() == 1
    clock.advance(600 - LEASE_S - 2)
    assert dispatcher(sessions, clock, effects).run_due() == 0
    clock.advance(2)
    assert dispatcher(sessions, clock, effects).run_due() == 1
    assert (effects["slow"].done, effects["quick"].done) == (1, 1)


def test_a_result_counts_only_for_the_worker_that_still_has_the_lease(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    late, prompt = Does(clock, refuses=RestError("21211", retry_safe=False)), Does(clock)
    order(sessions, Order("does", {}, 3600))
    slow, held, quick = dispatcher(sessions, clock, {"does": late}), Held(), Held()
    slow.run_in_threads(held, 1)
    clock.advance(LEASE_S + 1)
    other = dispatcher(sessions, clock, {"does": prompt})
    other.run_in_threads(quick, 1)

    held.go_on()
    slow.record_finished()  # refused, but another worker has it by now
    assert states(sessions) == [("does", "taken", 2)]
    assert late.failed_with == ()
    quick.go_on()
    other.record_finished()
    assert states(sessions) == [("does", "done", 2)]
    assert prompt.recorded == 1


def test_a_host_that_froze_with_an_order_in_hand_does_not_carry_it_out_when_it_goes_on(sessions: Sessions) -> None:
    clock, seconds, held = VirtualClock(NOW), [0.0], Held()
    once = Does(clock, idempotent=False, retry_pauses_s=(1.0,))
    order(sessions, Order("once", {}, 60))
    frozen = Dispatcher(sessions, clock, {"once": once}, PendingTotals(), lambda: None, counter=lambda: seconds[0])
    frozen.run_in_threads(held, 1)
    seconds[0] = LEASE_S / 2 + 1
    held.go_on()
    assert once.done == 0
    frozen.record_finished()
    assert states(sessions) == [("once", "queued", 1)]
    clock.advance(1)
    assert dispatcher(sessions, clock, {"once": once}).run_due() == 1
    assert once.done == 1


def test_a_late_result_stops_the_repeat_that_waits(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    late = Does(clock)
    order(sessions, Order("does", {}, 3600))
    slow, held = dispatcher(sessions, clock, {"does": late}), Held()
    slow.run_in_threads(held, 1)
    clock.advance(LEASE_S + 1)
    refuses = Does(clock, refuses=RestError("20429", retry_safe=True), retry_pauses_s=(5.0, 5.0))
    other = dispatcher(sessions, clock, {"does": refuses})
    other.run_due()
    assert states(sessions) == [("does", "queued", 2)]

    held.go_on()
    slow.record_finished()
    assert (states(sessions), late.recorded) == ([("does", "done", 2)], 1)
    clock.advance(60)
    assert other.run_due() == 0


@pytest.mark.parametrize("keeps", [True, False])
def test_what_exists_outside_is_known_however_late_its_result_is(sessions: Sessions, keeps: bool) -> None:
    clock = VirtualClock(NOW)
    rings = Does(clock, idempotent=False, keeps_late_results=keeps)
    order(sessions, Order("rings", {}, 3600))
    slow, held = dispatcher(sessions, clock, {"rings": rings}), Held()
    slow.run_in_threads(held, 1)
    clock.advance(LEASE_S + 1)
    dispatcher(sessions, clock, {"rings": rings}).run_due()

    held.go_on()
    slow.record_finished()
    assert states(sessions) == [("rings", "failed", 2)]
    assert rings.recorded == int(keeps)


def test_a_kind_with_a_limit_leaves_threads_to_others(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    effects = {"slow": Does(clock, at_once=2, idempotent=False), "quick": Does(clock)}
    order(sessions, *[Order("slow", {}, 3600)] * BATCH, Order("quick", {}, 3600))
    woken: list[bool] = []
    aside, held = Dispatcher(sessions, clock, effects, PendingTotals(), lambda: woken.append(True)), Held()

    aside.run_in_threads(held, 16)
    while woken:
        woken.clear()
        aside.run_in_threads(held, 16)
    assert Counter(states(sessions)) == {
        ("slow", "taken", 1): 2,
        ("slow", "queued", 0): BATCH - 2,
        ("quick", "taken", 1): 1,
    }
    for _ in range(BATCH):
        held.go_on()
        aside.run_in_threads(held, 16)
    aside.record_finished()
    assert Counter(states(sessions)) == {("slow", "done", 1): BATCH, ("quick", "done", 1): 1}


def test_one_for_which_there_is_no_room_is_still_known_as_one_whose_worker_died(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    slow = Does(clock, at_once=1, idempotent=False)
    order(sessions, Order("slow", {}, 3600), Order("slow", {}, 3600))
    dispatcher(sessions, clock, {"slow": slow}).run_in_threads(Held(), 2)
    dispatcher(sessions, clock, {"slow": slow}).run_in_threads(Held(), 2)  # both die
    clock.advance(LEASE_S + 1)

    survivor = dispatcher(sessions, clock, {"slow": slow})
    for _ in range(3):
        survivor.run_due()
    assert slow.done == 0
    assert slow.failed_with == ("a worker died", "a worker died")


def test_two_hosts_lease_an_order_once(sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    does = [Does(clock, idempotent=False) for _ in range(4)]
    order(sessions, *[Order("does", {}, 3600)] * 30)
    race(*[dispatcher(sessions, clock, {"does": one}).run_due for one in does])
    assert sum(one.done for one in does) == 30
    assert Counter(states(sessions)) == {("does", "done", 1): 30}
