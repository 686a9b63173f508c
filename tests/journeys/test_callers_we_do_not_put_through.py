"""Blocked numbers, floods from one number and numbers that are no line are not put through."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.lines.register import block_number, unblock_number
from tests.support.invariants import breaches
from tests.support.town import LINE, SCHOOL, MakeTown, Town

NUISANCE = "+31201234567"


def block(town: Town, days: int | None = None) -> None:
    with town.sessions.begin() as session:
        block_number(session, NUISANCE, "threats", days, "lead@example.nl", town.clock.now())


def test_a_blocked_number_is_rejected_unanswered_and_counted_apart(a_town: MakeTown) -> None:
    town = a_town()
    block(town)
    caller = town.somebody(NUISANCE).dials(LINE)
    town.live()

    assert town.call().outcome == "rejected"
    assert caller.call.answered_at is None
    assert town.offers() == []
    assert town.callbacks() == []
    assert town.totals("callcenter_offered_calls_total") == 0
    assert town.decisions()[0][0] == "blocked"
    assert breaches(town) == []


def test_a_block_ends_by_itself(a_small_town: MakeTown) -> None:
    town = a_small_town()
    block(town, days=1)
    town.somebody(NUISANCE).dials(LINE)
    town.live()
    town.clock.advance(timedelta(days=1).total_seconds())
    town.answers("AIS")
    town.somebody(NUISANCE).dials(LINE, talks=10)
    town.live()
    assert [call.outcome for call in town.calls()] == ["rejected", "answered"]


def test_a_block_can_be_taken_away(a_small_town: MakeTown) -> None:
    town = a_small_town()
    block(town)
    with town.sessions.begin() as session:
        unblock_number(session, NUISANCE)
    town.answers("AIS")
    town.somebody(NUISANCE).dials(LINE, talks=10)
    town.live()
    assert town.call().outcome == "answered"


@pytest.mark.parametrize("number", [SCHOOL, None])
def test_others_are_put_through_all_the_same(a_small_town: MakeTown, number: str | None) -> None:
    town = a_small_town()
    block(town)
    town.answers("AIS")
    town.somebody(number).dials(LINE, talks=10)
    town.live()
    assert town.call().outcome == "answered"


def test_too_many_calls_at_once_from_one_number_may_leave_word_but_ring_nobody(a_small_town: MakeTown) -> None:
    town = a_small_town()
    callers = [town.somebody(NUISANCE).dials(LINE, after=0.2 * n, patience=40) for n in range(9)]
    town.live()

    calls = town.calls()
    assert len(calls) == 9
    assert "Er lopen al meerdere gesprekken vanaf dit nummer" in town.heard(callers[-1])
    assert all("meerdere gesprekken" not in town.heard(caller) for caller in callers[:-1])
    assert len(town.callbacks()) == 1
    assert breaches(town) == []


def test_a_number_that_is_no_line_of_ours_is_told_so_and_counted(a_town: MakeTown) -> None:
    town = a_town()
    town.standin.line("+31858889999")
    caller = town.somebody().dials("+31858889999")
    town.live()

    assert "Dit nummer is niet in gebruik." in town.heard(caller)
    assert town.calls() == []
    assert town.totals("callcenter_webhooks_rejected_total") >= 1


def test_after_hours_a_blocked_number_is_rejected_too(a_small_town: MakeTown) -> None:
    town = a_small_town(datetime(2027, 6, 8, 18, 0, tzinfo=UTC))
    block(town)
    town.somebody(NUISANCE).dials(LINE)
    town.live()
    assert town.call().outcome == "rejected"
