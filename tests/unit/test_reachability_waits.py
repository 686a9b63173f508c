"""How long it takes to reach a person, when some callers give up."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from callcenter.reachability.waits import percentile, time_to_person, within

WAITS = st.lists(st.integers(0, 3000), max_size=40)


def test_the_example_of_kaplan_and_meier_by_hand() -> None:
    # 1 of 4 at 10 s: 75% left; one gives up; 1 of 2 at 30 s: 37.5% left; the last at 40 s.
    answered, gave_up = {100: 1, 300: 1, 400: 1}, {200: 1}
    assert time_to_person(answered, gave_up, 0.25) == 10.0
    assert time_to_person(answered, gave_up, 0.5) == 30.0
    assert time_to_person(answered, gave_up, 0.625) == 30.0
    assert time_to_person(answered, gave_up, 0.63) == 40.0


def test_a_line_that_fails_fast_is_not_fast() -> None:
    answered = {200: 5}
    assert time_to_person(answered, {}, 0.5) == 20.0
    assert time_to_person(answered, {0: 50}, 0.5) == 20.0
    assert percentile({200: 5, 0: 50}, 0.5) == 0.0


def test_nobody_is_reached_in_any_time_when_all_give_up_first() -> None:
    assert time_to_person({}, {50: 3}, 0.5) is None
    assert time_to_person({100: 1}, {200: 3}, 0.5) is None
    assert time_to_person({}, {}, 0.5) is None


def test_an_answer_and_a_caller_who_gives_up_at_the_same_moment() -> None:
    assert time_to_person({100: 1}, {100: 1}, 0.5) == 10.0


def test_answers_up_to_a_limit_are_counted() -> None:
    assert within({249: 1, 250: 1, 251: 1}, 25) == 2


@given(WAITS.filter(bool), st.floats(0.01, 1))
def test_when_nobody_gives_up_it_is_the_ordinary_percentile(waits: list[int], share: float) -> None:
    answered = Counter(waits)
    found, plain = time_to_person(answered, {}, share), percentile(answered, share)
    assert found is not None
    assert plain is not None
    assert sum(wait <= found * 10 for wait in waits) >= share * len(waits) - 1e-6


@given(WAITS, WAITS, st.floats(0.01, 0.99))
def test_callers_who_give_up_at_once_never_make_it_faster(answered: list[int], gone: list[int], share: float) -> None:
    before = time_to_person(Counter(answered), Counter(gone), share)
    after = time_to_person(Counter(answered), Counter([*gone, 0, 0]), share)
    # None: so many never reach a person.
    assert before == after or (before is not None and (after is None or after >= before))
