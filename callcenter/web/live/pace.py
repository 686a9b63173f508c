"""When is a page that changed rendered anew? Pure rules, so that many open pages cost a bounded part of a processor.

A page that changed is rendered at once while the process has spent little on that. Otherwise it waits until it is
LATE_S old, so the more pages are open, the later each of them shows a change: never later than that.
"""

from dataclasses import dataclass
from datetime import datetime

# The oldest that a page which changed becomes, whatever it costs.
LATE_S = 10
# The part of a processor that pages may take which are rendered anew sooner, and how much of it may come at once.
SHARE = 0.1
AT_ONCE_S = 0.25
_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a page shows, and since when. version: of everything that it depends on; at: seconds of the epoch."""

    version: str
    at: int

    def __str__(self) -> str:
        return f"{self.version}.{self.at}"


def stamp_of(text: str) -> Stamp | None:
    """The stamp that a browser sent back; None for anything else."""
    version, dot, at = text.partition(".")
    return Stamp(version, int(at)) if dot and at.isascii() and at.isdigit() and len(at) < 12 else None


def minute_of(now: datetime) -> int:
    """The number of the minute: times such as "in 25 min" and the opening of the line change with it."""
    return int(now.timestamp()) // _MINUTE_S


def may_be_rendered(age_s: float, debt_s: float) -> bool:
    """Whether a page that changed is rendered now. age_s: since it was rendered; negative after a clock was set back.

    debt_s: the processor time that was spent on such pages, less what was earned since (`debt`).
    """
    return not 0 <= age_s < LATE_S or debt_s < AT_ONCE_S


def debt(before_s: float, elapsed_s: float, spent_s: float = 0.0) -> float:
    """The debt after a time, with what was spent in it."""
    return max(0.0, before_s - elapsed_s * SHARE) + spent_s
