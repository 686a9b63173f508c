"""Leave, illness, swaps and extra hours change the duty of a day."""

import itertools

import pytest

from callcenter.rota.duty import gaps, timeline
from callcenter.rota.explain import explain
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
)

NINE_TO_FIVE = "A;mon-fri;09:00;17:00"
TUESDAY = "2027-06-08"


def at(start: str, end: str, kind: str = "leave", code: str = "A", substitute: str = "") -> str:
    return f"{kind};{code};{TUESDAY} {start};{TUESDAY} {end};{substitute}"


def test_leave_over_noon_leaves_morning_and_afternoon() -> None:
    rota = a_rota(NINE_TO_FIVE, exceptions=[at("12:00", "13:00")])
    assert local_hours(rota, "A", TUESDAY) == ["09:00-12:00", "13:00-17:00"]


@pytest.mark.parametrize(
    "rows",
    [
        *itertools.permutations([at("10:00", "12:00"), at("11:00", "14:00")]),
        [at("10:00", "12:00"), at("12:00", "14:00")],
    ],
)
def test_absences_add_up_in_any_order(rows: list[str]) -> None:
    assert local_hours(a_rota(NINE_TO_FIVE, exceptions=rows), "A", TUESDAY) == ["09:00-10:00", "14:00-17:00"]


def test_the_same_row_twice_changes_nothing_and_is_reported() -> None:
    written = files([NINE_TO_FIVE], [at("10:00", "12:00"), at("10:00", "12:00")])
    result = read_files(written, NOW)
    assert result.rota is not None
    assert local_hours(result.rota, "A", TUESDAY) == ["09:00-10:00", "12:00-17:00"]
    assert "exceptions.csv:3: duplicate_row" in reports(result, "warning")


def test_whole_days_include_the_last_one() -> None:
    rota = a_rota(
        "A;mon-sun;00:00;24:00", exceptions=["leave;A;24-12-2026;31-12-2026"], policy_text=policy(ALWAYS_OPEN)
    )
    assert minutes(rota, "A", "2026-12-24", days=8) == 0
    assert on_duty(rota, "2026-12-23 23:59") == ["A"]
    assert on_duty(rota, "2027-01-02 00:00") == ["A"]  # New Year's Day is closed


def test_a_whole_day_off_on_the_clock_change_has_23_hours() -> None:
    rota = a_rota(
        "A;mon-sun;00:00;24:00", exceptions=["leave;A;2027-03-28;2027-03-28"], policy_text=policy(ALWAYS_OPEN)
    )
    # The line is open all Saturday and closed on Easter Monday.
    assert hours(rota, "A", "2027-03-27", days=3) == ["23:00Z-23:00Z"]


def test_an_end_may_be_midnight_and_a_date_may_stand_beside_a_time() -> None:
    rota = a_rota(
        "A;mon-sun;00:00;24:00",
        exceptions=[f"leave;A;{TUESDAY} 12:00;{TUESDAY} 24:00", "leave;A;2027-06-09 10:00;2027-06-10"],
        policy_text=policy(ALWAYS_OPEN),
    )
    assert local_hours(rota, "A", TUESDAY) == ["00:00-12:00"]
    assert local_hours(rota, "A", "2027-06-09") == ["00:00-10:00"]
    assert local_hours(rota, "A", "2027-06-10") == []


def test_illness_without_an_end_lasts() -> None:
    rota = a_rota(NINE_TO_FIVE, exceptions=["sick;A;2027-03-08;"])
    assert on_duty(rota, "2027-03-05 10:00") == ["A"]
    assert on_duty(rota, "2029-06-08 10:00") == []


def test_a_row_with_the_same_start_ends_an_illness() -> None:
    rota = a_rota(NINE_TO_FIVE, exceptions=["sick;A;2027-03-08;", "sick;A;2027-03-08;2027-03-12"])
    assert on_duty(rota, "2027-03-12 10:00") == []
    assert on_duty(rota, "2027-03-15 10:00") == ["A"]


@pytest.mark.parametrize(("day", "reported"), [("2026-11-10", True), ("2026-11-11", False), ("2027-03-08", False)])
def test_a_review_is_asked_for_after_two_weeks_of_illness(day: str, reported: bool) -> None:
    result = read_files(files([NINE_TO_FIVE], [f"sick;A;{day};"]), NOW)  # now is 24 November 2026
    assert ("exceptions.csv:2: sick_review" in reports(result, "warning")) is reported


def test_extra_hours_never_open_the_line() -> None:
    written = files([NINE_TO_FIVE], [at("17:00", "19:00", "extra")])
    result = read_files(written, NOW)
    assert result.rota is not None
    assert local_hours(result.rota, "A", TUESDAY) == ["09:00-17:00"]
    assert "exceptions.csv:2: no_effect" in reports(result, "warning")


def test_extra_hours_plan_someone_who_is_not_planned() -> None:
    rota = a_rota(NINE_TO_FIVE, exceptions=[at("08:00", "10:00", "extra", "B")])
    assert local_hours(rota, "B", TUESDAY) == ["08:30-10:00"]


def test_absence_beats_extra_hours() -> None:
    rota = a_rota(exceptions=[at("09:00", "12:00", "extra"), at("10:00", "11:00", "training")])
    assert local_hours(rota, "A", TUESDAY) == ["09:00-10:00", "11:00-12:00"]


def test_a_swap_moves_only_what_the_giver_has() -> None:
    rota = a_rota("A;tue;11:00;15:00", exceptions=[at("09:00", "13:00", "swap", substitute="B")])
    assert local_hours(rota, "B", TUESDAY) == ["11:00-13:00"]
    assert local_hours(rota, "A", TUESDAY) == ["13:00-15:00"]


def test_a_swap_of_nothing_does_nothing_and_is_reported() -> None:
    result = read_files(files(["A;mon;09:00;17:00"], [at("09:00", "13:00", "swap", substitute="B")]), NOW)
    assert result.rota is not None
    assert local_hours(result.rota, "B", TUESDAY) == []
    assert "exceptions.csv:2: no_effect" in reports(result, "warning")


def test_a_substitute_who_is_planned_already_counts_once() -> None:
    result = read_files(files([NINE_TO_FIVE, "B;tue;09:00;17:00"], [at("09:00", "17:00", "swap", substitute="B")]), NOW)
    assert result.rota is not None
    assert local_hours(result.rota, "B", TUESDAY) == ["09:00-17:00"]
    assert local_hours(result.rota, "A", TUESDAY) == []
    assert "exceptions.csv:2: coverage_lost" in reports(result, "warning")


def test_a_swap_moves_the_hours_of_an_absent_giver() -> None:
    rota = a_rota(NINE_TO_FIVE, exceptions=[at("09:00", "17:00", "sick"), at("09:00", "17:00", "swap", substitute="B")])
    assert local_hours(rota, "B", TUESDAY) == ["09:00-17:00"]


def test_swaps_in_a_chain_are_refused() -> None:
    rows = [at("09:00", "17:00", "swap", "A", "B"), at("13:00", "17:00", "swap", "B", "C")]
    result = read_files(files([NINE_TO_FIVE], rows), NOW)
    assert reports(result) == ["exceptions.csv:2: swap_chain", "exceptions.csv:3: swap_chain"]


def test_two_may_exchange_different_hours_of_a_day() -> None:
    rota = a_rota(
        "A;tue;09:00;13:00",
        "B;tue;13:00;17:00",
        exceptions=[at("09:00", "13:00", "swap", "A", "B"), at("13:00", "17:00", "swap", "B", "A")],
    )
    assert local_hours(rota, "A", TUESDAY) == ["13:00-17:00"]
    assert local_hours(rota, "B", TUESDAY) == ["09:00-13:00"]


def test_hours_of_a_sick_substitute_are_a_gap_and_do_not_return() -> None:
    written = files([NINE_TO_FIVE], [at("09:00", "17:00", "swap", substitute="B"), f"sick;B;{TUESDAY};{TUESDAY}"])
    result = read_files(written, NOW)
    rota = result.rota
    assert rota is not None
    assert on_duty(rota, f"{TUESDAY} 10:00") == []
    assert gaps(rota, *day_of(rota, TUESDAY)).coverage == 0
    assert "exceptions.csv:2: swap_absent" in reports(result, "warning")


def test_a_swap_keeps_the_role_of_the_hours() -> None:
    rota = a_rota("A;tue;09:00;17:00;;;;;backup", exceptions=[at("09:00", "13:00", "swap", substitute="B")])
    assert {(d.consultant, d.role) for d in timeline(rota, *day_of(rota, TUESDAY))} == {
        ("A", "backup"),
        ("B", "backup"),
    }


def test_somebody_who_left_is_off_from_local_midnight() -> None:
    people = "A;An;06 35000001;;31-01-2027\nB;Bo;06 35000002;01-02-2027;\n"
    rota = a_rota("A;mon-sun;00:00;24:00", "B;mon-sun;00:00;24:00", people=people, policy_text=policy(ALWAYS_OPEN))
    assert on_duty(rota, "2027-01-31 23:59") == ["A"]
    assert on_duty(rota, "2027-02-01 00:00") == ["B"]


def test_a_row_is_valid_through_its_last_day() -> None:
    rota = a_rota("A;mon-fri;09:00;17:00;;;;09-07-2027")
    assert local_hours(rota, "A", "2027-07-09") == ["09:00-17:00"]
    assert local_hours(rota, "A", "2027-07-12") == []


@pytest.mark.parametrize(
    ("moment", "codes"),
    [
        ("2027-06-07 08:45", ["not_planned"]),
        ("2027-06-07 10:00", ["shift", "on_duty"]),
        ("2027-06-08 10:00", ["shift", "leave"]),
        ("2027-06-09 10:00", ["shift", "swapped_away"]),
        ("2027-06-10 10:00", ["shift", "training"]),
        ("2027-06-11 18:00", ["not_planned", "closed"]),
        ("2027-04-27 10:00", ["shift", "closed"]),
        ("2027-08-02 10:00", ["shift", "inactive"]),
    ],
)
def test_an_explanation_ends_with_what_decides(moment: str, codes: list[str]) -> None:
    rota = a_rota(
        NINE_TO_FIVE,
        people="A;An;06 35000001;;31-07-2027\nB;Bo;06 35000002;;\n",
        exceptions=[
            f"leave;A;{TUESDAY};{TUESDAY}",
            "swap;A;2027-06-09;2027-06-09;B",
            "training;A;2027-06-10;2027-06-10",
        ],
    )
    chain = explain(rota, "A", local(moment))
    assert [reason.code for reason in chain] == codes
    assert all(reason.file and reason.line for reason in chain)


def test_an_explanation_names_file_and_line() -> None:
    rota = a_rota(NINE_TO_FIVE, exceptions=["swap;A;2027-06-09;2027-06-09;B"])
    taken = explain(rota, "B", local("2027-06-09 10:00"))
    assert [(r.code, r.file, r.line) for r in taken] == [
        ("swapped_in", "exceptions.csv", 2),
        ("on_duty", "exceptions.csv", 2),
    ]
    closed = explain(rota, "A", local("2027-04-27 10:00"))[-1]
    assert (closed.file, closed.line) == ("policy.toml", 4)
    assert "King's Day" in closed.text_en
    assert "Koningsdag" in closed.text_nl
    assert explain(rota, "nobody", local("2027-06-09 10:00"))[-1].code == "unknown"


def test_for_ever_may_be_written_as_excel_users_do() -> None:
    people = "A;An;06 35000001;01-01-2020;31-12-9999\n"
    row = "A;mon-fri;09:00;17:00;;;01-01-2020;9999-12-31"
    rota = a_rota(row, exceptions=["leave;A;2028-01-01;31-12-9999"], people=people)
    assert on_duty(rota, "2027-06-08 10:00") == ["A"]
    assert on_duty(rota, "2050-06-08 10:00") == []
