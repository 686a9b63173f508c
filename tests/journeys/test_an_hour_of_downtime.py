"""The product answers no request for an hour: afterwards every call is stored, with a callback where one is due."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from callcenter.calls.call import Call
from callcenter.routing.reconcile import run_reconcile
from callcenter.standin.faults import FaultRule
from callcenter.telephony.twilio_api import RestError
from tests.support.invariants import breaches
from tests.support.town import LINE, SCHOOL, MakeTown, Town

MANY = [f"+3120123{n:04d}" for n in range(12)]


def an_hour_away(town: Town, *callers: str | None) -> None:
    town.lived.turns(callbacks=600)
    town.lived.be_away()
    for n, number in enumerate(callers):
        town.somebody(number).dials(LINE, after=1 + 240 * n)
    town.standin.run_for(3600)
    town.lived.come_back()


def reconciled(town: Town) -> int:
    return run_reconcile(town.sessions, town.lived.twilio, town.clock.now())


def test_every_call_of_that_hour_gets_a_record_and_a_callback(a_town: MakeTown) -> None:
    town = a_town()
    an_hour_away(town, SCHOOL, *MANY[:4], SCHOOL)
    town.live(tail_s=400)

    calls = town.calls()
    assert len(calls) == 6
    assert all(call.reconciled and call.outcome and call.counted for call in calls)
    assert {call.group for call in calls} == {"school", "unknown"}
    assert sorted(callback.number or "" for callback in town.callbacks()) == sorted({SCHOOL, *MANY[:4]})
    assert {callback.reason for callback in town.callbacks()} == {"reconciled"}
    assert town.totals("callcenter_reconciled_calls_total") == 6
    assert breaches(town) == []


def test_a_withheld_number_gets_a_record_and_no_callback(a_small_town: MakeTown) -> None:
    town = a_small_town()
    an_hour_away(town, None)
    town.live(tail_s=400)
    assert town.call().outcome in ("missed", "abandoned")
    assert town.callbacks() == []


def test_reading_twilios_list_twice_changes_nothing(a_town: MakeTown) -> None:
    town = a_town()
    an_hour_away(town, *MANY[:3])
    town.standin.run_for(120)
    first = reconciled(town)
    figures = town.figures()

    assert first == 3
    assert reconciled(town) == 0
    assert town.figures() == figures
    assert len(town.callbacks()) == 3


def test_breaking_off_half_way_goes_on_where_it_was(a_small_town: MakeTown) -> None:
    town = a_small_town()
    an_hour_away(town, *MANY[:6])
    town.standin.run_for(120)
    town.standin.faults.add(FaultRule("rest_error", kind="list-calls", status=500, times=1))
    with pytest.raises(RestError):
        reconciled(town)
    assert reconciled(town) == 6
    assert len(town.calls()) == 6
    assert breaches(town) == []


def test_calls_before_and_after_are_left_as_they_are(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.answers("AIS")
    town.somebody().dials(LINE, talks=20)
    town.live()
    an_hour_away(town, MANY[0])
    town.live(tail_s=400)
    town.somebody(MANY[1]).dials(LINE, talks=20)
    town.live(tail_s=400)

    assert [call.outcome for call in town.calls()].count("answered") == 2
    assert sum(call.reconciled for call in town.calls()) == 1
    assert breaches(town) == []


def test_a_call_under_way_when_the_hour_began_ends_by_twilios_word(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.mobile("AIS").answers_after(4, talks_s=900).presses("1")
    town.somebody().dials(LINE, talks=600)
    town.standin.run_for(60)
    an_hour_away(town)
    town.live(tail_s=400)

    call = town.call()
    assert call.outcome == "answered"
    assert call.talk_s == pytest.approx(600, abs=15)
    assert breaches(town) == []


def test_a_caller_who_waited_as_it_began_has_an_outcome_and_a_callback(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.somebody().dials(LINE, patience=40)
    town.standin.run_for(8)
    an_hour_away(town)
    town.live(tail_s=400)

    assert town.call().outcome in ("abandoned", "missed")
    assert len(town.callbacks()) == 1
    assert breaches(town, excused=timedelta(hours=1)) == []


def test_a_list_of_several_pages_is_read_to_its_end(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.lived.turns(callbacks=3600, reconcile=36_000)
    town.lived.be_away()
    for n in range(120):
        town.somebody(f"+3120123{n:04d}").dials(LINE, after=1 + n)
    town.standin.run_for(600)
    town.lived.come_back()
    reconciled(town)

    with town.session() as session:
        assert session.scalar(select(func.count(Call.id))) == 120
    assert len(town.callbacks()) == 120
