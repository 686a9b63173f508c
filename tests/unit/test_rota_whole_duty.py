"""Shifts are shown whole: from their own start to their own end, wherever a page or a calendar begins to look."""

from datetime import datetime, timedelta

import icalendar
import pytest

from callcenter.rota.show.ics import feed
from callcenter.rota.whole_duty import whole_duty
from tests.support.rota_files import ALWAYS_OPEN, a_rota, local, policy

MORNING = a_rota("A;mon;08:30;12:00", "A;mon;12:00;17:00", "B;mon;08:30;17:00")


@pytest.mark.parametrize("now", ["08:30", "10:18", "12:00", "16:59"])
def test_a_shift_that_goes_on_begins_when_it_began(now: str) -> None:
    (one,) = whole_duty(MORNING, "A", local(f"2027-06-07 {now}"), local("2027-06-07 17:00"))
    assert (one.start, one.end) == (local("2027-06-07 08:30"), local("2027-06-07 17:00"))


def test_a_shift_that_the_end_of_the_period_cuts_ends_when_it_ends() -> None:
    (one,) = whole_duty(MORNING, "A", local("2027-06-07 00:00"), local("2027-06-07 09:00"))
    assert one.end == local("2027-06-07 17:00")


@pytest.mark.parametrize(("a", "b"), [("17:00", "18:00"), ("07:00", "08:30")])
def test_a_shift_that_only_touches_the_period_is_not_in_it(a: str, b: str) -> None:
    assert whole_duty(MORNING, "A", local(f"2027-06-07 {a}"), local(f"2027-06-07 {b}")) == []


def test_duty_over_midnight_is_one() -> None:
    rota = a_rota("A;mon;20:00;24:00", "A;tue;00:00;06:00", policy_text=policy(ALWAYS_OPEN))
    (one,) = whole_duty(rota, "A", local("2027-06-08 02:00"), local("2027-06-08 03:00"))
    assert (one.start, one.end) == (local("2027-06-07 20:00"), local("2027-06-08 06:00"))


def test_a_calendar_gets_one_event_for_a_shift_whenever_it_polls() -> None:
    def polled(at: datetime) -> set[tuple[str, datetime]]:
        data = feed(MORNING, "A", at, at + timedelta(days=1), at)
        found = icalendar.Calendar.from_ical(data).walk("VEVENT")
        return {(str(event["uid"]), event.decoded("dtstart")) for event in found}

    every_hour = [polled(local("2027-06-07 09:00") + timedelta(hours=hour)) for hour in range(8)]
    assert len(set.union(*every_hour)) == 1
