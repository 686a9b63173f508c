"""The line is open on the right days: holidays, vacations, early closing, and the next opening after them."""

from datetime import date, timedelta

import pytest

from callcenter.rota.hours import NeverOpens, closes_at, due, is_open, next_opening, opening, why_closed, windows_of
from callcenter.rota.model import Policy, Rota, Source
from callcenter.rota.vacations import REGIONS, covered_until, in_vacation
from tests.support.rota_files import ALWAYS_OPEN, a_rota, day_of, hours, local, local_hours, policy, utc

EVERY_DAY = 'mon-sun = ["09:00-17:00"]'


def a_calendar(days: str = "", hours_: str = 'mon-fri = ["08:30-17:00"]', more: str = "") -> Rota:
    choices = "" if "good_friday" in days or "goede_vrijdag" in days else 'good_friday = "closed"\n'
    choices += "" if "liberation" in days or "bevrijdingsdag" in days else 'liberation_day = "lustrum"\n'
    return a_rota("A;mon-sun;09:00;17:00", policy_text=policy(hours_, choices + days, more))


def opens(rota: Rota, day: str) -> bool:
    return bool(windows_of(rota.policy, date.fromisoformat(day)))


@pytest.mark.parametrize(
    "day",
    [
        "2026-04-27",  # King's day
        "2031-04-26",  # King's day, the 27th is a Sunday
        "2025-04-26",
        "2036-04-26",
        "2027-01-01",
        "2027-03-29",  # Easter Monday
        "2027-05-06",  # Ascension
        "2027-05-17",  # Whit Monday
        "2026-12-25",
        "2027-12-26",
        "2028-04-17",
        "2028-05-25",
        "2028-06-05",
        "2016-05-05",  # Ascension and Liberation Day at once
        "2025-05-05",  # lustrum
        "2030-05-05",
    ],
)
def test_a_holiday_not_named_in_the_policy_is_closed(day: str) -> None:
    assert not opens(a_calendar(hours_=EVERY_DAY), day)


@pytest.mark.parametrize(
    "day",
    ["2031-04-28", "2031-04-27", "2025-04-28", "2036-04-28", "2030-05-06", "2027-12-27", "2027-05-07", "2026-05-05"],
)
def test_no_holiday_moves_to_a_monday_and_no_day_is_lost(day: str) -> None:
    assert opens(a_calendar(hours_=EVERY_DAY), day)


@pytest.mark.parametrize("day", ["2026-04-03", "2027-03-26", "2028-04-14"])
@pytest.mark.parametrize(
    ("choice", "windows"),
    [
        ('good_friday = "open"', ["08:30-17:00"]),
        ('good_friday = "closed"', []),
        ('goede_vrijdag = "dicht"', []),
        ('good_friday = "09:00-12:00"', ["09:00-12:00"]),
        ('good_friday = "until 12:00"', ["08:30-12:00"]),
    ],
)
def test_good_friday_is_what_the_policy_says(day: str, choice: str, windows: list[str]) -> None:
    rota = a_rota("A;fri;00:00;24:00", policy_text=policy(days=f'{choice}\nliberation_day = "lustrum"'))
    assert local_hours(rota, "A", day) == windows


@pytest.mark.parametrize(
    ("choice", "open_years"),
    [("lustrum", {2026, 2027, 2028}), ("every_year", set()), ("elk_jaar", set()), ("open", {2025, 2026, 2027, 2028})],
)
def test_liberation_day_closes_as_chosen(choice: str, open_years: set[int]) -> None:
    rota = a_calendar(f'liberation_day = "{choice}"', hours_=EVERY_DAY)
    assert {year for year in range(2025, 2029) if opens(rota, f"{year}-05-05")} == open_years


def test_easter_monday_after_the_clock_change_is_closed_all_local_day() -> None:
    rota = a_rota("A;mon-sun;00:00;24:00", policy_text=policy(ALWAYS_OPEN))
    assert hours(rota, "A", "2027-03-28", days=2) == ["23:00Z-22:00Z"]
    assert not is_open(rota, utc("2027-03-28 22:00"))
    assert is_open(rota, utc("2027-03-29 22:00"))


def test_the_day_after_ascension_is_closed_when_named() -> None:
    assert not opens(a_calendar('2027-05-07 = "closed"'), "2027-05-07")


def test_a_date_beats_a_holiday() -> None:
    assert opens(a_calendar('2027-04-27 = "open"'), "2027-04-27")
    assert opens(a_calendar('27-04-2027 = "09:00-11:00"'), "2027-04-27")


def test_own_hours_open_a_day_that_the_profile_leaves_closed() -> None:
    rota = a_calendar('2027-06-05 = "10:00-12:00"')
    assert local_hours(rota, "A", "2027-06-05") == ["10:00-12:00"]


def test_an_open_date_is_the_profile_as_it_is() -> None:
    assert not opens(a_calendar('2027-06-05 = "open"'), "2027-06-05")  # a Saturday


@pytest.mark.parametrize("value", ["until 15:00", "tot 15.00"])
def test_christmas_eve_ends_early(value: str) -> None:
    rota = a_calendar(f'2026-12-24 = "{value}"')
    assert local_hours(rota, "A", "2026-12-24") == ["09:00-15:00"]
    assert hours(rota, "A", "2026-12-24") == ["08:00Z-14:00Z"]


def test_until_cuts_every_window_of_the_day() -> None:
    rota = a_calendar('2026-12-24 = "until 15:00"', hours_='thu = ["09:00-12:00", "14:00-16:00", "16:30-17:00"]')
    assert local_hours(rota, "A", "2026-12-24") == ["09:00-12:00", "14:00-15:00"]


@pytest.mark.parametrize(
    ("day", "regions"),
    [
        ("2027-07-15", {"Noord"}),
        ("2027-07-28", {"Noord", "Midden", "Zuid"}),
        ("2027-08-30", {"Zuid"}),
        ("2026-12-19", {"Noord", "Midden", "Zuid"}),
        ("2027-01-03", {"Noord", "Midden", "Zuid"}),
        ("2027-01-04", set()),
        ("2027-02-13", {"Zuid"}),
        ("2027-02-28", {"Noord", "Midden"}),
        ("2027-05-02", {"Noord", "Midden", "Zuid"}),
        ("2027-09-05", {"Zuid"}),
        ("2027-10-16", {"Noord", "Midden"}),
        ("2027-10-31", {"Zuid"}),
    ],
)
def test_vacations_differ_by_region(day: str, regions: set[str]) -> None:
    assert {region for region in REGIONS if in_vacation(region, date.fromisoformat(day))} == regions


VACATION = '[vacation]\nregions = ["Midden", "Zuid"]\nrule = "{}"\nopen = {{ mon-fri = ["09:00-12:30"] }}'


@pytest.mark.parametrize(
    ("rule", "day", "expected"),
    [
        ("all", "2027-07-20", "09:00-17:00"),  # only Midden has vacation
        ("alle", "2027-07-20", "09:00-17:00"),
        ("any", "2027-07-20", "09:00-12:30"),
        ("een_van", "2027-07-20", "09:00-12:30"),
        ("all", "2027-07-28", "09:00-12:30"),
    ],
)
def test_a_bureau_in_two_regions_has_vacation_by_its_rule(rule: str, day: str, expected: str) -> None:
    assert local_hours(a_calendar(more=VACATION.format(rule)), "A", day) == [expected]


def test_a_closure_beats_the_vacation_profile() -> None:
    rota = a_calendar(more=VACATION.format("any"))
    assert not opens(rota, "2026-04-27")
    assert opens(rota, "2026-04-28")


def test_the_shipped_vacations_are_those_of_the_holidays_package() -> None:
    from holidays import SCHOOL, country_holidays

    for region in REGIONS:
        theirs = country_holidays("NL", subdiv=region, years=range(2024, 2031), categories=(SCHOOL,))
        day = date(2024, 10, 19)
        while day <= covered_until():
            assert in_vacation(region, day) is (day in theirs), (region, day)
            day += timedelta(days=1)


@pytest.mark.parametrize(("year", "open_weekdays"), [(2026, 255), (2027, 256)])
def test_a_year_has_as_many_open_weekdays(year: int, open_weekdays: int) -> None:
    rota = a_calendar('good_friday = "open"\nliberation_day = "open"')
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    assert sum(1 for day in days if windows_of(rota.policy, day)) == open_weekdays


def test_easter_is_where_the_church_puts_it() -> None:
    rota = a_calendar(hours_=EVERY_DAY)
    for easter in ("2026-04-05", "2027-03-28", "2028-04-16", "2029-04-01", "2030-04-21", "2031-04-13", "2035-03-25"):
        sunday = date.fromisoformat(easter)
        assert not windows_of(rota.policy, sunday - timedelta(days=2))
        assert windows_of(rota.policy, sunday)
        assert not windows_of(rota.policy, sunday + timedelta(days=1))


@pytest.mark.parametrize(("choice", "expected"), [("closed", "2027-03-30 06:30"), ("open", "2027-03-26 07:30")])
def test_the_next_opening_over_easter(choice: str, expected: str) -> None:
    rota = a_calendar(f'good_friday = "{choice}"')
    assert next_opening(rota, local("2027-03-25 17:00")) == utc(expected)


def test_the_next_opening_of_an_open_line_is_the_one_after() -> None:
    rota = a_calendar()
    assert next_opening(rota, local("2027-06-08 10:00")) == local("2027-06-09 08:30")
    assert next_opening(rota, local("2027-06-08 08:30")) == local("2027-06-08 08:30")


def test_the_end_of_the_day_is_known_while_open() -> None:
    rota = a_calendar()
    assert closes_at(rota, local("2027-06-08 10:00")) == local("2027-06-08 17:00")
    assert closes_at(rota, local("2027-06-08 17:00")) is None


@pytest.mark.parametrize(
    ("moment", "is_it"),
    [
        ("2027-06-08 08:29:59", False),
        ("2027-06-08 08:30:00", True),
        ("2027-06-08 16:59:58", True),
        ("2027-06-08 17:00", False),
    ],
)
def test_the_line_opens_and_closes_on_the_second(moment: str, is_it: bool) -> None:
    assert is_open(a_calendar(), local(moment)) is is_it


@pytest.mark.parametrize(
    ("after", "minutes", "expected"),
    [
        ("2027-03-25 16:00", 120, "2027-03-30 09:30"),  # over Good Friday, the clock change and Easter Monday
        ("2027-06-10 16:00", 60, "2027-06-10 17:00"),
        ("2027-06-10 16:00", 61, "2027-06-11 08:31"),
        ("2027-06-10 10:00", 0, "2027-06-10 10:00"),
        ("2027-06-10 17:00", 0, "2027-06-11 08:30"),
        ("2027-06-12 12:00", 30, "2027-06-14 09:00"),
        ("2027-06-10 08:00", 10, "2027-06-10 08:40"),
        ("2027-06-10 16:59:30", 1, "2027-06-11 08:30:30"),
        ("2026-12-24 16:30", 510, "2026-12-28 16:30"),
    ],
)
def test_working_minutes_pass_only_while_the_line_is_open(after: str, minutes: int, expected: str) -> None:
    assert due(a_calendar(), local(after), minutes) == local(expected)


def test_working_minutes_may_last_for_months() -> None:
    rota = a_calendar()
    start = local("2027-01-04 08:30")
    (first, *_) = opening(rota, start, local("2028-01-01 00:00"))
    assert first.start == start
    total = sum((i.end - i.start for i in opening(rota, start, local("2028-01-01 00:00"))), timedelta())
    assert due(rota, start, total // timedelta(minutes=1)) == local("2027-12-31 17:00")


def test_a_line_that_never_opens_has_no_gaps_and_no_due_time() -> None:
    rota = a_rota("A;mon;09:00;17:00", policy_text=policy(""))
    assert next_opening(rota, local("2027-06-08 10:00")) is None
    with pytest.raises(NeverOpens):
        due(rota, local("2027-06-08 10:00"), 1)


def test_an_opening_named_by_date_years_ahead_is_found() -> None:
    text = policy("", policy_choices() + '\n2031-06-03="9:00-10:00"')
    rota = a_rota("A;mon;09:00;17:00", policy_text=text)
    assert next_opening(rota, local("2027-06-08 10:00")) == local("2031-06-03 09:00")
    assert due(rota, local("2027-06-08 10:00"), 60) == local("2031-06-03 10:00")


def test_a_line_that_is_always_open_never_closes() -> None:
    christmas = '2027-12-25 = "open"\n'
    rota = a_rota("A;mon;09:00;17:00", policy_text=policy(ALWAYS_OPEN, christmas + policy_choices()))
    assert closes_at(rota, local("2027-06-08 10:00")) == local("2027-12-26 00:00")
    assert day_of(rota, "2027-06-08")[1] == local("2027-06-09 00:00")


def policy_choices() -> str:
    return 'good_friday = "open"\nliberation_day = "open"'


def test_a_policy_is_complete_with_three_choices() -> None:
    rota = a_rota("A;mon;09:00;17:00", policy_text='[open]\n[closed_days]\ngood_friday="open"\nliberation_day="open"\n')
    assert rota.policy == Policy(holidays=rota.policy.holidays, liberation_day="open")


@pytest.mark.parametrize(
    ("day", "dutch", "english", "line"),
    [
        ("2027-03-26", "Goede Vrijdag", "Good Friday", 5),
        ("2027-12-24", "dag 2027-12-24 in het beleid", "day 2027-12-24 in the policy", 7),
        ("2027-12-25", "Eerste Kerstdag", "Christmas Day", 4),  # a holiday that the policy does not name: its table
        ("2027-02-15", "openingstijden in de schoolvakantie", "opening hours in the school vacation", 11),
        ("2027-06-08", "openingstijden", "opening hours", 2),
    ],
)
def test_a_day_has_a_reason_for_its_hours_with_the_line_in_the_policy(
    day: str, dutch: str, english: str, line: int
) -> None:
    days = 'good_friday = "closed"\nliberation_day = "lustrum"\n24-12-2027 = "until 15:00"'
    vacation = '[vacation]\nregions = ["Zuid"]\nrule = "all"\n[vacation.open]\nmon-fri = ["10:00-12:00"]'
    rota = a_rota(policy_text=policy(days=days, more=vacation))
    assert why_closed(rota.policy, date.fromisoformat(day)) == (dutch, english, Source("policy.toml", line))


def test_working_minutes_that_cannot_pass_are_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"^working minutes cannot be negative$"):
        due(a_calendar(), utc("2027-06-08 08:00"), -1)
    with pytest.raises(
        NeverOpens, match=r"^the line has no opening hours in which so many working minutes could pass$"
    ):
        due(a_calendar(hours_=""), utc("2027-06-08 08:00"), 1)
