"""Pure rule: how many attempts to log in are left, and when the next one comes back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.clock import STEP_TOLERANCE


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `burst` attempts at once; each one that was taken comes back after another `every`.

    One instant says how many are left: `full_at`, at which all of them are there again. It moves `every` ahead with
    each attempt, and never lies further ahead than `burst` attempts. An instant beyond that was stored by a clock that
    ran ahead, and counts as if nothing had been taken. None: nothing was taken.
    """

    burst: int
    every: timedelta

    def take(self, full_at: datetime | None, now: datetime) -> datetime | None:
        """The new `full_at` after an attempt at `now`; None when no attempt is left."""
        after = self._believed(full_at, now) + self.every
        return after if after - now <= self.burst * self.every else None

    def give_back(self, full_at: datetime | None, now: datetime) -> datetime:
        """The new `full_at` when an attempt turns out not to count."""
        return max(now, self._believed(full_at, now) - self.every)

    def next_at(self, full_at: datetime | None, now: datetime) -> datetime:
        """When an attempt is possible: `now`, or when the next one comes back."""
        return max(now, self._believed(full_at, now) - (self.burst - 1) * self.every)

    def _believed(self, full_at: datetime | None, now: datetime) -> datetime:
        if full_at is None or full_at - now > self.burst * self.every + STEP_TOLERANCE:
            return now
        return max(now, full_at)


# For one address, whether it has a login or not: 149 attempts in the first day.
ACCOUNT = Limit(burst=5, every=timedelta(minutes=10))
# For one client address, which may be a whole office: 500 attempts in the first day, whatever they are at.
SOURCE = Limit(burst=20, every=timedelta(minutes=3))
# For somebody in a browser in which the same person logged in before, instead of the two above.
BROWSER = Limit(burst=10, every=timedelta(minutes=5))
# For the present password of somebody who is logged in and chooses another one, or sets up a second factor.
OWN_PASSWORD = Limit(burst=5, every=timedelta(minutes=10))
