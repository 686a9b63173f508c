"""Chooses the days that the demo simulates, and the instant at which it goes live. Pure functions of rota and time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from callcenter.rota.hours import opening
from callcenter.rota.model import Rota

# When the line is closed now, the demo goes live this long after the opening of the last working day: its busiest hour.
_LIVE_AFTER_OPENING = timedelta(minutes=90)
# The line should not close while a newcomer looks around for half an hour.
_OPEN_AT_LEAST = timedelta(minutes=45)
# Further back than the longest school vacation.
_LOOK_BACK_DAYS = 120


@dataclass(frozen=True, slots=True)
class OpenDay:
    """One local day on which the line opens. opens_at, closes_at: its first opening and last closing, UTC."""

    day: date
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class DemoPeriod:
    """What the demo simulates before it goes live: whole past days, then the live day up to `live_from` (UTC)."""

    past: tuple[OpenDay, ...]
    live_day: OpenDay
    live_from: datetime

    @property
    def starts_at(self) -> datetime:
        """Where the demo's clock starts (UTC): before the opening of the first day."""
        return (*self.past, self.live_day)[0].opens_at - timedelta(minutes=75)


def demo_period(rota: Rota, now: datetime, days: int) -> DemoPeriod:
    """The demo's period with `days` past working days, for a present instant (UTC).

    While the line is open the demo runs in the present. Otherwise its clock stands at mid-morning of the last working
    day, because a closed office shows nothing. Raises ValueError when the line did not open often enough.
    """
    today = open_day(rota, now.astimezone(rota.zone).date())
    if today and today.opens_at + timedelta(minutes=10) <= now <= today.closes_at - _OPEN_AT_LEAST:
        return DemoPeriod(_before(rota, today.day, days), today, now)
    reached = today if today and now > today.closes_at - _OPEN_AT_LEAST else None
    live_day = reached or _before(rota, now.astimezone(rota.zone).date(), 1)[0]
    return DemoPeriod(_before(rota, live_day.day, days), live_day, live_day.opens_at + _LIVE_AFTER_OPENING)


def open_day(rota: Rota, day: date) -> OpenDay | None:
    """The opening hours of a local day; None when the line is closed all day."""
    start = datetime(day.year, day.month, day.day, tzinfo=rota.zone)
    after = day + timedelta(days=1)
    spans = opening(rota, start, datetime(after.year, after.month, after.day, tzinfo=rota.zone))
    return OpenDay(day, spans[0].start, spans[-1].end) if spans else None


def next_open_day(rota: Rota, after: date) -> OpenDay:
    """The first later day on which the line opens. Raises ValueError when there is none in the next months."""
    for ahead in range(1, _LOOK_BACK_DAYS):
        found = open_day(rota, after + timedelta(days=ahead))
        if found:
            return found
    raise ValueError("the line does not open in the months ahead")


def _before(rota: Rota, day: date, count: int) -> tuple[OpenDay, ...]:
    """The last `count` days before a local day on which the line opened, oldest first."""
    found: list[OpenDay] = []
    for back in range(1, _LOOK_BACK_DAYS):
        one = open_day(rota, day - timedelta(days=back))
        if one:
            found.append(one)
        if len(found) == count:
            return tuple(reversed(found))
    raise ValueError("the line did not open often enough in the months before")
