"""Which days does the demo live, and at which instant does it go on live? Pure: a rota and the present in, days out."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from callcenter.rota.hours import opening
from callcenter.rota.model import Rota

# Live from here on the last working day, when the line is not open now: the busiest hour, with a morning behind it.
_LIVE_AFTER_OPENING = timedelta(minutes=90)
# A newcomer who looks around for half an hour should not see the line close.
_OPEN_AT_LEAST = timedelta(minutes=45)
# Further back than the longest school vacation.
_LOOK_BACK_DAYS = 120


@dataclass(frozen=True, slots=True)
class OpenDay:
    """One local day on which the line opens, with its first and last opened instant in UTC."""

    day: date
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Course:
    """What is lived before the demo goes live: whole days, then the live day's hours up to `live_from` (UTC)."""

    past: tuple[OpenDay, ...]
    live_day: OpenDay
    live_from: datetime

    @property
    def starts_at(self) -> datetime:
        """When the demo's time begins: early on the first lived day."""
        return (*self.past, self.live_day)[0].opens_at - timedelta(minutes=75)


def course(rota: Rota, now: datetime, days: int) -> Course:
    """The demo's course for `days` past working days at an instant (UTC).

    While the line is open the demo lives in the present. At other hours its clock stands at mid-morning of the last
    working day, because an office that is closed shows nothing. Raises ValueError when the line never opened.
    """
    today = open_day(rota, now.astimezone(rota.zone).date())
    if today and today.opens_at + timedelta(minutes=10) <= now <= today.closes_at - _OPEN_AT_LEAST:
        return Course(_before(rota, today.day, days), today, now)
    reached = today if today and now > today.closes_at - _OPEN_AT_LEAST else None
    live_day = reached or _before(rota, now.astimezone(rota.zone).date(), 1)[0]
    return Course(_before(rota, live_day.day, days), live_day, live_day.opens_at + _LIVE_AFTER_OPENING)


def open_day(rota: Rota, day: date) -> OpenDay | None:
    """The opening hours of a local day; None when the line stays closed."""
    start = datetime(day.year, day.month, day.day, tzinfo=rota.zone)
    after = day + timedelta(days=1)
    spans = opening(rota, start, datetime(after.year, after.month, after.day, tzinfo=rota.zone))
    return OpenDay(day, spans[0].start, spans[-1].end) if spans else None


def next_open_day(rota: Rota, after: date) -> OpenDay:
    """The first day after a local day on which the line opens. Raises ValueError when there is none."""
    for ahead in range(1, _LOOK_BACK_DAYS):
        found = open_day(rota, after + timedelta(days=ahead))
        if found:
            return found
    raise ValueError("the line does not open in the months ahead")


def _before(rota: Rota, day: date, count: int) -> tuple[OpenDay, ...]:
    """The last `count` opened days before a local day, oldest first."""
    found: list[OpenDay] = []
    for back in range(1, _LOOK_BACK_DAYS):
        one = open_day(rota, day - timedelta(days=back))
        if one:
            found.append(one)
        if len(found) == count:
            return tuple(reversed(found))
    raise ValueError("the line did not open often enough in the months before")
