"""The duty of a consultant at an instant and its end, at the borders of shifts, local days and clock changes."""

import pytest

from callcenter.rota.duty import day_end, duty, gaps, last_planned_end, present, timeline
from callcenter.rota.model import Gaps
from tests.support.rota_files import ALWAYS_OPEN, a_rota, local, policy

OFFICE = a_rota("A;mon-fri;09:00;17:00", "P;mon-fri;09:00;17:00;;;;;backup")
BY_NIGHT = a_rota(
    "A;tue;22:00;06:00;;;;;line;yes",
    "P;tue;23:00;05:00;;;;;backup;yes",
    policy_text=policy(ALWAYS_OPEN),
)
TUESDAY_EVENING = local("2027-06-08 23:30")


@pytest.mark.parametrize(
    ("moment", "codes"),
    [("08:59", []), ("09:00", ["A", "P"]), ("16:59", ["A", "P"]), ("17:00", [])],
)
def test_a_shift_holds_its_first_minute_and_not_its_end(moment: str, codes: list[str]) -> None:
    at = local(f"2027-06-08 {moment}")
    assert [person.consultant for person in present(OFFICE, at)] == codes
    assert [person.consultant for person in duty(OFFICE, at)] == codes


def test_everybody_on_duty_has_a_role_and_an_end() -> None:
    at, end = local("2027-06-08 10:00"), local("2027-06-08 17:00")
    assert [(d.consultant, d.role, d.until) for d in duty(OFFICE, at)] == [("A", "line", end), ("P", "backup", end)]
    assert [(d.consultant, d.role, d.until) for d in present(OFFICE, at)] == [("A", "line", end), ("P", "backup", end)]


def test_a_duty_by_night_ends_in_the_morning_and_for_who_asks_at_once_at_midnight() -> None:
    morning = {"A": local("2027-06-09 06:00"), "P": local("2027-06-09 05:00")}
    assert {d.consultant: d.until for d in duty(BY_NIGHT, TUESDAY_EVENING)} == morning
    assert {d.until for d in present(BY_NIGHT, TUESDAY_EVENING)} == {local("2027-06-09 00:00")}
    assert last_planned_end(BY_NIGHT, "A", TUESDAY_EVENING) == morning["A"]
    assert last_planned_end(BY_NIGHT, "P", TUESDAY_EVENING) == morning["P"]


def test_the_local_day_counts_where_utc_still_has_the_day_before() -> None:
    just_after_midnight = local("2027-06-09 00:30")  # 22.30 UTC on the day before
    assert [d.consultant for d in present(BY_NIGHT, just_after_midnight)] == ["A", "P"]
    assert {d.until for d in present(BY_NIGHT, just_after_midnight)} == {
        local("2027-06-09 06:00"),
        local("2027-06-09 05:00"),
    }
    assert day_end(OFFICE, just_after_midnight) == local("2027-06-10 00:00")
    assert last_planned_end(OFFICE, "A", just_after_midnight) == local("2027-06-09 17:00")


def test_no_time_at_all_has_neither_duty_nor_gaps() -> None:
    at = local("2027-06-08 10:00")
    assert timeline(OFFICE, at, at) == ()
    assert gaps(OFFICE, at, at) == Gaps((), None)
    assert gaps(OFFICE, at, local("2027-06-08 09:00")) == Gaps((), None)
