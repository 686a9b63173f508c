"""Pure rule: for how long an API token is valid, and when its use is stored."""

from datetime import datetime, timedelta

from callcenter.errors import InvalidInput

# A year, so that a token that nobody thinks of any more ends by itself. 0 must be chosen: it never ends.
DAYS = 365
MOST_DAYS = 3650
NOTED_EVERY = timedelta(hours=1)


def expires_at(days: int, now: datetime) -> datetime | None:
    """When a token that is made now ends; None for 0 days: never. Raises InvalidInput on `days`."""
    if not 0 <= days <= MOST_DAYS:
        raise InvalidInput("days", "a token is valid for 1 to %(most)s days, or with 0 for ever", most=MOST_DAYS)
    return now + timedelta(days=days) if days else None


def is_to_be_noted(used_at: datetime | None, now: datetime) -> bool:
    """Whether the use at `now` is stored. used_at: the use that was stored last, perhaps by a clock that ran ahead."""
    return used_at is None or abs(now - used_at) >= NOTED_EVERY
