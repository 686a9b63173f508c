"""When a call is not put through: after too many that nobody answered, and never because others were answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.rota.model import Limits
from callcenter.routing.limits import Limit, Recent, limit_reached

LIMITS = Limits()


@pytest.mark.parametrize(
    ("unanswered", "waiting", "legs", "withheld", "known", "limit"),
    [
        (5, 7, 0, False, False, None),
        (6, 0, 0, False, False, "number"),
        (6, 7, 0, False, True, None),
        (29, 7, 0, False, True, None),
        (30, 0, 0, False, True, "contact"),
        (19, 3, 0, True, False, None),
        (20, 0, 0, True, False, "withheld"),
        (0, 4, 0, True, False, "withheld_at_once"),
        (19, 3, 19_999, True, False, None),
        (0, 0, 20_000, False, True, "colleagues"),
        (99, 99, 20_000, True, False, "colleagues"),
    ],
)
def test_a_call_is_held_back_at_the_limit(
    unanswered: int, waiting: int, legs: int, withheld: bool, known: bool, limit: Limit | None
) -> None:
    assert limit_reached(Recent(unanswered, waiting, legs), LIMITS, withheld=withheld, known=known) == limit


counts = st.integers(0, 50)
limits = st.builds(Limits, *[st.integers(1, 40)] * 8)


@given(counts, counts, counts, limits, st.booleans(), st.booleans())
def test_fewer_calls_are_never_held_back_when_more_are_not(
    unanswered: int, waiting: int, legs: int, chosen: Limits, withheld: bool, known: bool
) -> None:
    def held(recent: Recent) -> bool:
        return limit_reached(recent, chosen, withheld=withheld, known=known) is not None

    recent = Recent(unanswered, waiting, legs)
    fewer = Recent(unanswered // 2, waiting // 2, legs // 2)
    assert not held(fewer) or held(recent)


@given(counts, counts, limits)
def test_a_caller_without_an_unanswered_call_is_put_through_however_many_wait(
    waiting: int, legs: int, chosen: Limits
) -> None:
    for known in (False, True):
        limit = limit_reached(Recent(0, waiting, legs), chosen, withheld=False, known=known)
        assert limit == ("colleagues" if legs >= chosen.colleagues_rung else None)
