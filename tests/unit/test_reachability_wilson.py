"""The Wilson interval matches published values and contains the counted share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.reachability.wilson import interval


# Newcombe (1998), "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, table I,
# method 3: Wilson's score interval.
@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_it_gives_the_published_values(successes: int, n: int, low: float, high: float) -> None:
    found = interval(successes, n)
    assert found is not None
    assert found == pytest.approx((low, high), abs=5e-5)


def test_nothing_counted_has_no_interval() -> None:
    assert interval(0, 0) is None


@pytest.mark.parametrize(("successes", "n"), [(-1, 3), (4, 3), (1, 0)])
def test_more_successes_than_trials_are_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        interval(successes, n)


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_it_lies_within_0_and_1_around_the_share(counted: tuple[int, int]) -> None:
    found = interval(*counted)
    assert found is not None
    low, high = found
    assert 0 <= low <= counted[0] / counted[1] <= high <= 1
    assert low < high


@given(st.integers(1, 1000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_ten_times_as_many_calls_make_it_narrower(counted: tuple[int, int]) -> None:
    few, many = interval(*counted), interval(counted[0] * 10, counted[1] * 10)
    assert few is not None
    assert many is not None
    assert many[1] - many[0] < few[1] - few[0]
