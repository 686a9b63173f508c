"""Who is asked the survey by text: after the talk or once the promise is over, never while something is still owed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.routing.survey import is_sampled
from callcenter.routing.survey_whom import ASK_WITHIN, QUIET_FOR, Help, way_to_ask

NOW = datetime(2027, 6, 8, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPEN = Help("open", NOW - 3 * HOUR, None, None, None, None, answered=False, under_way=False)
BROKEN = replace(OPEN, broken_at=NOW - HOUR)
UNREACHABLE = replace(OPEN, state="unreachable", closed_at=NOW - HOUR)
SPOKEN = replace(OPEN, state="reached", closed_at=NOW - HOUR, spoken_at=NOW - HOUR)


@pytest.mark.parametrize(
    ("help_", "way"),
    [
        (OPEN, None),
        (BROKEN, "text"),
        (UNREACHABLE, "text"),
        (replace(UNREACHABLE, state="cancelled", cancel_reason="dubbel"), "text"),
        (replace(UNREACHABLE, state="cancelled", cancel_reason="wrong_number"), None),
        (SPOKEN, "callback"),
        (replace(SPOKEN, spoken_at=None), "callback"),  # closed by hand
        (replace(OPEN, spoken_at=NOW - HOUR), "callback"),  # open until its message is heard
        (replace(UNREACHABLE, state="resolved"), None),
        (replace(BROKEN, answered=True), None),
        (replace(BROKEN, under_way=True), None),
        (replace(SPOKEN, under_way=True), None),
        (replace(BROKEN, left_at=NOW - timedelta(minutes=3)), None),  # rang again just now
        (replace(UNREACHABLE, closed_at=NOW - timedelta(minutes=3)), None),
        (replace(UNREACHABLE, closed_at=NOW - ASK_WITHIN - HOUR), None),
    ],
)
def test_each_life_of_a_callback_has_its_way(help_: Help, way: str | None) -> None:
    assert way_to_ask(help_, NOW) == way


@given(st.integers(0, 3600), st.booleans())
def test_nobody_is_asked_within_a_quarter_of_an_hour_of_hanging_up(since_s: int, is_closed: bool) -> None:
    left = NOW - timedelta(seconds=since_s)
    one = replace(OPEN, left_at=left, closed_at=left if is_closed else None, broken_at=left)
    assert (way_to_ask(one, NOW) == "text") == (timedelta(seconds=since_s) >= QUIET_FOR)


@pytest.mark.parametrize(("rate", "least", "most"), [(0, 0, 0), (1 / 3, 270, 400), (1, 1000, 1000)])
def test_the_rate_of_the_policy_is_the_share_that_is_asked(rate: float, least: int, most: int) -> None:
    assert least <= sum(is_sampled(f"CA{n:032}", rate) for n in range(1000)) <= most


def test_a_higher_rate_asks_everybody_whom_a_lower_one_asks() -> None:
    keys = [f"CA{n:032}" for n in range(300)]
    assert all(is_sampled(key, 0.5) for key in keys if is_sampled(key, 0.2))
