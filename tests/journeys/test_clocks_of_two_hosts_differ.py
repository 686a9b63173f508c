"""A call whose requests reach two hosts, of which one's clock is ahead, is judged by what happened."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from callcenter.calls.call import Call
from tests.support.town import LINE, PEOPLE, SCHOOL, MakeTown, Town

AHEAD = pytest.mark.parametrize("ahead", [timedelta(seconds=30), timedelta(seconds=50)], ids=["30 s", "50 s"])


def they_are_joined_by_a_clock_that_is_ahead(town: Town, ahead: timedelta) -> None:
    """The two talk; the host that connected them had a clock that was ahead by this much."""
    while not (calls := town.calls()) or calls[0].connected_at is None:
        town.standin.run_for(0.5)
    with town.sessions.begin() as session:
        for call in session.scalars(select(Call)):
            joined_at, accepted_at = call.connected_at, call.accepted_at
            assert joined_at is not None
            assert accepted_at is not None
            later = {"connected_at": joined_at + ahead, "accepted_at": accepted_at + ahead}
            session.execute(update(Call).where(Call.id == call.id).values(**later))


@AHEAD
def test_a_talk_that_the_caller_ends_counts_as_answered(a_small_town: MakeTown, ahead: timedelta) -> None:
    town = a_small_town()
    town.answers("AIS")
    town.somebody(SCHOOL).dials(LINE, patience=85, talks=20)
    they_are_joined_by_a_clock_that_is_ahead(town, ahead)
    town.live()
    call = town.call()
    assert (call.outcome, call.answered_by, call.callback_id) == ("answered", "AIS", None)
    assert call.wait_s is not None
    assert call.wait_s < 30


@AHEAD
def test_after_a_talk_that_the_consultant_ends_nobody_is_rung_again(a_small_town: MakeTown, ahead: timedelta) -> None:
    town = a_small_town()
    town.mobile("AIS").answers_after(4, talks_s=20).presses("1")
    town.somebody(SCHOOL).dials(LINE, patience=85, talks=200)
    they_are_joined_by_a_clock_that_is_ahead(town, ahead)
    offered = len(town.offers())
    town.live()
    call = town.call()
    assert (call.outcome, call.answered_by) == ("answered", "AIS")
    assert len(town.offers()) == offered


@AHEAD
def test_a_consultant_who_left_at_once_is_replaced(a_small_town: MakeTown, ahead: timedelta) -> None:
    town = a_small_town()
    town.mobile("AIS").answers_after(4, talks_s=1).presses("1")
    town.somebody(SCHOOL).dials(LINE, patience=85, talks=200)
    they_are_joined_by_a_clock_that_is_ahead(town, ahead)
    for code in {*PEOPLE} - {"AIS"}:
        town.answers(code)
    town.live()
    assert town.call().answered_by not in (None, "AIS")
