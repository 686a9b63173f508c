"""Shifts are right to the minute across clock changes, nights and the turn of the year."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from callcenter.rota.duty import duty, timeline
from callcenter.rota.reading.files import read_files
from tests.support.rota_files import (
    ALWAYS_OPEN,
    NOW,
    a_rota,
    day_of,
    files,
    hours,
    local,
    local_hours,
    minutes,
    on_duty,
    policy,
    reports,
    utc,
)

ROUND_THE_CLOCK = policy(ALWAYS_OPEN)


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2027-03-26", "08:00Z-16:00Z"), ("2027-03-30", "07:00Z-15:00Z"), ("2027-10-29", "07:00Z-15:00Z")],
)
def test_nine_to_five_is_nine_to_five_on_the_wall_all_year(day: str, expected: str) -> None:
    rota = a_rota("A;mon-fri;09:00;17:00")
    assert hours(rota, "A", day) == [expected]
    assert local_hours(rota, "A", day) == ["09:00-17:00"]
    assert minutes(rota, "A", day) == 480


@pytest.mark.parametrize(
    ("start_day", "expected", "length"),
    [("2027-03-27", "21:00Z-04:00Z", 420), ("2027-10-30", "20:00Z-05:00Z", 540), ("2027-06-05", "20:00Z-04:00Z", 480)],
)
def test_a_night_shift_lasts_as_long_as_the_night_really_is(start_day: str, expected: str, length: int) -> None:
    rota = a_rota("A;sat;22:00;06:00;;;;;;yes", policy_text=ROUND_THE_CLOCK)
    assert hours(rota, "A", start_day, days=2) == [expected]
    assert minutes(rota, "A", start_day, days=2) == length


@pytest.mark.parametrize(
    ("window", "day", "expected"),
    [
        ("02:15;02:45", "2027-03-28", []),
        ("02:00;03:00", "2027-03-28", []),
        ("01:30;02:30", "2027-03-28", ["00:30Z-01:00Z"]),
        ("02:30;04:00", "2027-03-28", ["01:00Z-02:00Z"]),
        ("02:15;02:45", "2027-10-31", ["00:15Z-01:45Z"]),
        ("02:15;02:45", "2026-10-25", ["00:15Z-01:45Z"]),
        ("02:00;03:00", "2027-10-31", ["00:00Z-02:00Z"]),
        ("01:00;02:00", "2027-10-31", ["23:00Z-01:00Z"]),  # 02:00 occurs twice; an end is the later one
        ("02:15;02:45", "2028-03-26", []),
        ("02:15;02:45", "2028-10-29", ["00:15Z-01:45Z"]),
        ("02:00;03:00", "2029-10-28", ["00:00Z-02:00Z"]),
        ("02:30;04:00", "2030-03-31", ["01:00Z-02:00Z"]),
        ("01:30;02:30", "2031-03-30", ["00:30Z-01:00Z"]),
    ],
)
def test_a_window_in_the_changed_hour_is_cut_or_stretched_never_moved(
    window: str, day: str, expected: list[str]
) -> None:
    rota = a_rota(f"A;sun;{window}", policy_text=ROUND_THE_CLOCK)
    assert hours(rota, "A", day) == expected


def test_opening_hours_follow_the_same_clock() -> None:
    rota = a_rota("A;sun;00:00;24:00", policy_text=policy('sun = ["02:15-02:45"]'))
    assert hours(rota, "A", "2027-03-28") == []
    assert hours(rota, "A", "2027-10-31") == ["00:15Z-01:45Z"]


def test_a_hand_over_in_the_repeated_hour_overlaps_and_leaves_no_gap() -> None:
    rota = a_rota("P;sun;00:00;02:30", "Q;sun;02:30;05:00", policy_text=ROUND_THE_CLOCK)
    assert hours(rota, "P", "2027-10-31") == ["22:00Z-01:30Z"]
    assert hours(rota, "Q", "2027-10-31") == ["00:30Z-04:00Z"]


def test_a_hand_over_in_the_skipped_hour_is_at_the_jump() -> None:
    rota = a_rota("P;sun;00:00;02:30", "Q;sun;02:30;05:00", policy_text=ROUND_THE_CLOCK)
    assert hours(rota, "P", "2027-03-28") == ["23:00Z-01:00Z"]
    assert hours(rota, "Q", "2027-03-28") == ["01:00Z-03:00Z"]


@pytest.mark.parametrize(("day", "length"), [("2027-03-28", 1380), ("2027-10-31", 1500), ("2027-06-06", 1440)])
def test_a_whole_local_day_has_the_minutes_it_has(day: str, length: int) -> None:
    rota = a_rota("A;mon-sun;00:00;24:00", policy_text=ROUND_THE_CLOCK)
    assert minutes(rota, "A", day) == length


@pytest.mark.parametrize(("monday", "length"), [("2027-03-22", 167), ("2027-10-25", 169), ("2027-06-07", 168)])
def test_a_week_from_monday_to_monday_counts_the_changed_hour(monday: str, length: int) -> None:
    rota = a_rota("A;mon-sun;00:00;24:00", policy_text=ROUND_THE_CLOCK)
    assert minutes(rota, "A", monday, days=7) == length * 60


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("28-03-2027 02:30", "moment_missing"),
        ("31-10-2027 02:30", "moment_twice"),
        ("2027-10-31 02:00", "moment_twice"),
    ],
)
def test_a_typed_moment_that_does_not_exist_or_exists_twice_is_refused(moment: str, code: str) -> None:
    result = read_files(files(["A;mon;09:00;17:00"], [f"leave;A;{moment};01-11-2027"]), NOW)
    assert reports(result) == [f"exceptions.csv:2: {code}"]


def test_moments_beside_the_changed_hour_are_accepted() -> None:
    rota = a_rota(
        "A;mon-sun;00:00;24:00",
        exceptions=["leave;A;28-03-2027 01:59;28-03-2027 03:00", "leave;A;31-10-2027 01:59;31-10-2027 03:00"],
        policy_text=ROUND_THE_CLOCK,
    )
    assert hours(rota, "A", "2027-03-28") == ["23:00Z-00:59Z", "01:00Z-22:00Z"]
    assert hours(rota, "A", "2027-10-31") == ["22:00Z-23:59Z", "02:00Z-23:00Z"]


def test_a_night_rule_belongs_to_the_day_it_starts_on() -> None:
    rota = a_rota("A;mon-fri;20:00;08:00;;;;;;yes", policy_text=ROUND_THE_CLOCK)
    assert on_duty(rota, "2027-06-05 07:00") == ["A"]  # Saturday morning, from Friday
    assert on_duty(rota, "2027-06-07 07:00") == []  # Monday morning, from Sunday
    assert on_duty(rota, "2027-06-05 20:00") == []


def test_validity_of_a_night_shift_is_that_of_its_start_day() -> None:
    rota = a_rota("A;fri;22:00;06:00;;;2027-06-04;2027-06-04;;yes", policy_text=ROUND_THE_CLOCK)
    assert hours(rota, "A", "2027-06-04", days=2) == ["20:00Z-04:00Z"]
    assert minutes(rota, "A", "2027-06-11", days=2) == 0


def test_the_start_counts_and_the_end_does_not() -> None:
    rota = a_rota("A;mon-fri;09:00;17:00", policy_text=ROUND_THE_CLOCK)
    at = [local(f"2027-06-08 {t}") for t in ("08:59:59", "09:00:00", "16:59:59", "17:00:00")]
    assert [bool(duty(rota, t)) for t in at] == [False, True, True, False]


def test_touching_rows_are_one_interval() -> None:
    rota = a_rota("A;mon;09:00;12:00", "A;mon;12:00;17:00")
    assert local_hours(rota, "A", "2027-06-07") == ["09:00-17:00"]
    assert on_duty(rota, "2027-06-07 12:00") == ["A"]


def test_until_is_the_end_of_the_unbroken_duty_over_midnight() -> None:
    rota = a_rota("A;mon;20:00;24:00", "A;tue;00:00;04:00", "A;tue;04:00;05:00", policy_text=ROUND_THE_CLOCK)
    (person,) = duty(rota, local("2027-06-07 21:00"))
    assert person.until == local("2027-06-08 05:00")


def test_lunch_ends_an_unbroken_duty() -> None:
    rota = a_rota("A;mon;08:30;17:00", policy_text=policy('mon = ["08:30-12:00", "13:00-17:00"]'))
    (person,) = duty(rota, local("2027-06-07 09:00"))
    assert person.until == local("2027-06-07 12:00")


@pytest.mark.parametrize(
    ("day", "on"),
    [
        ("2026-11-23", True),
        ("2026-12-07", True),
        ("2026-12-21", True),
        ("2027-01-04", True),
        ("2027-01-18", True),
        ("2026-12-28", False),
        ("2027-01-11", False),
        ("2026-11-16", False),
        ("2026-11-09", True),
        ("2032-12-27", True),
        ("2033-01-03", False),
    ],
)
def test_every_other_week_counts_weeks_not_week_numbers(day: str, on: bool) -> None:
    rota = a_rota("A;mon;09:00;17:00;2;2026-11-23", policy_text=ROUND_THE_CLOCK)
    assert bool(minutes(rota, "A", day)) is on


def test_three_people_take_turns_over_the_turn_of_the_year() -> None:
    rota = a_rota(
        "P;mon-fri;09:00;17:00;3;2026-11-23",
        "Q;mon-fri;09:00;17:00;3;2026-11-30",
        "R;mon-fri;09:00;17:00;3;2026-12-07",
    )
    assert on_duty(rota, "2026-12-28 10:00") == ["R"]
    assert on_duty(rota, "2027-01-04 10:00") == ["P"]


def test_the_host_s_own_zone_changes_nothing() -> None:
    program = (
        "from tests.support.rota_files import *\n"
        "r = a_rota('A;sat;22:00;06:00;;;;;;yes', policy_text=policy(ALWAYS_OPEN))\n"
        "print(hours(r, 'A', '2027-03-27', days=2), on_duty(r, '2027-03-28 05:59'))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=True
        ).stdout
        for zone in ("UTC", "Asia/Tokyo", "America/Chicago")
    }
    assert said == {"['21:00Z-04:00Z'] ['A']\n"}


def test_a_part_of_a_minute_is_cut_exactly() -> None:
    rota = a_rota("A;mon;09:00;17:00")
    start, _ = day_of(rota, "2027-06-07")
    a = start + timedelta(hours=10, seconds=7.25)
    (found,) = timeline(rota, a, a + timedelta(seconds=30))
    assert (found.start, found.end) == (a, a + timedelta(seconds=30))


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        duty(a_rota("A;mon;09:00;17:00"), utc("2027-06-07 09:00").replace(tzinfo=None))


def test_a_duty_that_never_ends_is_followed_without_compiling_every_day_on_its_way() -> None:
    at = utc("2027-06-08 08:00")
    rota = a_rota("A;mon-sun;00:00;24:00", "B;tue;09:00;24:00", "B;wed;00:00;12:00", policy_text=ROUND_THE_CLOCK)
    endless, till_noon = duty(rota, at)
    assert endless.until - at > timedelta(days=180)  # until the first holiday
    assert till_noon.until == utc("2027-06-09 10:00")
    assert sum(key[0] == "day" for key in rota.cache) == 1
