"""Gaps are the open times without a consultant; coverage is the rest of the open time."""

import pytest

from callcenter.rota.duty import gaps, timeline
from callcenter.rota.hours import end_of_next_open_day
from callcenter.rota.model import Rota
from callcenter.rota.reading.files import read_files
from tests.support.rota_files import NOW, a_rota, day_of, files, local, policy, reports, rota_of

MONDAY = "2027-06-07"


def gaps_of(rota: Rota, day: str = MONDAY) -> list[str]:
    return [
        f"{g.start.astimezone(rota.zone):%H:%M}-{g.end.astimezone(rota.zone):%H:%M}"
        for g in gaps(rota, *day_of(rota, day)).gaps
    ]


def test_coverage_is_of_the_clock_not_of_people() -> None:
    rota = a_rota("A;mon;09:00;12:00", "B;mon;09:00;12:00")
    assert gaps(rota, *day_of(rota, MONDAY)).coverage == pytest.approx(3 / 8.5)


def test_only_open_time_can_be_a_gap() -> None:
    rota = a_rota("A;mon-fri;09:00;12:00", "A;mon-fri;13:00;17:00")
    assert gaps_of(rota) == ["08:30-09:00", "12:00-13:00"]
    assert gaps_of(rota, "2027-06-05") == []
    assert gaps_of(rota, "2027-04-27") == []


def test_a_rota_without_rows_is_one_gap() -> None:
    result = read_files(files(), NOW)
    assert result.rota is not None
    found = gaps(result.rota, *day_of(result.rota, MONDAY))
    assert found.coverage == 0
    assert gaps_of(result.rota) == ["08:30-17:00"]
    assert timeline(result.rota, local("2027-01-01 00:00"), local("2028-01-01 00:00")) == ()


def test_without_open_time_there_is_no_coverage() -> None:
    rota = a_rota("A;mon;09:00;17:00", policy_text=policy(""))
    found = gaps(rota, *day_of(rota, MONDAY))
    assert (found.gaps, found.coverage) == ((), None)


def test_backup_does_not_cover() -> None:
    assert gaps_of(a_rota("A;mon;08:30;17:00;;;;;backup")) == ["08:30-17:00"]


def test_more_than_one_may_be_needed() -> None:
    rota = a_rota("A;mon;08:30;17:00", "B;mon;10:00;12:00", policy_text=policy(top="min_on_duty = 2"))
    assert gaps_of(rota) == ["08:30-10:00", "12:00-17:00"]


def test_coming_gaps_are_told_apart_from_too_few_people() -> None:
    written = files(
        ["A;mon-fri;08:30;12:00", "B;mon-fri;08:30;17:00;;;;27-11-2026"], policy_text=policy(top="min_on_duty = 2")
    )
    reported = [f.text_en for f in read_files(written, NOW).faults if f.code in ("gap", "below_minimum")]
    assert "fewer than 2 planned: 24-11-2026 12:00-17:00" in reported
    assert "nobody is planned: 30-11-2026 12:00-17:00" in reported
    assert not any("23-12-2026" in text for text in reported)


def test_someone_who_is_never_planned_is_reported() -> None:
    people = "A;An;06 35000001;;\nB;Bo;06 35000002;;\nC;Co;;;01-01-2026\n"
    result = read_files(files(["A;mon-fri;08:30;17:00"], people=people), NOW)
    assert reports(result, "warning") == ["consultants.csv:3: never_planned"]


def test_a_school_is_used_to_its_own_consultant_before_its_municipality_s() -> None:
    rota = rota_of(files(["A;mon;09:00;17:00"], caseload=["01AB00;;A", "02CD;;B", ";Hoeksche Waard;C"]))
    assert rota.preferred_consultant("01AB00", "01AB", "HOEKSCHE WAARD") == "A"
    assert rota.preferred_consultant("02CD03", "02CD", "HOEKSCHE WAARD") == "B"
    assert rota.preferred_consultant("03EF00", "03EF", "HOEKSCHE WAARD") == "C"
    assert rota.preferred_consultant("03EF00", None, "Dordrecht") is None
    assert rota.preferred_consultant(None, None, None) is None


def test_the_next_open_day_of_a_friday_is_monday() -> None:
    rota = a_rota("A;mon-fri;09:00;12:00")
    start, end = day_of(rota, MONDAY)
    friday = day_of(rota, "2027-06-04")[0]
    closes = end_of_next_open_day(rota, friday)
    assert closes is not None
    assert start < closes < end
    assert f"{closes.astimezone(rota.zone):%H:%M}" == "17:00"
