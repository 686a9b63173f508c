"""Consultants who come free are assigned to the caller who has waited longest."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from callcenter.routing.turn import WaitingCaller, assign_consultants, assigned_to_others

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)


def waiting(
    key: str, waited_s: float, may_ring: Sequence[str], preferred: str | None = None, places: int = 1
) -> WaitingCaller:
    return WaitingCaller(key, NOW - timedelta(seconds=waited_s), preferred, places, lambda: may_ring)


def test_whoever_comes_free_goes_to_the_caller_who_has_waited_longest() -> None:
    given_to = assign_consultants([waiting("young", 5, "A"), waiting("old", 30, "A")], 15, NOW)
    assert given_to == {"old": ["A"], "young": []}


def test_a_caller_whom_the_free_consultant_may_not_serve_is_passed_over() -> None:
    assert assign_consultants([waiting("young", 5, "AB"), waiting("old", 30, "B")], 15, NOW) == {
        "old": ["B"],
        "young": ["A"],
    }


def test_a_caller_with_no_place_left_takes_nobody() -> None:
    assert assign_consultants([waiting("young", 5, "A"), waiting("old", 30, "A", places=0)], 15, NOW)["young"] == ["A"]


def test_an_own_consultant_serves_the_own_school_first_while_nobody_waits_longer_than_that_tier() -> None:
    own, other = waiting("own", 2, "A", preferred="A"), waiting("other", 15, "A")
    assert assign_consultants([own, other], 15, NOW) == {"own": ["A"], "other": []}


def test_an_own_consultant_serves_whoever_has_waited_longer_than_that_tier() -> None:
    own, other = waiting("own", 2, "A", preferred="A"), waiting("other", 15.1, "A")
    assert assign_consultants([own, other], 15, NOW) == {"other": ["A"], "own": []}


def test_somebody_who_waits_long_for_others_does_not_take_an_own_consultant_away() -> None:
    own, other = waiting("own", 2, "A", preferred="A"), waiting("other", 60, "B")
    assert assign_consultants([own, other], 15, NOW)["own"] == ["A"]


def test_without_a_tier_of_own_consultants_the_longest_wait_decides() -> None:
    own, other = waiting("own", 2, "A", preferred="A"), waiting("other", 3, "A")
    assert assign_consultants([own, other], None, NOW) == {"other": ["A"], "own": []}


def test_nobody_is_owed_to_callers_who_came_later() -> None:
    assert assigned_to_others(waiting("me", 30, "AB", places=2), [waiting("later", 5, "AB")], 15, NOW) == frozenset()


def test_those_whom_earlier_callers_may_ring_are_owed_to_them() -> None:
    assert assigned_to_others(waiting("me", 5, "ABC"), [waiting("before", 30, "AB", places=1)], 15, NOW) == {"A"}


def test_a_later_caller_s_own_consultant_is_owed_to_that_caller_for_a_while() -> None:
    later = waiting("later", 2, "A", preferred="A")
    assert assigned_to_others(waiting("me", 10, "A"), [later], 15, NOW) == {"A"}
    assert assigned_to_others(waiting("me", 20, "A"), [later], 15, NOW) == frozenset()


CALLERS = st.lists(
    st.tuples(
        st.integers(0, 90), st.sets(st.sampled_from("ABCDE")), st.none() | st.sampled_from("ABCDE"), st.integers(0, 3)
    ),
    max_size=6,
)


@given(CALLERS, st.none() | st.integers(5, 60))
def test_nobody_is_given_twice_and_nobody_is_passed_over_for_a_later_caller(
    callers: list[tuple[int, set[str], str | None, int]], own_s: int | None
) -> None:
    everybody = [
        waiting(str(n), waited, sorted(may), preferred, places)
        for n, (waited, may, preferred, places) in enumerate(callers)
    ]
    given_to = assign_consultants(everybody, own_s, NOW)
    taken = [code for codes in given_to.values() for code in codes]
    assert len(taken) == len(set(taken))
    for caller in everybody:
        got = given_to[caller.key]
        assert len(got) <= caller.places
        assert set(got) <= set(caller.may_ring)
        if len(got) == caller.places:
            continue
        # A consultant who could serve this caller is assigned to one who has waited longer, or to the own caller.
        for other in everybody:
            for code in set(given_to[other.key]) & set(caller.may_ring):
                if other is not caller:
                    earlier = (other.since, other.key) < (caller.since, caller.key)
                    assert earlier or (other.preferred == code and own_s is not None)
    for code in {code for caller in everybody for code in caller.may_ring}:
        if code not in taken:
            # A free consultant is unassigned only if no caller whom he or she may serve has a place left.
            assert not [c for c in everybody if code in c.may_ring and len(given_to[c.key]) < c.places]


def test_a_caller_takes_the_own_consultant_before_others_who_are_ranked_higher() -> None:
    own, other = waiting("own", 2, "AB", preferred="B"), waiting("later", 1, "AB")
    assert assign_consultants([own, other], 15, NOW) == {"own": ["B"], "later": ["A"]}


def test_the_first_of_two_callers_with_one_own_consultant_is_served() -> None:
    first, second = waiting("first", 4, "A", preferred="A"), waiting("second", 2, "A", preferred="A")
    assert assign_consultants([second, first], 15, NOW) == {"first": ["A"], "second": []}


def test_an_own_consultant_who_may_not_be_rung_for_the_own_caller_serves_others() -> None:
    own, other = waiting("own", 4, "B", preferred="A"), waiting("other", 2, "A")
    assert assign_consultants([own, other], 15, NOW) == {"own": ["B"], "other": ["A"]}


def test_an_own_consultant_serves_others_while_the_own_caller_has_no_place_left() -> None:
    own, other = waiting("own", 4, "A", preferred="A", places=0), waiting("other", 2, "A")
    assert assign_consultants([own, other], 15, NOW) == {"own": [], "other": ["A"]}
