"""What does the hunt do next? The search for a colleague who answers, as a pure function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.rota.model import Tier

# A mobile that rings for less is not heard in time: neither a refill of a tier nor a new tier starts with less left.
MIN_RING_S = 5


@dataclass(frozen=True, slots=True)
class Hunt:
    """Where a hunt stands.

    tier: index of the present tier, -1 before the first; waiting: this tier's consultants not yet rung, in order;
    ringing: live legs of this tier; screening: live legs of any tier that were picked up and may still press 1.
    """

    tier: int
    tier_ends_at: datetime | None
    deadline_at: datetime
    waiting: tuple[str, ...]
    ringing: int
    screening: int


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring these consultants, at most `at_once` of them together, until `until`; `rest` are next in this tier."""

    tier: int
    consultants: tuple[str, ...]
    at_once: int
    until: datetime
    starts_tier: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again at `until`, or when a leg ends."""

    until: datetime


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """Nobody comes. reason: `cap`, or `exhausted` when every tier was tried."""

    reason: str


NextStep = Ring | Wait | TakeMessage
Candidates = Callable[[Tier], Sequence[str]]


def next_step(hunt: Hunt, tiers: Sequence[Tier], candidates: Candidates, now: datetime) -> NextStep:
    """The next step of a hunt.

    candidates: who of a tier may be rung this second, in order. A tier lasts `ring_s` in all: a refused leg makes
    room for the tier's next consultant, and when nobody is left the tier ends early. An empty tier costs no time.
    """
    room_until = hunt.deadline_at - timedelta(seconds=MIN_RING_S)
    if now >= hunt.deadline_at:
        return TakeMessage("cap")
    if hunt.tier >= 0 and hunt.tier_ends_at is not None and now < hunt.tier_ends_at:
        tier = tiers[hunt.tier]
        free = tier.at_once - hunt.ringing
        left_s = (hunt.tier_ends_at - now).total_seconds()
        if hunt.waiting and free > 0 and left_s >= MIN_RING_S:
            return Ring(hunt.tier, hunt.waiting, free, hunt.tier_ends_at, starts_tier=False)
        if hunt.ringing:
            return Wait(hunt.tier_ends_at)
    if now <= room_until:
        for index in range(hunt.tier + 1, len(tiers)):
            people = tuple(candidates(tiers[index]))
            if people:
                ends = min(now + timedelta(seconds=tiers[index].ring_s), hunt.deadline_at)
                return Ring(index, people, tiers[index].at_once, ends, starts_tier=True)
    if hunt.screening:
        # Somebody picked up and is hearing who calls: let the message wait for that answer.
        return Wait(hunt.deadline_at)
    return TakeMessage("exhausted")
