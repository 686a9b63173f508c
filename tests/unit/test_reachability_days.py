"""Instants fall into the right bucket of the right local day."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from callcenter.reachability.days import By, Slot, day_start, half_hour_of, slot_of

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("instant", "by", "start"),
    [
        ("2027-06-08T08:40:00+00:00", "hour", "2027-06-08T08:00:00+00:00"),
        ("2027-06-08T22:30:00+00:00", "day", "2027-06-08T22:00:00+00:00"),
        ("2027-06-08T08:40:00+00:00", "week", "2027-06-06T22:00:00+00:00"),
        # The last Sunday of March has 23 hours, that of October 25.
        ("2027-03-28T12:00:00+00:00", "day", "2027-03-27T23:00:00+00:00"),
        ("2027-10-31T22:30:00+00:00", "day", "2027-10-30T22:00:00+00:00"),
        # The hour that occurs twice is one bucket.
        ("2027-10-31T00:30:00+00:00", "hour", "2027-10-31T00:00:00+00:00"),
        ("2027-10-31T01:30:00+00:00", "hour", "2027-10-31T00:00:00+00:00"),
        # ISO week 53 of 2026 runs into January.
        ("2027-01-03T12:00:00+00:00", "week", "2026-12-27T23:00:00+00:00"),
    ],
)
def test_a_bucket_begins_on_the_wall_clock_of_the_office(instant: str, by: By, start: str) -> None:
    slot = slot_of(AMSTERDAM, datetime.fromisoformat(instant), by)
    assert slot.start(AMSTERDAM) == datetime.fromisoformat(start)


def test_a_local_day_begins_at_its_own_midnight() -> None:
    assert day_start(AMSTERDAM, date(2027, 6, 8)) == datetime(2027, 6, 7, 22, tzinfo=UTC)
    assert Slot(date(2027, 6, 8)).start(AMSTERDAM) == day_start(AMSTERDAM, date(2027, 6, 8))


def test_a_half_hour_that_the_clock_repeats_is_two() -> None:
    first, second = (datetime.fromisoformat(f"2027-10-31T02:40:00{offset}") for offset in ("+02:00", "+01:00"))
    assert half_hour_of(first) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert half_hour_of(second) == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
