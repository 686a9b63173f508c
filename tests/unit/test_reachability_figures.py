"""The figures that follow from counted calls."""

import json
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.reachability.figures import Tally, total
from callcenter.reachability.labels import OUTCOMES
from callcenter.reachability.waits import percentile

CALLS = st.lists(
    st.tuples(st.sampled_from(OUTCOMES), st.booleans(), st.none() | st.floats(0, 600)),
    max_size=60,
)
Calls = Sequence[tuple[str, bool, float | None]]
DAY = date(2027, 6, 8)


def counted(calls: Calls) -> Tally:
    tally = Tally()
    for outcome, offered, wait_s in calls:
        in_time = outcome == "answered" and wait_s is not None and wait_s <= 30
        tally.count_call(outcome, offered, wait_s, in_time, DAY)
    return tally


def test_reachability_is_answered_out_of_offered() -> None:
    figures = counted([("answered", True, 10.0), ("missed", True, 90.0), ("answered", True, 31.0)]).figures()
    assert (figures.offered, figures.answered, figures.answered_in_time) == (3, 2, 1)
    assert figures.reachability == pytest.approx(2 / 3)
    assert figures.service_level == pytest.approx(1 / 3)
    assert figures.service_level_answered == pytest.approx(1 / 2)


def test_calls_that_do_not_count_change_nothing() -> None:
    tally = counted([("closed", False, 3.0), ("rejected", False, 0.0), ("abandoned", False, 2.0)])
    assert tally.figures().offered == 0
    assert tally.figures().reachability is None
    assert tally.uncounted == {"closed": 1, "rejected": 1, "abandoned": 1}


def test_without_calls_there_is_no_share() -> None:
    figures = Tally().figures()
    assert (figures.reachability, figures.low, figures.high, figures.wait_p50_s) == (None, None, None, None)


def test_below_ten_calls_a_school_gets_counts_alone() -> None:
    nine = [("answered", True, 10.0)] * 9
    assert counted(nine).figures(min_calls=10).reachability is None
    assert counted(nine).figures(min_calls=10).answered == 9
    assert counted([*nine, ("missed", True, 80.0)]).figures(min_calls=10).reachability == pytest.approx(0.9)


def test_the_median_wait_is_one_that_somebody_waited() -> None:
    assert percentile({100: 1, 200: 1, 900: 1}, 0.5) == 20.0
    assert percentile({100: 1, 200: 1, 900: 1}, 0.9) == 90.0
    assert percentile({}, 0.5) is None


def test_callbacks_are_counted_apart_from_calls() -> None:
    tally = Tally()
    tally.count_callback(in_time=True)
    tally.count_callback(in_time=False)
    assert (tally.figures().callbacks_due, tally.figures().callbacks_in_time, tally.figures().offered) == (2, 1, 0)


@given(CALLS)
def test_answered_and_not_answered_are_offered(calls: Calls) -> None:
    tally = counted(calls)
    assert sum(tally.outcomes.values()) == tally.offered
    assert tally.outcomes["answered"] == tally.answered
    assert tally.answered_in_time <= tally.answered <= tally.offered


@given(CALLS, CALLS)
def test_two_halves_make_the_whole(first: Calls, second: Calls) -> None:
    whole = counted([*first, *second])
    assert total([counted(first), counted(second)]).figures() == whole.figures()


@given(CALLS)
def test_stored_counts_give_the_same_figures(calls: Calls) -> None:
    tally = counted(calls)
    read = Tally()
    read.add_json([json.loads(json.dumps(tally.to_json()))], DAY)
    assert read.figures() == tally.figures()


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=50), st.floats(0.01, 1))
def test_at_least_the_share_waited_no_longer(waits: list[int], share: float) -> None:
    tally = counted([("missed", True, wait / 10) for wait in waits])
    found = percentile(tally.waits, share)
    assert found is not None
    assert sum(wait / 10 <= found for wait in waits) >= share * len(waits)
