"""Times, durations and shares are written as Dutch and English readers expect."""

from datetime import UTC, date, datetime, timedelta

import pytest

from callcenter.web import formats

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)


def test_times_are_amsterdams() -> None:
    at = datetime(2027, 1, 8, 13, 30, tzinfo=UTC)
    assert formats.time(at, "nl") == "14.30 uur"
    assert formats.time(at, "en") == "14:30"
    assert formats.clock_s(at, "nl") == "14.30.00"


def test_days_are_short_and_near_ones_have_a_name() -> None:
    assert formats.day(date(2027, 6, 8), "nl") == "di 8 juni"
    assert formats.day(date(2027, 6, 8), "en") == "Tue 8 June"
    assert formats.moment(NOW + timedelta(hours=22, minutes=30), NOW, "nl") == "morgen 8.30 uur"
    assert formats.moment(NOW + timedelta(hours=1), NOW, "nl") == "11.00 uur"
    assert formats.moment(NOW - timedelta(days=4), NOW, "nl") == "vr 4 juni 10.00 uur"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (38.4, "38 s"),
        (60, "1 min"),
        (80, "1 min 20 s"),
        (3600, "1 u"),
        (7500, "2 u 5 min"),
        (86400, "1 dag"),
        (260000, "3 dagen"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float, text: str) -> None:
    assert formats.span(seconds, "nl") == text


def test_what_runs_is_shown_as_a_stopwatch() -> None:
    assert [formats.running(n) for n in (-1, 38, 192, 3765)] == ["0:00", "0:38", "3:12", "1:02:45"]


def test_relative_times_are_rounded_to_the_minute() -> None:
    assert formats.relative(NOW + timedelta(minutes=25, seconds=40), NOW, "nl") == "over 25 min"
    assert formats.relative(NOW - timedelta(minutes=18), NOW, "nl") == "18 min geleden"
    assert formats.relative(NOW + timedelta(seconds=20), NOW, "nl") == "nu"
    assert formats.relative(NOW + timedelta(days=2, hours=3), NOW, "en") == "in 2 days"


def test_under_ten_calls_a_share_is_a_count_alone() -> None:
    assert formats.share(7, 9, "nl") == "7 van 9"
    assert formats.share(52, 62, "nl") == "84%"
    assert formats.share(0, 0, "nl") == "–"
