"""The month report as a value, in words and as PDF: whole months, few calls, and one A4 whatever the names."""

import base64
import re
import zlib
from dataclasses import fields
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.reachability.figures import Figures, Tally
from callcenter.reachability.month_report import (
    Count,
    MonthReport,
    OfSchool,
    Ring,
    Share,
    Wait,
    make,
    month_before,
    month_of,
    next_month,
)
from callcenter.reports.pdf import as_pdf
from callcenter.reports.sheet import NOTHING, Sheet, sheet_of

NOVEMBER = date(2026, 11, 1)
MADE_AT = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
SCHOOL = OfSchool("05WE00", "obs De Wegwijzer", "Dordrecht")
_PAGE = re.compile(rb"/Type /Page\b")


def figures(offered: int, answered: int) -> Figures:
    """The figures of so many calls, of which the first ones were answered after 12 seconds."""
    tally = Tally()
    for number in range(offered):
        taken = number < answered
        tally.count_call("answered" if taken else "missed", True, 12.0, taken, NOVEMBER)
        tally.count_help(taken)
        tally.count_caller(taken)
    return tally.figures()


def a_report(
    offered: int = 20,
    answered: int = 15,
    school: OfSchool | None = None,
    today: date = date(2026, 12, 1),
    rings: tuple[Ring, ...] = (Ring(date(2026, 11, 3), 9, 20, 15),),
) -> MonthReport:
    others = figures(200, 150) if school else None
    return make(NOVEMBER, today, school, figures(offered, answered), figures(40, 30), others, rings, (30,), 0.88)


def words(report: MonthReport, locale: str = "nl") -> Sheet:
    return sheet_of(report, "Regionaal Bureau Leerlingzaken", MADE_AT, locale)


def cells(report: MonthReport, measure: str) -> tuple[object, ...]:
    return next(row.cells for row in report.rows if row.measure == measure)


def test_a_month_stands_beside_the_month_before_and_a_school_beside_all_schools() -> None:
    assert a_report().columns == ("month", "before")
    report = a_report(school=SCHOOL)
    assert report.columns == ("month", "before", "all_schools")
    assert cells(report, "offered") == (Count(20), Count(40), Count(200))
    assert cells(report, "answered") == (Share(15, 20), Share(30, 40), Share(150, 200))
    assert cells(report, "to_person_p50") == (Wait(12.0), Wait(12.0), Wait(12.0))


def test_under_ten_calls_the_counts_stand_alone() -> None:
    report = a_report(9, 9, SCHOOL)
    assert cells(report, "to_person_p50") == (Wait(None), Wait(12.0), Wait(12.0))
    rows = {row[0]: row[1:] for row in words(report).rows}
    assert rows["Bereikten een medewerker"] == ("9 van 9", "75% (30 van 40)", "75% (150 van 200)")
    assert not any("%" in row[1] for row in words(report).rows)
    assert "75% (15 van 20)" in words(a_report()).rows[1]


def test_a_month_without_calls_says_so() -> None:
    sheet = words(a_report(0, 0, rings=()))
    assert sheet.notes == ("Geen oproepen in deze maand.",)
    assert sheet.rows[1][1] == NOTHING


def test_every_day_of_the_month_has_its_bar_and_a_saturday_only_with_calls() -> None:
    bars = dict(a_report().bars)
    assert [bar.at for bar in bars["day"]] == list(range(1, 31))
    assert [bar.at for bar in bars["weekday"]] == [0, 1, 2, 3, 4]
    assert [(bar.at, bar.offered, bar.answered) for bar in bars["hour"]] == [(9, 20, 15)]
    saturday = a_report(rings=(Ring(date(2026, 11, 7), 8, 1, 0), Ring(date(2026, 11, 3), 11, 2, 1)))
    bars = dict(saturday.bars)
    assert [bar.at for bar in bars["weekday"]] == [0, 1, 2, 3, 4, 5]
    assert [bar.at for bar in bars["hour"]] == [8, 9, 10, 11]


def test_a_month_that_goes_on_says_until_which_day() -> None:
    report = a_report(today=date(2026, 11, 17))
    assert (report.whole, report.last) == (False, date(2026, 11, 17))
    assert "tot en met 17 november" in words(report).notes[0]
    assert (a_report().whole, a_report().last) == (True, date(2026, 11, 30))


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "26-11", "2026-11-01", "2026-1", "²026-11", "0000-01"]
)
def test_what_is_no_month_is_none(text: str) -> None:
    assert month_of(text) is None


@given(st.dates(date(1971, 1, 1), date(2199, 12, 31)))
def test_the_month_after_the_month_before_is_this_month(day: date) -> None:
    month = day.replace(day=1)
    assert next_month(month_before(day)) == month
    assert month_of(f"{month:%Y-%m}") == month


def test_both_languages_say_the_same_numbers() -> None:
    dutch, english = words(a_report(school=SCHOOL)), words(a_report(school=SCHOOL), "en")
    assert dutch.title == "Bereikbaarheid november 2026"
    assert english.title == "Reachability November 2026"
    assert [re.findall(r"\d+", " ".join(row[1:])) for row in dutch.rows] == [
        re.findall(r"\d+", " ".join(row[1:])) for row in english.rows
    ]
    assert dutch.name == "rapport-2026-11-05WE00"
    assert all(getattr(english, field.name) for field in fields(Sheet) if field.name != "notes")


LONG = "Stedelijke Scholengemeenschap voor Praktijkonderwijs en Voorbereidend Beroepsonderwijs Łódź te "
FULL = tuple(
    Ring(date(2026, 11, day), hour, 1 + day * hour * 97, day * hour) for day in range(1, 31) for hour in range(24)
)


@pytest.mark.parametrize(
    "report",
    [
        a_report(),
        a_report(0, 0, rings=()),
        a_report(5000, 4000, OfSchool("05WE00", LONG * 2, LONG), date(2026, 11, 30), FULL),
        a_report(5, 4, OfSchool("05WE00", "x" * 200, "y" * 100)),
    ],
    ids=["usual", "empty", "long names, every day and hour", "one long word"],
)
@pytest.mark.parametrize("locale", ["nl", "en"])
def test_the_pdf_is_one_a4_with_everything_on_it(report: MonthReport, locale: str) -> None:
    sheet = sheet_of(report, "Regionaal Bureau Leerlingzaken Zuid-Holland Zuid " * 3, MADE_AT, locale)
    pdf = as_pdf(sheet)
    assert len(_PAGE.findall(pdf)) == 1
    assert b"/MediaBox [ 0 0 595.2756 841.8898 ]" in pdf
    left, right, low, high = _extent(pdf)
    assert left >= 0
    assert right <= 596
    assert low >= 20
    assert high <= 842
    assert pdf == as_pdf(sheet)


def _extent(pdf: bytes) -> tuple[float, float, float, float]:
    """The outermost places at which text or a bar begins or ends, in points."""
    stream = re.search(rb"stream\s+(.*?)~>\s*endstream", pdf, re.DOTALL)
    assert stream is not None
    drawn = zlib.decompress(base64.a85decode(stream[1])).decode("latin-1")
    texts = [(float(x), float(y)) for x, y in re.findall(r"1 0 0 1 (-?[\d.]+) (-?[\d.]+) Tm", drawn)]
    rects = [tuple(map(float, found)) for found in re.findall(r"(-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+) re", drawn)]
    assert len(texts) > 30
    assert len(rects) > 10
    xs = [x for x, _ in texts] + [x for x, _, width, _ in rects] + [x + width for x, _, width, _ in rects]
    ys = [y for _, y in texts] + [y for _, y, _, _ in rects] + [y + height for _, y, _, height in rects]
    return min(xs), max(xs), min(ys), max(ys)
