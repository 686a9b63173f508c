"""What number or instant did Twilio mean? Twilio's parameters are text; one that makes no sense says nothing."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# The longest recording, and the longest call, that Twilio makes: 24 hours. More is a mistake.
LONGEST_S = 24 * 3600
# Twilio repeats an event for hours, not for days: a time further back is a mistake.
_TOLD_WITHIN = timedelta(days=2)


def seconds(text: str | None) -> float | None:
    """A length in seconds, from 0 to a day; None for anything else. A fraction, such as `3.5`, is kept."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= LONGEST_S else None


def whole_seconds(text: str | None) -> int:
    """The same in whole seconds, 0 when it is not known."""
    return int(seconds(text) or 0)


def count(text: str | None, most: int) -> int:
    """A small number of times, at most `most`; 0 for anything else."""
    value = seconds(text)
    return min(int(value), most) if value is not None else 0


def instant(text: str | None, now: datetime) -> datetime | None:
    """An RFC 2822 time of the last two days (UTC); None for anything else, also for a time that has not come."""
    try:
        value = parsedate_to_datetime(text or "")
        value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return value if now - _TOLD_WITHIN <= value <= now else None
