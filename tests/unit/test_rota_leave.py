"""Leave is read from the calendars that Exchange and similar servers publish."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callcenter.errors import CallcenterError
from callcenter.rota.reading.files import read_files
from callcenter.rota.show.leave import proposals, read_leave, zone_named
from tests.support.rota_files import AMSTERDAM, NOW, files

DATA = Path(__file__).parents[1] / "data" / "rota"
SHARED = Path(__file__).parents[3] / "shared" / "data"


def calendar(*events: str) -> bytes:
    away = "X-MICROSOFT-CDO-BUSYSTATUS:OOF"
    body = "".join(f"BEGIN:VEVENT\nUID:{n}\n{event}\n{away}\nEND:VEVENT\n" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{body}END:VCALENDAR\n".encode()


def rows(data: bytes, first: date | None = None, last: date | None = None) -> list[str]:
    """`from to` of each proposed row."""
    found = proposals(read_leave(data, AMSTERDAM, NOW, first, last), "A")
    return [" to ".join(line.split(";")[3:5]) for line in found[1:]]


def test_an_exchange_calendar_becomes_the_rows_that_are_leave() -> None:
    found = rows((DATA / "exchange.ics").read_bytes())
    assert found[:5] == [
        "2027-03-03 13:00 to 2027-03-03 17:00",
        "2027-03-10 13:00 to 2027-03-10 17:00",
        "2027-03-17 13:00 to 2027-03-17 17:00",
        "2027-03-25 13:00 to 2027-03-25 17:00",  # moved from Wednesday to Thursday
        "2027-03-31 13:00 to 2027-03-31 17:00",
    ]
    assert "2027-04-07 13:00 to 2027-04-07 17:00" not in found  # taken out of the series
    assert "2027-04-26 to 2027-04-30" in found
    assert found[-1] == "2027-06-30 13:00 to 2027-06-30 17:00"
    assert len(found) == 18


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART;VALUE=DATE:20270501\nDURATION:P2D", "2027-05-01 to 2027-05-02"),
        ("DTSTART;VALUE=DATE:20270501", "2027-05-01 to 2027-05-01"),
        (
            "DTSTART;TZID=W. Europe Standard Time:20270426T000000\nDTEND;TZID=W. Europe Standard Time:20270428T000000\n"
            "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
            "2027-04-26 to 2027-04-27",
        ),
        ("DTSTART:20270425T220000Z\nDTEND:20270426T220000Z", "2027-04-26 to 2027-04-26"),
        (
            "DTSTART;TZID=Pacific Standard Time:20270701T000000\nDTEND;TZID=Pacific Standard Time:20270702T000000\n"
            "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
            "2027-07-01 to 2027-07-01",
        ),
        (
            'DTSTART;TZID="(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Vienna":20270601T090000\nDURATION:PT2H',
            "2027-06-01 09:00 to 2027-06-01 11:00",
        ),
        ("DTSTART;TZID=Customized Time Zone:20270601T130000\nDURATION:PT1H", "2027-06-01 13:00 to 2027-06-01 14:00"),
        ("DTSTART:20270601T130000\nDURATION:PT1H", "2027-06-01 13:00 to 2027-06-01 14:00"),
        ("DTSTART:20270601T130020Z\nDTEND:20270601T140020Z", "2027-06-01 15:00 to 2027-06-01 16:01"),
        ("DTSTART:20271031T003000Z\nDTEND:20271031T013000Z", "2027-10-31 01:59 to 2027-10-31 03:00"),
    ],
)
def test_one_event_becomes_one_row(event: str, expected: str) -> None:
    assert rows(calendar(event)) == [expected]


def test_a_series_of_whole_days_is_freed_of_occurrences_named_by_midnight() -> None:
    series = (
        "DTSTART;VALUE=DATE:20270303\nDTEND;VALUE=DATE:20270304\nRRULE:FREQ=WEEKLY;UNTIL=20270323T230000Z\n"
        "EXDATE;TZID=W. Europe Standard Time:20270310T000000"
    )
    assert [row[-10:] for row in rows(calendar(series))] == ["2027-03-03", "2027-03-17", "2027-03-24"]


@pytest.mark.parametrize("state", ["STATUS:CANCELLED", "X-NOTHING:1"])
def test_cancelled_events_and_meetings_are_no_leave(state: str) -> None:
    event = f"DTSTART;VALUE=DATE:20270501\n{state}"
    data = calendar(event) if "CANCELLED" in state else calendar(event).replace(b":OOF", b":BUSY")
    assert rows(data) == []


def test_only_the_asked_dates_are_proposed() -> None:
    data = calendar("DTSTART;VALUE=DATE:20270501\nRRULE:FREQ=DAILY;COUNT=9")
    assert rows(data, date(2027, 5, 3), date(2027, 5, 5)) == ["2027-05-03 to 2027-05-03", "2027-05-04 to 2027-05-04"]


def test_an_endless_series_is_followed_for_a_year_or_so() -> None:
    assert 50 < len(rows(calendar("DTSTART;VALUE=DATE:20261130\nRRULE:FREQ=WEEKLY"))) < 62


def test_a_proposal_says_nothing_of_the_subject_and_can_be_loaded() -> None:
    whole = "SUMMARY:Ziekenhuis\nDTSTART;VALUE=DATE:20270608\nDURATION:P2D"
    data = calendar(whole, "DTSTART:20270602T070000Z\nDURATION:PT3H")
    lines = proposals(read_leave(data, AMSTERDAM, NOW), "A")
    assert "Ziekenhuis" not in "".join(lines)
    written = files(["A;mon-fri;09:00;17:00"]) | {"exceptions.csv": "\n".join(lines).encode()}
    result = read_files(written, NOW)
    assert result.rota is not None
    assert [row.kind for row in result.rota.exceptions] == ["leave", "leave"]
    assert lines == proposals(read_leave(data, AMSTERDAM, NOW), "A")


@pytest.mark.parametrize("data", [b"hello", b"\xff\xfe", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", b""])
def test_what_is_no_calendar_is_refused(data: bytes) -> None:
    with pytest.raises(CallcenterError, match="not a calendar"):
        read_leave(data, AMSTERDAM, NOW)


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Europe/Paris", "Europe/Paris"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("(GMT+10:00) Canberra, Melbourne, Sydney", "Australia/Canberra"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("UTC+01", "UTC+01:00"),
        ("Customized Time Zone", "Europe/Amsterdam"),
        (None, "Europe/Amsterdam"),
    ],
)
def test_a_zone_is_found_by_the_names_calendars_use(name: str | None, zone: str) -> None:
    assert str(zone_named(name, ZoneInfo("Europe/Amsterdam"))) == zone


def test_calendars_of_many_makers_are_read_without_a_failure() -> None:
    if not SHARED.is_dir():
        pytest.skip("the full example calendars are not beside the project")
    for path in sorted((SHARED / "ics").glob("*.ics")):
        assert read_leave(path.read_bytes(), AMSTERDAM, NOW) == []  # none of them is marked out of office


def test_the_same_calendars_marked_out_of_office_all_give_rows() -> None:
    if not SHARED.is_dir():
        pytest.skip("the full example calendars are not beside the project")
    for path in sorted((SHARED / "ics").glob("*.ics")):
        data = path.read_bytes()
        for state in (b"BUSY", b"TENTATIVE", b"FREE"):
            data = data.replace(b"CDO-BUSYSTATUS:" + state, b"CDO-BUSYSTATUS:OOF")
        if b"BUSYSTATUS:OOF" in data:
            assert rows(data), path.name
