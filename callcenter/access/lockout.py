"""How long is a login locked after wrong passwords? Pure rule."""

from datetime import datetime, timedelta

FREE_FAILURES = 4
FIRST_LOCK_S = 60
LONGEST_LOCK_S = 3600


def lock_s(failures: int) -> int:
    """Seconds a login is locked after this many wrong passwords in a row.

    The first four cost nothing; the fifth a minute, and each further one twice as long, up to an hour. So a guesser
    gets some thirty tries a day, and a colleague with a typing error waits a minute.
    """
    if failures <= FREE_FAILURES:
        return 0
    return int(min(FIRST_LOCK_S * 2 ** min(failures - FREE_FAILURES - 1, 16), LONGEST_LOCK_S))


def locked_until(failures: int, now: datetime) -> datetime | None:
    """Until when the login is locked by a failure at `now` that made it `failures` in a row, or None."""
    seconds = lock_s(failures)
    return now + timedelta(seconds=seconds) if seconds else None
