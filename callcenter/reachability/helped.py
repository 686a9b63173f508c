"""Whether a caller was helped: reached a person, or was spoken to as promised; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from callcenter.rota.hours import opening_of_day
from callcenter.rota.minutes import instant_of
from callcenter.rota.model import Rota

# The most days in which two working days are looked for.
FAR = 60
WITHIN_THE_HOUR = timedelta(hours=1)
# How many of a school's calls say how we treat it now.
LAST_CALLS = 3


@dataclass(frozen=True, slots=True)
class Help:
    """What became of an offered call. received_at, spoken_at, promised_by: UTC.

    reached: a consultant took it; spoken_at: when the caller was first spoken to afterwards, because we rang back or
    the caller rang again; promised_by: the time that the caller was told, None without a promise.
    """

    received_at: datetime
    reached: bool
    spoken_at: datetime | None = None
    promised_by: datetime | None = None

    def as_promised(self, now: datetime) -> bool | None:
        """Whether the caller reached a person or was spoken to before the promised time. None: that lies ahead."""
        if self.reached:
            return True
        if self.promised_by is None:
            return False
        if self.spoken_at is not None:
            return self.spoken_at <= self.promised_by
        return False if now > self.promised_by else None

    def within_the_hour(self, now: datetime) -> bool | None:
        """Whether the caller was helped within an hour of the call. None: the hour is not over."""
        if self.reached:
            return True
        if self.spoken_at is not None:
            return self.spoken_at <= self.received_at + WITHIN_THE_HOUR
        return False if now > self.received_at + WITHIN_THE_HOUR else None


def all_helped(last: Iterable[bool | None]) -> bool | None:
    """Whether each of a school's last three calls was helped. None: fewer are known, so the school does not count.

    last: its calls, newest first, each helped or not; None: that is still open.
    """
    known = [one for one in last if one is not None][:LAST_CALLS]
    return all(known) if len(known) == LAST_CALLS else None


def two_working_days_after(rota: Rota, made_at: datetime) -> datetime | None:
    """The end of the second day after `made_at` on which the line is open (UTC); None when it does not open twice."""
    day: date = made_at.astimezone(rota.zone).date()
    left = 2
    for _ in range(FAR):
        day += timedelta(days=1)
        if spans := opening_of_day(rota, day):
            left -= 1
            if not left:
                return instant_of(spans[-1][1])
    return None
