"""Assigns instants to calendar buckets in the office's time zone, hours, days and weeks, and to half hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from callcenter.rota.minutes import instant_of, midnight, to_minute

By = Literal["hour", "day", "week"]

HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A bucket. day: the local day on which it begins; minute: the minute of that day (wall clock)."""

    day: date
    minute: int = 0

    def start(self, zone: ZoneInfo) -> datetime:
        """The instant (UTC) at which the bucket begins."""
        return instant_of(to_minute(zone, self.day, self.minute, end=False))


def day_start(zone: ZoneInfo, day: date) -> datetime:
    """The instant (UTC) at which a local day begins."""
    return instant_of(midnight(zone, day))


def slot_of(zone: ZoneInfo, instant: datetime, by: By) -> Slot:
    """The bucket of an aware instant. An hour that occurs twice in autumn is one bucket; a week begins on Monday."""
    local = instant.astimezone(zone)
    return slot_of_hour(local.date(), local.hour, by)


def slot_of_hour(day: date, hour: int, by: By) -> Slot:
    """The bucket of a wall-clock hour of a local day."""
    if by == "week":
        return Slot(day - timedelta(days=day.weekday()))
    if by == "day":
        return Slot(day)
    return Slot(day, hour * 60)


def half_hour_of(instant: datetime) -> datetime:
    """The start (UTC) of the half hour of an aware instant. A half hour that occurs twice in autumn is two."""
    at = instant.astimezone(UTC)
    return at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)
