"""When a message about a callback is sent, and which callbacks it is about."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.callbacks.telling import BUNDLE, QUIET, is_held, is_ripe, remind_until
from tests.support.small_office import at

NOW = at("8 14:30")
FAR = NOW + timedelta(hours=1)
MINUTES = st.integers(-30, 30).map(lambda minutes: NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("closing", "reopens", "until"),
    [
        (at("8 15:00"), at("9 06:30"), at("8 14:45")),
        (at("8 14:46"), at("9 06:30"), at("8 14:45")),
        (at("8 14:45"), at("9 06:30"), at("9 06:30")),
        (at("8 14:31"), at("11 06:30"), at("11 06:30")),
        (at("8 14:35"), None, at("8 14:45")),
        (None, None, at("8 14:45")),
    ],
    ids=[
        "open for long",
        "a minute too early",
        "nearly closing",
        "before a weekend",
        "for ever closed",
        "never closes",
    ],
)
def test_before_closing_everything_is_reminded_that_is_due_before_the_line_opens_again(
    closing: datetime | None, reopens: datetime | None, until: datetime
) -> None:
    assert remind_until(NOW, closing, reopens) == until


def test_one_alone_is_told_at_once_and_with_a_follower_both_are_told_when_it_comes() -> None:
    follower = NOW + timedelta(minutes=3)
    assert is_ripe([NOW], NOW)
    assert not is_ripe([NOW, follower], NOW)
    assert is_ripe([NOW, follower], follower)
    assert is_ripe([NOW, NOW + BUNDLE + timedelta(seconds=1)], NOW)
    assert not is_ripe([follower], NOW)
    assert is_ripe([NOW, follower], NOW, closing=NOW + BUNDLE)  # later it would be too late for today


@given(st.lists(MINUTES, min_size=1, max_size=6))
def test_nothing_waits_longer_than_a_bundle_and_nothing_is_told_before_its_time(times: list[datetime]) -> None:
    if is_ripe(times, NOW):
        assert min(times) <= NOW
    if min(times) <= NOW - BUNDLE:
        assert is_ripe(times, NOW)


def test_new_ones_wait_until_no_more_come() -> None:
    made = [NOW - QUIET + timedelta(seconds=1)]
    assert is_held(made, [FAR], NOW)
    assert not is_held(made, [FAR], NOW + timedelta(seconds=1))


def test_new_ones_wait_no_longer_than_a_bundle_and_not_at_all_when_one_is_due_soon() -> None:
    assert not is_held([NOW - BUNDLE, NOW], [FAR, FAR], NOW)
    assert not is_held([NOW], [NOW + timedelta(minutes=20)], NOW)
