"""Records of what happened, which tests and drills read afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise


@dataclass(slots=True)
class Heard:
    """A period in which a person heard or did one thing. until: its planned end, or when it was cut off."""

    what: str  # say, play, pause, ringback, hold, talk, record, beep, error
    text: str
    at: datetime
    until: datetime

    @property
    def is_sound(self) -> bool:
        """Whether the person notices that the line is alive; while a recording is made, the person speaks."""
        return self.what != "pause"


@dataclass(slots=True)
class Webhook:
    """One request to the product, with its answer. status: 0 without answer; took_s: seconds of real time."""

    at: datetime
    kind: str
    method: str
    url: str
    params: Mapping[str, str]
    call_sid: str
    token: str
    status: int = 0
    answer: str = ""
    content_type: str = ""
    took_s: float = 0.0


@dataclass(slots=True)
class Ring:
    """A period in which a telephone rang. end: None while it rings."""

    number: str
    call_sid: str
    start: datetime
    end: datetime | None = None


@dataclass(slots=True)
class Torn:
    """A talk that a REST request ended while both were there. mended_at: when they heard each other again."""

    at: datetime
    call_sid: str
    how: str  # redirect, completed
    mended_at: datetime | None = None

    def is_mended(self, within_s: float) -> bool:
        """Whether the talk resumed within this many seconds."""
        return self.mended_at is not None and (self.mended_at - self.at).total_seconds() <= within_s


@dataclass(frozen=True, slots=True)
class Alert:
    """An error or warning as Twilio's debugger would show it."""

    at: datetime
    code: int
    text: str
    call_sid: str
    url: str


def double_rings(rings: list[Ring]) -> list[tuple[Ring, Ring]]:
    """Pairs of rings of one telephone that overlap, which must never happen."""
    by_number: dict[str, list[Ring]] = {}
    for ring in rings:
        by_number.setdefault(ring.number, []).append(ring)
    found = []
    for same in by_number.values():
        same.sort(key=lambda ring: ring.start)
        for earlier, later in pairwise(same):
            if earlier.end is None or later.start < earlier.end:
                found.append((earlier, later))
    return found


def longest_silence_s(heard: list[Heard], start: datetime, end: datetime) -> float:
    """The longest silence in seconds, between two instants. Pauses are silence, recordings are not."""
    longest, quiet_since = 0.0, start
    for item in sorted((h for h in heard if h.is_sound), key=lambda h: h.at):
        if item.at >= end:
            break
        longest = max(longest, (item.at - quiet_since).total_seconds())
        quiet_since = max(quiet_since, item.until)
    return max(longest, (end - quiet_since).total_seconds())
