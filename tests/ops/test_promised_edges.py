"""Behaviour exactly at a promised number, and just before it. The numbers: tests/unit/test_promised_numbers.py."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.clock import VirtualClock
from callcenter.presence import claims
from callcenter.presence.records import ConsultantState
from callcenter.routing.answer import never_spoke, pick_up
from callcenter.routing.ringing import claim_free
from callcenter.routing.sweep import run_due
from callcenter.routing.transaction import CallTransaction, locked_leg
from callcenter.web.callbacks.queries import CallbackCounts, callback_counts
from schedules import callbacks
from tests.support.promises import an_office, at, orders, promised
from tests.support.traces import a_call

Sessions = sessionmaker[Session]
NOW = at("8 08:00")
A_SECOND = timedelta(seconds=1)
# One mobile at a time: while a personal voicemail holds the place, the next colleague is not rung.
ONE_AT_A_TIME = """
[open]
mon-fri = ["08:30-17:00"]
[closed_days]
good_friday = "closed"
liberation_day = "lustrum"
[[hunt.tier]]
name = "anyone"
who = "anyone"
ring_s = 40
at_once = 1
"""


def promises_at(sessions: Sessions, now: datetime) -> CallbackCounts:
    with sessions() as session:
        return callback_counts(session, now)


def test_a_promise_is_overdue_after_its_due_time_and_not_at_it(sqlite_sessions: Sessions) -> None:
    with sqlite_sessions.begin() as session:
        an_office(session, NOW)
    due = promised(sqlite_sessions, NOW).due_at

    after, at_it = promises_at(sqlite_sessions, due + A_SECOND), promises_at(sqlite_sessions, due)
    assert (after.overdue, after.at_risk, after.next_due) == (1, 0, None)
    assert (at_it.overdue, at_it.at_risk, at_it.next_due) == (0, 1, due)


def test_a_promise_is_at_risk_in_the_hour_before_its_due_time(sqlite_sessions: Sessions) -> None:
    with sqlite_sessions.begin() as session:
        an_office(session, NOW)
    due = promised(sqlite_sessions, NOW, reason="voicemail").due_at

    assert promises_at(sqlite_sessions, due - timedelta(hours=1) + A_SECOND).at_risk == 1
    assert promises_at(sqlite_sessions, due - timedelta(hours=1)).at_risk == 0


@pytest.mark.parametrize(
    ("kind", "after_due"),
    [
        ("notify_sms", timedelta(minutes=-15)),  # at risk
        ("notify_sms", timedelta(0)),  # overdue
        ("notify_lead", timedelta(minutes=15)),  # the owner is on duty and has not called back
    ],
    ids=["reminder", "overdue", "lead"],
)
def test_a_message_goes_out_at_its_minute_and_not_before(
    sqlite_sessions: Sessions, kind: str, after_due: timedelta
) -> None:
    def told(now: datetime) -> int:
        callbacks.run(sqlite_sessions, VirtualClock(now), public_url="https://rbl.example", lead_channels=1)
        return len(orders(sqlite_sessions, kind))

    with sqlite_sessions.begin() as session:
        an_office(session, NOW)
    when = promised(sqlite_sessions, NOW).due_at + after_due
    told(when - timedelta(minutes=14, seconds=59))  # earlier orders are done
    before = told(when - A_SECOND)
    assert told(when) == before + 1


def a_caller_whom_the_mailbox_of_ais_has(session: Session) -> tuple[int, int]:
    """Returns the ids of the call and of the leg that a personal voicemail has just picked up."""
    line = an_office(session, NOW, policy=ONE_AT_A_TIME)
    claims.insert_missing(session, ["AIS", "BRA"])
    waits = {"outcome": None, "outcome_at": None, "ended_at": None, "counted": False, "wait_s": None}
    hunt = {
        "tier": 0,
        "tier_ends_at": NOW + timedelta(seconds=40),
        "tier_list": ["BRA"],
        "offered_to": ["AIS"],
        "deadline_at": NOW + timedelta(seconds=90),
    }
    call = a_call(line, NOW, "+31302345678", "CA1", state="ringing", stage="hunting", **waits, **hunt)
    session.add(call)
    session.flush()
    leg = Leg(
        call_id=call.id,
        consultant="AIS",
        tier="anyone",
        kind="rest",
        state="ringing",
        leg_sid="CA2",
        offered_at=NOW,
        initiated_at=NOW,
        ring_timeout_s=40,
        expires_at=NOW + timedelta(seconds=55),
    )
    session.add(leg)
    session.flush()
    return call.id, leg.id


def test_eight_seconds_after_a_mailbox_picked_up_the_clock_rings_the_next_colleague(sqlite_sessions: Sessions) -> None:
    with sqlite_sessions.begin() as session:
        call_id, leg_id = a_caller_whom_the_mailbox_of_ais_has(session)
    picked_up = NOW + timedelta(seconds=5)
    with sqlite_sessions.begin() as session:
        work = CallTransaction(session, picked_up)
        leg, call = locked_leg(work, leg_id)
        assert pick_up(work, call, leg)

    def rung(now: datetime) -> list[str]:
        run_due(sqlite_sessions, now)  # no hold turn comes meanwhile, so only the clock advances the call
        with sqlite_sessions() as session:
            return list(session.scalars(select(Leg.consultant).where(Leg.call_id == call_id).order_by(Leg.id)))

    assert rung(picked_up + timedelta(seconds=7.9)) == ["AIS"]
    assert rung(picked_up + timedelta(seconds=8)) == ["AIS", "BRA"]


def test_a_claim_ends_fifteen_seconds_after_the_ring_time(sqlite_sessions: Sessions) -> None:
    with sqlite_sessions.begin() as session:
        call_id, _ = a_caller_whom_the_mailbox_of_ais_has(session)
    with sqlite_sessions.begin() as session:
        call = session.get_one(Call, call_id)
        assert set(claim_free(CallTransaction(session, NOW), call, ["BRA"], 20, 1)[0]) == {"BRA"}
    with sqlite_sessions() as session:
        assert session.get_one(ConsultantState, "BRA").reserved_until == NOW + timedelta(seconds=35)

    def free(now: datetime) -> bool:
        with sqlite_sessions() as session:
            return bool(claim_free(CallTransaction(session, now), session.get_one(Call, call_id), ["BRA"], 20, 1)[0])

    assert not free(NOW + timedelta(seconds=34.9))
    assert free(NOW + timedelta(seconds=35))


@pytest.mark.parametrize(("talk_s", "helped"), [(2.9, False), (3.0, True)])
def test_three_seconds_of_talk_are_help(talk_s: float, helped: bool) -> None:
    leg = Leg(ended_at=NOW + timedelta(seconds=talk_s))
    assert never_spoke(Call(connected_at=NOW), leg) is not helped
