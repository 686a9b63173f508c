"""The demo chooses the day that it simulates, depending on when it is started."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from callcenter.demo.days import demo_period, next_open_day, open_day
from callcenter.demo.fixtures import demo_rota
from callcenter.rota.hours import is_open
from callcenter.rota.model import Rota

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.fixture(scope="module")
def rota() -> Rota:
    return demo_rota(datetime(2026, 11, 24, 6, tzinfo=UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).astimezone(UTC)


@pytest.mark.parametrize("now", ["2026-11-24 08:45", "2026-11-24 11:00", "2026-11-24 16:10", "2026-11-23 12:20"])
def test_while_the_line_is_open_the_demo_lives_in_the_present(rota: Rota, now: str) -> None:
    found = demo_period(rota, at(now), 5)

    assert found.live_from == at(now)
    assert found.live_day.day == date.fromisoformat(now[:10])


@pytest.mark.parametrize(
    ("now", "shows"),
    [
        ("2026-11-24 07:02", "2026-11-23 10:00"),  # before opening: yesterday
        ("2026-11-24 08:35", "2026-11-23 10:00"),  # just opened: there would be little to see
        ("2026-11-24 16:30", "2026-11-24 10:00"),  # about to close: the same day, from an earlier hour
        ("2026-11-24 23:59", "2026-11-24 10:00"),
        ("2026-11-28 14:00", "2026-11-27 10:00"),  # a Saturday: Friday
        ("2026-11-23 03:00", "2026-11-20 10:00"),  # the night to Monday: Friday
        ("2026-12-25 11:00", "2026-12-24 10:00"),  # Christmas
    ],
)
def test_at_other_hours_it_stands_at_mid_morning_of_the_last_working_day(rota: Rota, now: str, shows: str) -> None:
    found = demo_period(rota, at(now), 1)

    assert found.live_from == at(shows)
    assert is_open(rota, found.live_from)


@pytest.mark.parametrize("hours", range(0, 24 * 40, 31))
@pytest.mark.parametrize("days", [1, 5])
def test_so_many_working_days_lie_before_the_live_one(rota: Rota, hours: int, days: int) -> None:
    now = at("2026-12-01 00:00") + timedelta(hours=hours)

    found = demo_period(rota, now, days)

    assert len(found.past) == days
    whole = [*found.past, found.live_day]
    assert [one.day for one in whole] == sorted({one.day for one in whole})
    assert found.starts_at < whole[0].opens_at
    assert found.live_from <= now
    for earlier, later in pairwise(whole):
        assert next_open_day(rota, earlier.day) == later


def test_a_weekend_and_a_holiday_are_no_working_days(rota: Rota) -> None:
    assert open_day(rota, date(2026, 11, 28)) is None
    assert open_day(rota, date(2026, 12, 25)) is None
    assert open_day(rota, date(2026, 11, 27)) is not None
