"""The iCalendar feed of a consultant's shifts."""

from datetime import UTC, timedelta

import icalendar

from callcenter.rota.model import Rota
from callcenter.rota.show.ics import Appointment, feed
from tests.support.rota_files import NOW, a_rota, local

A, B = local("2027-06-07 00:00"), local("2027-06-14 00:00")


def events(data: bytes) -> list[icalendar.Event]:
    return [event for event in icalendar.Calendar.from_ical(data).walk("VEVENT") if isinstance(event, icalendar.Event)]


def week(*rows: str) -> Rota:
    return a_rota(*rows)


def test_only_the_own_shifts_are_in_it() -> None:
    data = feed(week("A;mon;09:00;17:00", "B;tue;09:00;17:00"), "A", A, B, NOW)
    (event,) = events(data)
    assert event.decoded("dtstart").astimezone(UTC) == local("2027-06-07 09:00")
    assert event["summary"] == "Telefoondienst"
    assert b"B Jansen" not in data
    assert b"350000" not in data


def test_touching_rows_are_one_event() -> None:
    assert len(events(feed(week("A;mon;09:00;12:00", "A;mon;12:00;17:00"), "A", A, B, NOW))) == 1


def test_an_event_keeps_its_name_from_one_reading_to_the_next() -> None:
    rota, longer = week("A;mon;09:00;17:00"), week("A;mon;09:00;16:00", "A;wed;09:00;12:00")
    first = {str(e["uid"]) for e in events(feed(rota, "A", A, B, NOW))}
    later = {str(e["uid"]) for e in events(feed(longer, "A", A, B, NOW + timedelta(days=1)))}
    assert first < later


def test_a_shift_that_went_away_is_cancelled_for_fifteen_days() -> None:
    before, after = week("A;mon,tue;09:00;17:00"), week("A;mon;09:00;17:00")
    soon = events(feed(after, "A", A, B, NOW, replaced=[(NOW - timedelta(days=14), before)]))
    assert {str(e["status"]) for e in soon} == {"CONFIRMED", "CANCELLED"}
    (gone,) = [e for e in soon if e["status"] == "CANCELLED"]
    assert gone.decoded("dtstart").astimezone(UTC) == local("2027-06-08 09:00")
    assert int(str(gone["sequence"])) == 1
    late = events(feed(after, "A", A, B, NOW, replaced=[(NOW - timedelta(days=16), before)]))
    assert [str(e["status"]) for e in late] == ["CONFIRMED"]


def test_appointments_are_added_and_odd_text_survives() -> None:
    text = "Terugbellen; 10.15 uur, " + "lang " * 30
    one = Appointment("callback-7", local("2027-06-09 10:15"), local("2027-06-09 10:30"), text, "https://x.example/7")
    two = Appointment("callback-8", local("2027-06-09 11:15"), local("2027-06-09 11:30"), "weg", cancelled=True)
    data = feed(week("B;mon;09:00;17:00"), "A", A, B, NOW, [one, two])
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    found = events(data)
    assert str(found[0]["summary"]) == text
    assert str(found[0]["url"]) == "https://x.example/7"
    assert str(found[1]["status"]) == "CANCELLED"
