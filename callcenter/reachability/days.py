"""Assigns instants to calendar buckets in the office's time zone: half hours, hours, days and weeks."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from callcenter.rota.minutes import instant_of, midnight, to_minute

By = Literal["half_hour", "hour", "day", "week"]


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
    return slot_of_hour(local.date(), local.hour, by, local.minute)


def slot_of_hour(day: date, hour: int, by: By, minute: int = 0) -> Slot:
    """The bucket of a wall-clock hour and minute of a local day."""
    if by == "week":
        return Slot(day - timedelta(days=day.weekday()))
    if by == "day":
        return Slot(day)
    if by == "hour":
        return Slot(day, hour * 60)
    return Slot(day, hour * 60 + minute // 30 * 30)
