"""Set operations on intervals of minutes: the same answers as on plain sets of minutes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.rota.minutes import (
    Spans,
    at_least,
    common,
    contains,
    instant_of,
    length,
    merged,
    minute_after,
    minute_of,
    without,
)

NOON = datetime(2027, 6, 8, 12, 0, tzinfo=UTC)
PAIRS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=6)
DISJOINT = PAIRS.map(merged)


def minutes(spans: Spans) -> set[int]:
    return {minute for start, end in spans for minute in range(start, end)}


def is_tidy(spans: Spans) -> bool:
    """Whether intervals are sorted, not empty, and apart from each other."""
    edges = [edge for span in spans for edge in span]
    return edges == sorted(set(edges))


@given(PAIRS)
def test_a_union_holds_every_minute_once_and_has_no_empty_interval(pairs: Spans) -> None:
    assert minutes(merged(pairs)) == minutes(pairs)
    assert is_tidy(merged(pairs))
    assert length(merged(pairs)) == len(minutes(pairs))


@given(DISJOINT, DISJOINT)
def test_an_intersection_and_a_difference_are_those_of_the_minutes(left: Spans, right: Spans) -> None:
    assert minutes(common(left, right)) == minutes(left) & minutes(right)
    assert minutes(without(left, right)) == minutes(left) - minutes(right)
    assert is_tidy(without(left, right))
    assert all(start < end for start, end in common(left, right))


@given(DISJOINT, st.integers(-1, 13))
def test_an_interval_holds_its_start_and_not_its_end(spans: Spans, minute: int) -> None:
    assert contains(spans, minute) == (minute in minutes(spans))


@given(st.lists(DISJOINT, max_size=4), st.integers(1, 4))
def test_the_minutes_that_enough_sets_hold_are_found(sets: list[Spans], count: int) -> None:
    found = at_least(sets, count)
    every = [minutes(spans) for spans in sets]
    assert minutes(found) == {minute for minute in range(13) if sum(minute in one for one in every) >= count}
    assert is_tidy(found)


@pytest.mark.parametrize(("seconds", "containing", "next_one"), [(0, 0, 0), (1, 0, 1), (59, 0, 1), (60, 1, 1)])
def test_an_instant_lies_in_a_minute_and_before_the_next(seconds: int, containing: int, next_one: int) -> None:
    moment = NOON + timedelta(seconds=seconds)
    assert instant_of(minute_of(moment)) == NOON + timedelta(minutes=containing)
    assert instant_of(minute_after(moment)) == NOON + timedelta(minutes=next_one)
    assert isinstance(minute_after(moment), int)
