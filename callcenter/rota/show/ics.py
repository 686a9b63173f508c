"""Writes one consultant's shifts and callback appointments as iCalendar, for a calendar subscription."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import icalendar

from callcenter.rota.model import DutyInterval, Rota
from callcenter.rota.show.render import utc_text
from callcenter.rota.whole_duty import whole_duty

# A removed shift stays in the feed as cancelled for this long, so that a calendar which polls daily removes it.
KEEP_CANCELLED = timedelta(days=15)
_SUMMARY = {
    "nl": {"line": "Telefoondienst", "backup": "Achterwacht"},
    "en": {"line": "Line duty", "backup": "Backup"},
}


@dataclass(frozen=True, slots=True)
class Appointment:
    """A callback promised for a time. key: stable and without personal data; summary: without name or number."""

    key: str
    start: datetime
    end: datetime
    summary: str
    url: str = ""
    cancelled: bool = False


def feed(
    rota: Rota,
    code: str,
    a: datetime,
    b: datetime,
    now: datetime,
    appointments: Iterable[Appointment] = (),
    *,
    replaced: Sequence[tuple[datetime, Rota]] = (),
    language: str = "nl",
) -> bytes:
    """The iCalendar file of one consultant's duty that touches the time between two aware instants.

    replaced: earlier rotas, each with the instant of its replacement (`versions.replaced_since`). Duty of a rota that
    was replaced in the last 15 days, and is not in this one, is written as cancelled. An event's UID consists of
    person, role and start, so it is the same at each poll. language: nl or en.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//callcenter//rota//NL")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _SUMMARY[language]["line"])
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    present = {_uid(duty): duty for duty in whole_duty(rota, code, a, b)}
    for uid, duty in present.items():
        calendar.add_component(_event(uid, duty.start, duty.end, _SUMMARY[language][duty.role], now))
    for uid, (duty, gone_at) in _gone(present, code, a, b, now, replaced).items():
        event = _event(uid, duty.start, duty.end, _SUMMARY[language][duty.role], gone_at)
        calendar.add_component(_cancelled(event))
    for one in appointments:
        event = _event(f"{one.key}@callcenter", one.start, one.end, one.summary, now)
        if one.url:
            event.add("url", one.url)
        calendar.add_component(_cancelled(event) if one.cancelled else event)
    return bytes(calendar.to_ical())


def _uid(duty: DutyInterval) -> str:
    return f"{duty.consultant.lower()}-{duty.role}-{utc_text(duty.start)}@callcenter"


def _gone(
    present: dict[str, DutyInterval],
    code: str,
    a: datetime,
    b: datetime,
    now: datetime,
    replaced: Sequence[tuple[datetime, Rota]],
) -> dict[str, tuple[DutyInterval, datetime]]:
    found: dict[str, tuple[DutyInterval, datetime]] = {}
    for at, earlier in replaced:
        if at < now - KEEP_CANCELLED:
            continue
        for duty in whole_duty(earlier, code, a, b):
            if _uid(duty) not in present:
                found[_uid(duty)] = (duty, at)
    return found


def _event(uid: str, start: datetime, end: datetime, summary: str, stamp: datetime) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", uid)
    event.add("dtstamp", stamp)
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("summary", summary)
    event.add("status", "CONFIRMED")
    event.add("sequence", 0)
    return event


def _cancelled(event: icalendar.Event) -> icalendar.Event:
    event["status"] = "CANCELLED"
    event["sequence"] = 1
    return event
