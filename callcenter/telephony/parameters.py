"""Reads numbers, instants and sids from Twilio's parameters. A value that makes no sense counts as absent."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# Twilio ends calls and recordings after 24 hours, so a longer duration is an error.
LONGEST_S = 24 * 3600
# Twilio repeats an event for hours, not for days, so an older timestamp is an error.
_OLDEST = timedelta(days=2)
_RECORDING_SID = re.compile(r"RE[0-9a-fA-F]{32}")


def seconds(text: str | None) -> float | None:
    """A duration of 0 to 86400 seconds, with fractions such as `3.5`. None for anything else."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= LONGEST_S else None


def whole_seconds(text: str | None) -> int:
    """A duration in whole seconds, rounded down. 0 for anything that is not a duration."""
    return int(seconds(text) or 0)


def count(text: str | None, most: int) -> int:
    """A count, limited to `most`. 0 for anything that is not a count."""
    value = seconds(text)
    return min(int(value), most) if value is not None else 0


def instant(text: str | None, now: datetime) -> datetime | None:
    """An RFC 2822 timestamp in UTC. None for anything else, and for one in the future or more than two days old."""
    try:
        value = parsedate_to_datetime(text or "")
        value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return value if now - _OLDEST <= value <= now else None


def is_recording_sid(text: str) -> bool:
    """Whether this is the sid of a recording: `RE` and 32 hexadecimal digits."""
    return _RECORDING_SID.fullmatch(text) is not None


def recording_sid(params: Mapping[str, str]) -> str | None:
    """The sid of the recording that a request reports: its `RecordingSid`, else the last part of its `RecordingUrl`."""
    sid = params.get("RecordingSid") or params.get("RecordingUrl", "").rstrip("/").rpartition("/")[2]
    return sid if is_recording_sid(sid) else None
