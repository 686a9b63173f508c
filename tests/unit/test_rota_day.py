"""One day of the rota: how many are planned at each moment, who is absent, who could fill a gap, and the bars."""

from datetime import date, datetime

from callcenter.rota.absences import absences
from callcenter.rota.coverage import coverage, fewest
from callcenter.rota.fill import could_fill
from callcenter.web.day_strip import day_strip
from tests.support.rota_files import ALWAYS_OPEN, a_rota, day_of, local, policy

MONDAY = "2027-06-07"


def at(time: str) -> datetime:
    """A local time of that Monday."""
    return local(f"{MONDAY} {time}")


def test_a_gap_between_two_half_hours_is_seen() -> None:
    rota = a_rota("A;mon;08:30;12:05", "A;mon;12:25;17:00", "B;mon;08:30;17:00")
    found = [(one.start, one.end, one.planned) for one in coverage(rota, *day_of(rota, MONDAY))]
    assert found == [
        (at("08:30"), at("12:05"), 2),
        (at("12:05"), at("12:25"), 1),
        (at("12:25"), at("17:00"), 2),
    ]
    assert fewest(rota, *day_of(rota, MONDAY)) == 1
    assert fewest(rota, *day_of(rota, "2027-06-06")) is None


def test_absent_is_who_would_have_been_on_duty() -> None:
    rota = a_rota(
        *("A;mon;08:30;17:00", "B;tue;08:30;17:00", "C;mon;08:30;12:00", "P;mon;09:00;13:00"),
        exceptions=(
            "sick;A;07-06-2027 12:00;11-06-2027",
            "sick;B;07-06-2027;07-06-2027",
            "leave;C;07-06-2027;07-06-2027",
            "sick;C;07-06-2027 10:00;07-06-2027",
        ),
    )
    found = [(one.consultant, one.kind, one.start, one.end) for one in absences(rota, *day_of(rota, MONDAY))]
    assert found == [
        ("C", "leave", at("08:30"), at("10:00")),
        ("C", "sick", at("10:00"), at("12:00")),
        ("A", "sick", at("12:00"), at("17:00")),
    ]


def test_who_works_next_to_a_gap_could_fill_it() -> None:
    rota = a_rota(
        *("A;mon;08:30;12:00", "B;mon;08:30;11:30", "C;mon;12:45;17:00", "P;mon;08:30;10:00"),
        *("Q;mon;08:30;12:00", "R;mon;12:00;17:00"),
        exceptions=("sick;Q;07-06-2027 12:00;07-06-2027", "leave;R;07-06-2027;07-06-2027"),
    )
    found = [(one.consultant, one.until, one.since) for one in could_fill(rota, at("12:00"), at("12:45"))]
    assert found == [("A", at("12:00"), None), ("C", None, at("12:45")), ("B", at("11:30"), None)]


def test_the_strip_has_a_bar_for_each_stretch_on_one_axis() -> None:
    rota = a_rota(
        *("A;mon;08:30;12:15", "A;mon;12:45;17:00", "B;mon;08:30;17:00;;;;;backup"),
        exceptions=("sick;A;07-06-2027 14:00;07-06-2027",),
    )
    strip = day_strip(rota, date.fromisoformat(MONDAY), at("12:30"), marked=12)
    assert strip is not None
    assert [person.code for person in strip.people] == ["A", "B"]
    assert [(bar.kind, bar.at, round(bar.at + bar.width, 1)) for bar in strip.people[0].bars] == [
        ("line", 5.56, 47.2),  # from 8 until 17 o'clock: 8.30 is a half of nine hours
        ("line", 52.78, 66.7),
        ("sick", 66.67, 100.0),
    ]
    assert strip.now == 50.0
    assert strip.marked == (44.44, 11.11)
    assert [hour for hour, _ in strip.hours] == [str(hour) for hour in range(8, 18)]
    assert strip.gaps[0] == (47.22, 5.56)


def test_a_closed_day_has_no_strip_and_another_day_no_present_moment() -> None:
    rota = a_rota("A;mon;08:30;17:00")
    assert day_strip(rota, date(2027, 6, 6), at("12:30")) is None
    strip = day_strip(rota, date(2027, 6, 14), at("12:30"))
    assert strip is not None
    assert strip.now is None


def test_the_hours_of_a_day_with_a_clock_change_are_those_on_the_clock() -> None:
    rota = a_rota("A;sun;00:00;06:00", policy_text=policy(ALWAYS_OPEN))
    strip = day_strip(rota, date(2027, 10, 31), at("12:30"))
    assert strip is not None
    assert [hour for hour, _ in strip.hours][:5] == ["0", "1", "2", "2", "3"]
    assert strip.hours[-1][1] == 100.0
