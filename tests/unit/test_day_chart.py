"""The day on the board: gaps are as long as they are, and a weak half hour is one in which many reached nobody."""

from datetime import date, datetime

import pytest

from callcenter.reachability.causes import Cause
from callcenter.reachability.figures import Tally
from callcenter.reachability.queries import Bucket, Report
from callcenter.reachability.unreached import Unreached
from callcenter.rota.model import Rota
from callcenter.rota.shortages import shortages
from callcenter.web.board.day_chart import HalfHour, allowed, bars_of, half_hours, weakest
from tests.support.rota_files import ALWAYS_OPEN, a_rota, day_of, local, policy

MONDAY = "2027-06-07"
TWO_NEEDED = policy(top="min_on_duty = 2")


def a_day(rota: Rota, day: str = MONDAY, calls: dict[str, list[str]] | None = None) -> list[HalfHour]:
    """The half hours of a day with these calls: the outcomes by local time."""
    found, all_of_them = [], Tally()
    for time, outcomes in (calls or {}).items():
        tally = Tally()
        for outcome in outcomes:
            tally.count_call(outcome, True, 20.0, None, date.fromisoformat(day))
        all_of_them.add(tally)
        found.append(Bucket(local(f"{day} {time}"), date.fromisoformat(day), tally.figures()))
    report = Report(tuple(found), all_of_them.figures(), 0.88, 0.69)
    lost = [Unreached(local(f"{day} {time}"), Cause.MAILBOX) for time in calls or {}]
    return half_hours(rota, date.fromisoformat(day), report, lost)


def shaded(slots: list[HalfHour]) -> list[tuple[datetime, tuple[float, float]]]:
    return [(slot.start, gap) for slot, bar in zip(slots, bars_of(slots, "nl"), strict=True) for gap in bar.gaps]


def test_a_gap_that_begins_at_a_quarter_past_is_drawn_from_there() -> None:
    rota = a_rota("A;mon;08:30;12:15", "A;mon;12:45;17:00")
    assert shaded(a_day(rota)) == [
        (local(f"{MONDAY} 12:00"), (0.5, 1.0)),
        (local(f"{MONDAY} 12:30"), (0.0, 0.5)),
    ]


@pytest.mark.parametrize(("day", "slots"), [("2027-03-28", 46), (MONDAY, 48), ("2027-10-31", 50)])
def test_gaps_are_drawn_as_long_as_they_are_also_when_the_clock_changes(day: str, slots: int) -> None:
    shifts = ("A;mon-sun;00:00;01:15", "A;mon-sun;01:45;03:15", "A;mon-sun;03:45;24:00")
    found = a_day(a_rota(*shifts, policy_text=policy(ALWAYS_OPEN)), day)
    assert len(found) == slots
    assert sum(end - start for _, (start, end) in shaded(found)) == 2


def test_an_office_that_closes_at_a_quarter_past_has_its_last_half_hour() -> None:
    rota = a_rota("A;mon;08:15;17:15", policy_text=policy('mon-fri = ["08:15-17:15"]'))
    slots = a_day(rota)
    assert (slots[0].start, slots[-1].start) == (local(f"{MONDAY} 08:00"), local(f"{MONDAY} 17:00"))


def test_too_few_people_is_not_nobody() -> None:
    rota = a_rota("A;mon;08:30;17:00", "B;mon;08:30;12:00", "B;mon;12:30;16:00", policy_text=TWO_NEEDED)
    found = [(gap.start, gap.end, gap.planned, gap.needed) for gap in shortages(rota, *day_of(rota, MONDAY))]
    assert found == [
        (local(f"{MONDAY} 12:00"), local(f"{MONDAY} 12:30"), 1, 2),
        (local(f"{MONDAY} 16:00"), local(f"{MONDAY} 17:00"), 1, 2),
    ]


def test_a_gap_is_divided_where_one_more_person_comes() -> None:
    rota = a_rota("A;mon;09:00;12:00", "B;mon;10:00;12:00", "C;mon;12:00;17:00", policy_text=TWO_NEEDED)
    found = [(gap.start, gap.planned) for gap in shortages(rota, *day_of(rota, MONDAY))]
    assert found == [
        (local(f"{MONDAY} 08:30"), 0),
        (local(f"{MONDAY} 09:00"), 1),
        (local(f"{MONDAY} 12:00"), 1),
    ]


def test_callers_who_left_a_message_make_a_half_hour_weak() -> None:
    rota = a_rota("A;mon;08:30;17:00")
    calls = {
        "09:00": ["voicemail", "callback_requested", "answered"],
        "10:00": ["voicemail", "missed", "abandoned"],
        "11:00": ["voicemail"],  # one caller alone
        "12:00": ["answered"] * 18 + ["missed", "voicemail"],  # what the goal allows
    }
    weak = weakest(a_day(rota, calls=calls), 0.88)
    assert [(one.start, one.unreached) for one in weak] == [
        (local(f"{MONDAY} 10:00"), 3),
        (local(f"{MONDAY} 09:00"), 2),
    ]
    assert weak[0].causes == ((Cause.MAILBOX, 1),)


@pytest.mark.parametrize(("offered", "most"), [(0, 0), (1, 0), (8, 0), (9, 1), (25, 3), (100, 12)])
def test_the_goal_allows_whole_callers(offered: int, most: int) -> None:
    assert allowed(offered, 0.88) == most
