"""Pure rule: until when a session of the pages lasts."""

from datetime import datetime, timedelta

from callcenter.clock import lies_ahead

# A working day, also with a late evening. Whoever asked to stay logged in is asked again after a month of disuse.
LASTS = timedelta(hours=12)
STAYS = timedelta(days=30)
# How often the use of a session is stored.
NOTED_EVERY = timedelta(hours=1)


def is_over(stay: bool, created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Whether a session has ended by time.

    stay: whether its owner asked to stay logged in; seen_at: its last use that was stored. A session that begins in the
    future was stored by a clock that ran ahead: it is over, and its owner logs in again.
    """
    if lies_ahead(created_at, now) or lies_ahead(seen_at, now):
        return True
    return now - seen_at >= STAYS if stay else now - created_at >= LASTS


def is_to_be_noted(seen_at: datetime, now: datetime) -> bool:
    """Whether the use at `now` is stored; seen_at: the use that was stored last."""
    return now - seen_at >= NOTED_EVERY
