"""Pure rule: for how long a login is locked after wrong passwords."""

from datetime import datetime, timedelta

from callcenter.clock import STEP_TOLERANCE

FREE_FAILURES = 4
FIRST_LOCK_S = 60
LONGEST_LOCK_S = 3600


def lock_s(failures: int) -> int:
    """The seconds for which a login is locked after this many wrong passwords in a row.

    The first four have no effect. The fifth locks it for a minute, and each further one for twice as long, up to an
    hour. An attacker gets some thirty tries a day; a colleague with a typing error waits a minute.
    """
    if failures <= FREE_FAILURES:
        return 0
    return int(min(FIRST_LOCK_S * 2 ** min(failures - FREE_FAILURES - 1, 16), LONGEST_LOCK_S))


def locked_until(failures: int, now: datetime) -> datetime | None:
    """Until when (UTC) a failure at `now`, the last of `failures` in a row, locks the login; None: not at all."""
    seconds = lock_s(failures)
    return now + timedelta(seconds=seconds) if seconds else None


def is_locked(until: datetime | None, failures: int, now: datetime) -> bool:
    """Whether a login is locked. until: as `locked_until` returned it after the last of `failures` wrong passwords.

    A lock that ends later than its failures can explain was stored by a clock that ran ahead. It is over.
    """
    return until is not None and timedelta(0) < until - now <= timedelta(seconds=lock_s(failures)) + STEP_TOLERANCE
