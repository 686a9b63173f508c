"""Calls that are under way when the host's clock is set back go on within seconds: nobody waits as long as the step."""

from datetime import timedelta

import pytest
from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.presence.records import ConsultantState
from callcenter.storage.base import UtcDateTime, table_of
from callcenter.telephony.records import OutboxMessage
from tests.support.town import LINE, PEOPLE, SCHOOL, MakeTown, Town

STEPS = pytest.mark.parametrize("step", [timedelta(days=1), timedelta(hours=1)], ids=["a day", "an hour"])
STORED = (Call, Leg, OutboxMessage, ConsultantState, Callback)
ONE_BY_ONE = """
[[hunt.tier]]
name = "anyone"
who = "anyone"
ring_s = 20
at_once = 1
"""
# A message is answered within two hours, another call within one (docs/callbacks.md).
LATEST = timedelta(hours=2, minutes=1)


def the_clock_is_set_back(town: Town, step: timedelta) -> None:
    """What is stored was stored by a clock that was ahead by this much; from now on it is right."""
    with town.sessions.begin() as session:
        for rows in STORED:
            _store_ahead(session, table_of(rows), step)


def _store_ahead(session: Session, table: Table, step: timedelta) -> None:
    (key,) = table.primary_key.columns
    instants = [column.name for column in table.c if isinstance(column.type, UtcDateTime)]
    for row in session.execute(select(table)).mappings().all():
        later = {name: row[name] + step for name in instants if row[name] is not None}
        if later:
            session.execute(update(table).where(key == row[key.name]).values(later))


@STEPS
def test_a_caller_who_waits_is_put_through(a_small_town: MakeTown, step: timedelta) -> None:
    town = a_small_town(policy=ONE_BY_ONE)
    town.somebody(SCHOOL).dials(LINE, patience=85, talks=60)
    town.standin.run_for(8)
    the_clock_is_set_back(town, step)
    for code in {*PEOPLE} - set(town.offers()):
        town.answers(code)
    town.live()
    call = town.call()
    assert call.outcome == "answered"
    assert call.wait_s is not None
    assert call.wait_s < 85


@STEPS
def test_a_caller_nobody_answers_gets_a_callback_for_today(a_small_town: MakeTown, step: timedelta) -> None:
    town = a_small_town()
    town.somebody(SCHOOL).dials(LINE, patience=200, message=12)
    town.standin.run_for(8)
    the_clock_is_set_back(town, step)
    town.live(tail_s=120)
    (callback,) = town.callbacks()
    assert town.call().ended_at is not None
    assert callback.due_at < town.clock.now() + LATEST


@STEPS
def test_a_caller_who_hung_up_just_before_gets_a_callback_for_today(a_small_town: MakeTown, step: timedelta) -> None:
    town = a_small_town()
    town.somebody(SCHOOL).dials(LINE, patience=20)
    while not (calls := town.calls()) or calls[0].ended_at is None:
        town.standin.run_for(1)
    the_clock_is_set_back(town, step)
    town.live(tail_s=120)
    (callback,) = town.callbacks()
    assert callback.due_at < town.clock.now() + LATEST


@STEPS
def test_a_consultant_whose_talk_lasted_over_the_step_is_rung_for_the_next_caller(
    a_small_town: MakeTown, step: timedelta
) -> None:
    town = a_small_town(on_duty=("AIS",))
    town.answers("AIS")
    town.somebody(SCHOOL).dials(LINE, talks=60)
    town.standin.run_for(20)
    the_clock_is_set_back(town, step)
    town.standin.run_for(120)
    town.somebody("+31201234567").dials(LINE, talks=30)
    town.live()
    assert [call.outcome for call in town.calls()] == ["answered", "answered"]
