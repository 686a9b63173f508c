"""The map of weekdays and hours: what is weak, what the sums are, and how many the rota plans then."""

from datetime import date, datetime

from callcenter.rota.coverage import coverage
from callcenter.web.board.heat_map import Count, HeatMap, heat_map
from tests.support.rota_files import a_rota, local

FIRST, LAST = date(2027, 5, 27), date(2027, 6, 8)  # a Thursday to a Tuesday


def a_map(calls: dict[str, tuple[int, int]]) -> HeatMap:
    """The map of these hours: answered and offered calls by local time."""
    counts: dict[tuple[int, int], tuple[int, int]] = {}
    for time, (answered, offered) in calls.items():
        there = datetime.fromisoformat(time)
        before = counts.get((there.weekday(), there.hour), (0, 0))
        counts[there.weekday(), there.hour] = before[0] + answered, before[1] + offered
    rota = a_rota("A;mon-fri;08:30;12:20", "B;mon-fri;08:30;17:00", "C;tue;08:30;17:00")
    planned = coverage(rota, local("2027-06-02 00:00"), local("2027-06-09 00:00"))
    return heat_map(counts, 0.88, 0.69, (FIRST, LAST), planned)


def test_an_hour_is_weak_below_the_baseline_as_it_stands_on_the_page() -> None:
    found = a_map(
        {
            "2027-06-07 09:00": (9, 10),
            "2027-06-07 10:00": (7, 10),
            "2027-06-07 11:00": (6, 10),
            "2027-06-07 12:00": (0, 9),
            "2027-06-07 13:00": (11, 16),  # 68.75%, which is read as 69%
        }
    )
    levels = [found.cells[0, hour].count.level for hour in found.hours]
    assert levels == ["good", "between", "weak", "few", "between"]
    assert found.cells[1, 9].count == Count(0, 0, "none")


def test_weeks_are_added_up_and_the_sums_are_judged_too() -> None:
    found = a_map({"2027-05-31 09:00": (3, 6), "2027-06-07 09:00": (3, 6), "2027-06-08 10:00": (2, 10)})
    assert found.cells[0, 9].count == Count(6, 12, "weak")
    assert found.by_hour == {9: Count(6, 12, "weak"), 10: Count(2, 10, "weak")}
    assert found.by_weekday[1] == Count(2, 10, "weak")
    assert found.total == Count(8, 22, "weak")


def test_the_fewest_planned_of_the_last_such_day_stand_beside_it() -> None:
    found = a_map({"2027-06-07 12:00": (1, 1), "2027-06-08 12:00": (1, 1), "2027-06-05 07:00": (1, 1)})
    assert (found.cells[0, 12].day, found.cells[0, 12].planned) == (date(2027, 6, 7), 1)
    assert (found.cells[1, 12].day, found.cells[1, 12].planned) == (date(2027, 6, 8), 2)
    assert (found.cells[4, 12].day, found.cells[4, 12].planned) == (date(2027, 6, 4), 1)
    assert found.cells[5, 7].planned is None
    assert found.weekdays == (0, 1, 2, 3, 4, 5)
