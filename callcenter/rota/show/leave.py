"""Reads leave from a calendar file: events marked out of office, as proposed rows of exceptions.csv."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import icalendar
import recurring_ical_events
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from callcenter.errors import CallcenterError
from callcenter.rota.minutes import load_zone, occurrence_fault

# How far an endless series is read, from today or from the last start of a series.
_AHEAD = timedelta(days=400)
_DATE_PROPERTIES = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE")
_HEADER = ("id", "kind", "consultant", "from", "to", "substitute", "note", "by")
# Zone names of Outlook on the web that contain no city.
_NAMED = {
    "eastern time": "America/New_York",
    "central time": "America/Chicago",
    "mountain time": "America/Denver",
    "pacific time": "America/Los_Angeles",
}


@dataclass(frozen=True, slots=True)
class Leave:
    """One absence: whole local days when `start` and `end` are dates (the last one included), else local times."""

    key: str
    start: date
    end: date


def read_leave(
    data: bytes, zone: ZoneInfo, now: datetime, first: date | None = None, last: date | None = None
) -> list[Leave]:
    """Every out-of-office event and occurrence in a calendar file, in order, without cancelled ones.

    zone: the office's. Times without a known zone are read in it, and results are in it. now: endless series end 400
    days later. first, last: only absences that touch the local dates from `first` up to, not including, `last`. Raises
    CallcenterError when the file is no calendar.
    """
    try:
        calendars = icalendar.Calendar.from_ical(data, multiple=True)
    except (ValueError, IndexError, KeyError) as error:
        raise CallcenterError(f"this is not a calendar file: {error}") from None
    if not calendars:
        raise CallcenterError("this is not a calendar file: no calendar in it comes to its end")
    found: dict[tuple[str, date, date], Leave] = {}
    for calendar in calendars:
        begins = list(_prepare(calendar, zone))
        if not begins:
            continue
        until = max(now, *begins) + _AHEAD
        for event in recurring_ical_events.of(calendar).between(min(begins) - timedelta(days=2), until):
            leave = _leave(event, zone)
            if leave is not None and _within(leave, first, last):
                found.setdefault((leave.key, leave.start, leave.end), leave)
    return sorted(found.values(), key=lambda leave: (_moment(leave.start, zone), _moment(leave.end, zone), leave.key))


def _moment(t: date, zone: tzinfo) -> datetime:
    return t if isinstance(t, datetime) else datetime.combine(t, time(), zone)


def _within(leave: Leave, first: date | None, last: date | None) -> bool:
    start = leave.start.date() if isinstance(leave.start, datetime) else leave.start
    end = leave.end.date() if isinstance(leave.end, datetime) else leave.end
    return (first is None or end >= first) and (last is None or start < last)


def _prepare(calendar: icalendar.Calendar, zone: ZoneInfo) -> Iterator[datetime]:
    """Give every time in the calendar's events a zone and yield each start. Events without a start are removed."""
    events: list[Any] = list(calendar.walk("VEVENT"))
    for event in events:
        begin = event.get("DTSTART")
        if not isinstance(begin, icalendar.vDDDTypes) or not isinstance(begin.dt, date):
            calendar.subcomponents.remove(event)
            continue
        whole_days = not isinstance(begin.dt, datetime)
        for name in _DATE_PROPERTIES:
            if name in event:
                event[name] = _zoned_property(event[name], zone, whole_days and name in ("RECURRENCE-ID", "EXDATE"))
        if whole_days and isinstance(event.get("RRULE"), icalendar.vRecur):
            # Exchange ends a series of whole days at a midnight in UTC, where a date belongs.
            ends = event["RRULE"].get("UNTIL")
            if ends:
                event["RRULE"]["UNTIL"] = [_zoned(t, None, zone, True) for t in ends]
        yield _moment(event["DTSTART"].dt, zone)


def _zoned_property(value: Any, zone: ZoneInfo, as_date: bool) -> Any:
    """A date property with zones filled in.

    as_date: Exchange names an occurrence of a series of whole days by its midnight; it is replaced by the date.
    """
    if isinstance(value, list):
        return [_zoned_property(item, zone, as_date) for item in value]
    name = value.params.get("TZID")
    if isinstance(value, icalendar.vDDDLists):
        return icalendar.vDDDLists([_zoned(item.dt, name, zone, as_date) for item in value.dts])
    return icalendar.vDDDTypes(_zoned(value.dt, name, zone, as_date))


def _zoned(t: Any, name: str | None, zone: ZoneInfo, as_date: bool) -> Any:
    if not isinstance(t, datetime):
        return t
    if as_date:
        return t.astimezone(zone).date() if t.tzinfo is UTC or str(t.tzinfo) == "UTC" else t.date()
    return t if t.tzinfo is not None else t.replace(tzinfo=zone_named(name, zone))


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    return {name.rpartition("/")[2].replace("_", " ").lower(): name for name in sorted(available_timezones())}


def zone_named(name: str | None, office: ZoneInfo) -> tzinfo:
    """The zone of a name that the calendar does not define.

    The name is an IANA or Windows name, a list of cities as in `(UTC+01:00) Amsterdam, Berlin, …`, or a fixed offset
    such as `UTC+01`. Any other name gives the office's zone.
    """
    if not name:
        return office
    zone = load_zone(WINDOWS_TO_OLSON.get(name, name).strip("/"))
    if zone is not None:
        return zone
    match = re.search(r"(?:UTC|GMT)\s*([+-])(\d{1,2}):?(\d{2})?", name)
    cities = re.sub(r"\([^)]*\)", "", name).split(",") if match and ")" in name else []
    for city in cities:
        known = _NAMED.get(city.strip().lower()) or _cities().get(city.strip().lower())
        zone = load_zone(known) if known else None
        if zone is not None:
            return zone
    if match and not cities:
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return timezone(timedelta(minutes=minutes if match[1] == "+" else -minutes))
    return office


def _leave(event: Any, zone: ZoneInfo) -> Leave | None:
    if str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() != "OOF":
        return None
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return None
    start, end = event.start, event.end
    digest = hashlib.sha256(f"{event.get('UID', '')}\0{start.isoformat()}".encode()).hexdigest()
    key = f"cal-{digest[:10]}"
    if not isinstance(start, datetime):
        return Leave(key, start, max(start, end - timedelta(days=1)))
    whole = _whole_days(start, end, zone, str(event.get("X-MICROSOFT-CDO-ALLDAYEVENT", "")).upper() == "TRUE")
    if whole is not None:
        return Leave(key, *whole)
    local_start, local_end = _typed(start.astimezone(zone), -1), _typed(end.astimezone(zone), 1)
    return Leave(key, local_start, local_end) if local_start < local_end else None


def _whole_days(start: datetime, end: datetime, zone: ZoneInfo, flagged: bool) -> tuple[date, date] | None:
    """The first and last date of an event from midnight to midnight, else None.

    flagged: the calendar marks it as whole days; then midnights in the event's own zone count too.
    """
    forms = [(start.astimezone(zone), end.astimezone(zone))]
    if flagged:
        forms.append((start, end))
    for first, last in forms:
        if first.time() == last.time() == time() and first.date() < last.date():
            return first.date(), last.date() - timedelta(days=1)
    return None


def _typed(t: datetime, step: int) -> datetime:
    """The nearest local minute at or beyond `t` that occurs once, as the files require. step: 1 or -1 minute."""
    zone = t.tzinfo
    assert isinstance(zone, ZoneInfo)
    whole = t.replace(second=0, microsecond=0)
    if step > 0 and whole != t:
        whole += timedelta(minutes=1)
    while occurrence_fault(zone, whole.date(), whole.hour * 60 + whole.minute) is not None:
        whole = (whole.astimezone(UTC) + timedelta(minutes=step)).astimezone(zone)
    return whole


def proposals(leaves: list[Leave], code: str) -> list[str]:
    """Lines for `exceptions.csv`, the header first. The subject of an event is private and not copied."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(_HEADER)
    for leave in leaves:
        writer.writerow((leave.key, "leave", code, _cell(leave.start), _cell(leave.end), "", "agenda", ""))
    return out.getvalue().splitlines()


def _cell(t: date) -> str:
    return f"{t:%Y-%m-%d %H:%M}" if isinstance(t, datetime) else t.isoformat()
