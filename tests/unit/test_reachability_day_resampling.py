"""How far a share of several days can be trusted."""

from datetime import date, timedelta
from random import Random

from callcenter.reachability import wilson
from callcenter.reachability.day_resampling import MIN_DAYS, Counts, dispersion, interval

MONDAY = date(2027, 5, 3)


def days(*counts: Counts) -> dict[date, Counts]:
    return {MONDAY + timedelta(days=index): one for index, one in enumerate(counts)}


def test_days_that_differ_more_than_chance_widen_the_interval() -> None:
    uneven = days((90, 100), (50, 100), (95, 100), (60, 100), (92, 100), (55, 100))
    low, high, kind = interval(uneven) or (0, 0, "")
    narrow = wilson.interval(442, 600)
    assert kind == "days"
    assert narrow is not None
    assert high - low > 2 * (narrow[1] - narrow[0])
    assert low < 442 / 600 < high


def test_days_that_differ_by_chance_keep_wilsons_interval() -> None:
    even = days(*[(80, 100)] * 8)
    assert interval(even) == (*(wilson.interval(640, 800) or ()), "calls")


def test_too_few_days_keep_wilsons_interval() -> None:
    few = days(*[(9, 10), (1, 10)] * (MIN_DAYS // 2))
    assert len(few) < MIN_DAYS
    assert (interval(few) or (0, 0, ""))[2] == "calls"


def test_without_calls_there_is_no_interval() -> None:
    assert interval({}) is None
    assert interval(days((0, 0), (0, 0))) is None


def test_the_same_days_give_the_same_interval_in_any_order() -> None:
    uneven = days((90, 100), (50, 100), (95, 100), (60, 100), (92, 100), (55, 100))
    assert interval(dict(reversed(uneven.items()))) == interval(uneven)


def test_independent_calls_have_a_dispersion_of_about_one() -> None:
    chance = Random(4)
    counts = [(sum(chance.random() < 0.8 for _ in range(60)), 60) for _ in range(200)]
    found = dispersion(counts)
    assert found is not None
    assert 0.8 < found < 1.2
    assert dispersion([(10, 10), (12, 12)]) is None


def test_the_interval_holds_the_truth_in_about_nineteen_of_twenty_offices() -> None:
    chance, held = Random(11), 0
    for _ in range(200):
        shares = [min(1.0, max(0.0, chance.gauss(0.8, 0.1))) for _ in range(28)]
        counts = [(sum(chance.random() < share for _ in range(30)), 30) for share in shares]
        low, high, _ = interval(days(*counts)) or (0, 0, "")
        held += low <= 0.7965 <= high  # the mean of that normal distribution, cut off at 0 and 1
    assert 0.88 <= held / 200 <= 0.99
