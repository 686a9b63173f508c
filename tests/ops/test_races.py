"""Decisions that two transactions make at the same instant: exactly one of them wins.

On a real PostgreSQL, where several workers and hosts write at once; SQLite has one writer at a time. Several workers
that race for one callback of a number: tests/stored/test_callbacks_promise.py.
"""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.records import AuditEvent
from callcenter.callbacks import verbs
from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.clock import VirtualClock
from callcenter.errors import IllegalTransition
from callcenter.lines.records import Line
from callcenter.presence import claims
from callcenter.presence.claims import claim
from callcenter.reachability import rollup
from callcenter.reachability.counting import count_rows
from callcenter.reachability.records import FigureDay
from callcenter.routing.answer import accept
from callcenter.routing.transaction import CallTransaction
from callcenter.standin.stand_in import ACCOUNT_SID, AUTH_TOKEN
from callcenter.standin.twilio.signing import signature
from callcenter.storage.engine import make_sessions
from callcenter.storage.rows import write_changes
from callcenter.storage.statements import Batch
from callcenter.storage.totals import PendingTotals
from callcenter.telephony.dispatcher import Dispatcher
from callcenter.telephony.outbox import Order, enqueue
from callcenter.telephony.records import OutboxMessage
from tests.ops.test_dispatcher import Does
from tests.support.callback_office import BASE, CallbackOffice
from tests.support.promises import LINE, MOBILES, a_rota, promised
from tests.support.racing import race
from tests.support.traces import a_call

pytestmark = pytest.mark.postgres

Sessions = sessionmaker[Session]
NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
ROUNDS = 30
_NUMBERS = itertools.count(1)
kinds = pytest.mark.parametrize(("kind", "stage"), [("rest", "hunting"), ("dial", "dialling")], ids=["rest", "dial"])


@pytest.fixture
def pg_engine(postgresql_url: str, open_engine: Callable[[str], Engine]) -> Engine:
    return open_engine(postgresql_url)


@pytest.fixture
def office(pg_engine: Engine, clock: VirtualClock) -> CallbackOffice:
    """A line with three consultants, whose webhooks are requested over HTTP."""
    office = CallbackOffice(pg_engine, clock)
    office.office.wake = lambda: None  # orders are not carried out, because the stand-in runs in one thread
    with office.sessions.begin() as session:
        claims.insert_missing(session, MOBILES)
    return office


@pytest.fixture
def pg_sessions(pg_engine: Engine) -> Sessions:
    sessions = make_sessions(pg_engine)
    with sessions.begin() as session:
        claims.insert_missing(session, ["AIS"])
    return sessions


def post(office: CallbackOffice, path: str, **params: str) -> str:
    """One signed webhook, as Twilio sends it. Returns its TwiML."""
    params = {"AccountSid": ACCOUNT_SID, **params}
    headers = {"X-Twilio-Signature": signature(AUTH_TOKEN, f"{BASE}{path}", params)}
    answer = office.app.test_client().post(path, data=params, headers=headers)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def two_who_picked_up(sessions: Sessions, kind: str, stage: str) -> tuple[int, list[int]]:
    """A caller for whom AIS and BRA have picked up. Returns the ids of the call and of their legs."""
    with sessions.begin() as session:
        line = session.scalars(select(Line)).one()
        more = {"outcome": None, "outcome_at": None, "ended_at": None, "counted": False, "wait_s": None}
        call = a_call(line, NOW, "+31302345678", f"CA{next(_NUMBERS):032}", state="ringing", stage=stage, **more)
        session.add(call)
        session.flush()
        legs = [
            Leg(
                call_id=call.id,
                consultant=code,
                tier="anyone",
                kind=kind,
                state="screening",
                leg_sid=f"CA{next(_NUMBERS):032}",
                offered_at=NOW,
                ring_timeout_s=20,
                initiated_at=NOW,
                picked_up_at=NOW,
                expires_at=NOW + timedelta(seconds=35),
            )
            for code in ("AIS", "BRA")
        ]
        session.add_all(legs)
        session.flush()
        return call.id, [leg.id for leg in legs]


def sid_of(sessions: Sessions, leg_id: int) -> str:
    with sessions() as session:
        return session.scalars(select(Leg.leg_sid).where(Leg.id == leg_id)).one() or ""


def what_became(sessions: Sessions, call_id: int) -> tuple[Call, dict[int, str | None]]:
    with sessions() as session:
        legs = session.scalars(select(Leg).where(Leg.call_id == call_id))
        return session.get_one(Call, call_id), {leg.id: leg.result for leg in legs}


@kinds
def test_of_two_who_press_1_at_once_one_joins_and_one_is_too_late(
    office: CallbackOffice, kind: str, stage: str
) -> None:
    for _ in range(ROUNDS):
        call_id, legs = two_who_picked_up(office.sessions, kind, stage)

        def press(leg: int) -> str:
            return post(office, f"/webhooks/leg/{leg}/key", CallSid=sid_of(office.sessions, leg), Digits="1")

        answers = race(*[partial(press, leg) for leg in legs])

        call, results = what_became(office.sessions, call_id)
        assert sorted(map(str, results.values())) == ["accepted", "too_late"]
        assert results[call.answered_leg_id or 0] == "accepted"
        assert ["collega" in answer and "Hangup" in answer and "Dial" not in answer for answer in answers] == [
            leg != call.answered_leg_id for leg in legs
        ]


@kinds
def test_the_update_alone_decides_between_two_who_both_saw_a_waiting_caller(
    office: CallbackOffice, kind: str, stage: str
) -> None:
    for _ in range(ROUNDS):
        call_id, legs = two_who_picked_up(office.sessions, kind, stage)
        both_have_looked = threading.Barrier(2)

        def press(leg_id: int, call_id: int, both_have_looked: threading.Barrier) -> tuple[bool, int | None]:
            with office.sessions() as session:
                call, leg = session.get_one(Call, call_id), session.get_one(Leg, leg_id)  # without a lock
                both_have_looked.wait(30)
                first = accept(CallTransaction(session, NOW), call, leg)
                known = call.answered_leg_id
                write_changes(session, Batch(session))
                session.commit()
                return first, known

        told = race(*[partial(press, leg, call_id, both_have_looked) for leg in legs])

        call, results = what_became(office.sessions, call_id)
        assert sorted(first for first, _ in told) == [False, True]
        assert sorted(map(str, results.values())) == ["accepted", "too_late"]
        # Both answers name it: the second consultant hears that a colleague was first.
        assert {known for _, known in told} == {call.answered_leg_id}
        assert call.answered_by == ("AIS" if call.answered_leg_id == legs[0] else "BRA")


def test_one_who_presses_1_twice_at_once_joins_and_is_never_told_to_be_too_late(office: CallbackOffice) -> None:
    for _ in range(ROUNDS):
        call_id, (leg, other) = two_who_picked_up(office.sessions, "rest", "hunting")
        presses = [
            partial(post, office, f"/webhooks/leg/{leg}/key?turn={n}", CallSid=sid_of(office.sessions, leg), Digits="1")
            for n in (1, 2)
        ]
        assert all("<Conference" in answer for answer in race(*presses))
        assert what_became(office.sessions, call_id)[1] == {leg: "accepted", other: None}


def test_two_calls_that_want_one_consultant_get_him_once(pg_sessions: Sessions) -> None:
    def take(key: str, at: datetime) -> int:
        with pg_sessions.begin() as session:
            return len(claim(session, ["AIS"], key, at + timedelta(seconds=30), at))

    for n in range(ROUNDS):
        at = NOW + timedelta(minutes=n)
        assert sum(race(*[partial(take, f"CA{n}{caller}", at) for caller in "abcd"])) == 1


def test_a_call_and_a_callback_that_want_one_consultant_get_him_once(pg_sessions: Sessions) -> None:
    def call(at: datetime) -> int:
        with pg_sessions.begin() as session:
            return len(claim(session, ["AIS"], "CA1", at + timedelta(seconds=30), at))

    def callback(at: datetime) -> int:
        with pg_sessions.begin() as session:
            return int(claims.reserve(session, "AIS", claims.callback_key(1), at + timedelta(seconds=30), at))

    for n in range(ROUNDS):
        at = NOW + timedelta(minutes=n)
        assert sum(race(partial(call, at), partial(callback, at))) == 1


def test_two_who_claim_one_callback_leave_one_owner(office: CallbackOffice) -> None:
    def take(code: str, callback_id: int) -> str | None:
        try:
            with office.sessions.begin() as session:
                verbs.claim(session, callback_id, code, code, NOW)
        except IllegalTransition:
            return None
        return code

    for n in range(ROUNDS):
        callback_id = promised(office.sessions, NOW, f"+3130234{n:04}").id
        got = [code for code in race(*[partial(take, code, callback_id) for code in ("AIS", "BRA")]) if code]
        with office.sessions() as session:
            assert got == [session.get_one(Callback, callback_id).owner]


def test_each_order_is_taken_by_one_of_two_dispatchers(pg_sessions: Sessions) -> None:
    clock = VirtualClock(NOW)
    orders = 60
    with pg_sessions.begin() as session:
        enqueue(session, NOW, *[Order("text", {"n": n}, 3600) for n in range(orders)])
    done: Counter[int] = Counter()
    counting = threading.Lock()

    class Counts(Does):
        def perform(self, order: OutboxMessage) -> None:
            with counting:
                done[order.payload["n"]] += 1

    def carry_out() -> int:
        effects = {"text": Counts(clock, idempotent=True)}
        return Dispatcher(pg_sessions, clock, effects, PendingTotals(), lambda: None).run_due()

    assert sum(race(carry_out, carry_out)) == orders
    assert done == dict.fromkeys(range(orders), 1)
    with pg_sessions() as session:
        assert set(session.scalars(select(OutboxMessage.attempts))) == {1}


def test_two_who_promise_one_number_at_once_make_one_callback(office: CallbackOffice) -> None:
    for n in range(ROUNDS):
        number = f"+3130234{n:04}"
        made = race(*[partial(promised, office.sessions, NOW, number, reason) for reason in ("missed", "voicemail")])
        assert made[0].id == made[1].id
        with office.sessions() as session:
            (callback,) = session.scalars(select(Callback).where(Callback.number == number))
            assert (callback.reason, callback.priority) == ("voicemail", 1)


def test_a_webhook_that_comes_twice_at_once_is_carried_out_once(office: CallbackOffice) -> None:
    for n in range(ROUNDS):
        text = {"MessageSid": f"SM{n:032}", "From": MOBILES["AIS"], "To": LINE, "Body": "beschikbaar"}
        first, second = race(*[partial(post, office, "/webhooks/sms", **text)] * 2)
        assert first == second
        with office.sessions() as session:
            said = select(func.count()).where(AuditEvent.action == "presence_set")
            assert session.scalar(said) == n + 1


def test_two_events_of_an_unknown_call_at_once_are_both_carried_out(office: CallbackOffice) -> None:
    for _ in range(ROUNDS):
        call = {"CallSid": f"CA{next(_NUMBERS):032}", "From": "+31302345678", "To": LINE}
        first = partial(post, office, "/webhooks/voice", **call, CallStatus="ringing")
        fallback = partial(
            post, office, "/webhooks/voice/fallback/recorded", **call, RecordingSid=f"RE{next(_NUMBERS):032}"
        )
        race(first, fallback)
        with office.sessions() as session:
            one = session.scalars(select(Call).where(Call.call_sid == call["CallSid"])).one()
            assert one.voicemail_id is not None


def test_two_hosts_that_roll_up_one_day_at_once_leave_the_newer_count(
    office: CallbackOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    rota, yesterday = a_rota(), NOW - timedelta(days=1)

    def comes_in(n: int) -> None:
        with office.sessions.begin() as session:
            session.add(a_call(session.scalars(select(Line)).one(), yesterday, None, f"CA{n}"))

    comes_in(1)
    has_counted, other_is_done = threading.Event(), threading.Event()

    def slow_count(*args: Any, **named: Any) -> Mapping[Any, Any]:
        tallies = count_rows(*args, **named)
        if not has_counted.is_set():
            has_counted.set()
            other_is_done.wait(1)  # the other host waits for our commit, so this wait times out
        return tallies

    monkeypatch.setattr(rollup, "count_rows", slow_count)

    def slow_host() -> None:
        with office.sessions.begin() as session:
            rollup.roll_up(session, rota, NOW)

    def other_host() -> None:
        assert has_counted.wait(30)
        comes_in(2)
        with office.sessions.begin() as session:
            rollup.roll_up(session, rota, NOW)
        other_is_done.set()

    race(slow_host, other_host)
    with office.sessions() as session:
        (day,) = session.scalars(select(FigureDay))
        assert day.figures["offered"] == 2
