"""Until when a session of the pages lasts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.access.session_rules import LASTS, NOTED_EVERY, STAYS, is_over, is_to_be_noted

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("stay", "began_ago", "used_ago", "over"),
    [
        (False, timedelta(hours=12) - A_SECOND, timedelta(0), False),
        (False, timedelta(hours=12), timedelta(0), True),
        (True, timedelta(days=900), timedelta(days=30) - A_SECOND, False),
        (True, timedelta(days=900), timedelta(days=30), True),
        (True, timedelta(days=31), timedelta(hours=1), False),
    ],
)
def test_a_session_ends_after_the_day_or_after_a_month_of_disuse(
    stay: bool, began_ago: timedelta, used_ago: timedelta, over: bool
) -> None:
    assert is_over(stay, NOW - began_ago, NOW - used_ago, NOW) == over


@given(st.booleans(), st.timedeltas(timedelta(seconds=61), timedelta(days=3000)))
def test_a_session_that_begins_in_the_future_is_over(stay: bool, ahead: timedelta) -> None:
    assert is_over(stay, NOW + ahead, NOW + ahead, NOW)
    assert is_over(stay, NOW, NOW + ahead, NOW)


@given(st.booleans(), st.timedeltas(timedelta(0), timedelta(seconds=60)))
def test_clocks_of_two_hosts_that_differ_by_seconds_end_no_session(stay: bool, ahead: timedelta) -> None:
    assert not is_over(stay, NOW + ahead, NOW + ahead, NOW)


def test_use_is_stored_often_enough_that_no_session_in_use_ends() -> None:
    assert NOTED_EVERY < STAYS
    assert timedelta(hours=12) == LASTS
    assert not is_to_be_noted(NOW - NOTED_EVERY + A_SECOND, NOW)
    assert is_to_be_noted(NOW - NOTED_EVERY, NOW)
