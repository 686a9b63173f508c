"""A row that says it was stored in the future becomes one that was stored now."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from callcenter.clock import STEP_TOLERANCE, lies_ahead
from callcenter.storage.clock_steps import Watched, moved_back
from callcenter.storage.records import JobRun

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
LEASE = timedelta(minutes=10)
# Stands for any table: the names are all that counts here.
ORDER = Watched(JobRun, past=("made", "tried"), ends=("due", "ends"), longest={"lease": LEASE})
NAMES = ("made", "tried", "due", "ends", "lease")

instants = st.none() | st.integers(-200_000, 200_000).map(lambda seconds: NOW + timedelta(seconds=seconds))
rows = st.fixed_dictionaries(dict.fromkeys(NAMES, instants))


def at(**seconds: float) -> dict[str, datetime]:
    """A row with these instants, in seconds from now."""
    return {name: NOW + timedelta(seconds=value) for name, value in seconds.items()}


def brought(row: Mapping[str, datetime]) -> dict[str, datetime]:
    complete = dict.fromkeys(NAMES) | dict(row)
    return moved_back(complete, ORDER, NOW)


def test_what_was_made_tomorrow_is_made_now_and_lasts_as_long_as_before() -> None:
    assert brought(at(made=86_400, due=86_410, ends=90_000)) == at(made=0, due=10, ends=3_600)


def test_what_was_made_in_the_past_stays_however_far_ahead_it_is_due() -> None:
    assert brought(at(made=-5, due=86_400, ends=864_000)) == {}


def test_clocks_that_differ_by_a_minute_are_right() -> None:
    assert brought(at(made=60, due=70)) == {}
    assert brought(at(made=61, due=71)) == at(made=0, due=10)


def test_a_lease_longer_than_any_is_one_of_a_wrong_clock() -> None:
    assert brought(at(made=-5, lease=660)) == {}
    assert brought(at(made=-5, lease=3_600, due=3_500)) == at(lease=600, due=500)


def test_what_was_stored_before_the_clock_ran_ahead_stays() -> None:
    assert brought(at(made=-600, tried=3_600, due=3_630)) == at(tried=0, due=30)


@given(rows)
def test_once_moved_back_nothing_lies_ahead_and_nothing_changes_again(row: dict[str, datetime | None]) -> None:
    moved = row | moved_back(row, ORDER, NOW)
    assert not any(lies_ahead(at, NOW) for name in ("made", "tried") if (at := moved[name]) is not None)
    assert moved_back(moved, ORDER, NOW) == {}


@given(rows)
def test_nothing_moves_forward_and_nothing_of_the_past_moves(row: dict[str, datetime | None]) -> None:
    for name, later in moved_back(row, ORDER, NOW).items():
        before = row[name]
        assert before is not None
        assert later < before
        assert before > NOW + STEP_TOLERANCE
