"""The next move of a hunt: ring, wait or take a message. A pure function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.rota.model import Tier

# A mobile that rings for less is not heard in time: neither a refill of a tier nor a new tier starts with less left.
MIN_RING_S = 5


@dataclass(frozen=True, slots=True)
class Hunt:
    """Where a hunt stands.

    tier: index of the present tier, -1 before the first, the number of tiers once all were tried and the caller waits
    for whoever comes free; order: consultants of this tier not yet rung, as they were ranked when it started; ringing:
    live legs of this tier; ringing_in_all: live legs of any tier; screening: live legs of any tier that were picked
    up and may still press 1.
    """

    tier: int
    tier_ends_at: datetime | None
    deadline_at: datetime
    order: tuple[str, ...]
    ringing: int
    ringing_in_all: int
    screening: int


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring these consultants in `tier`, at most `places` of them, until `until`.

    position: the hunt's tier index from now on; starts: whether this begins a tier, or brings in who came free.
    """

    position: int
    tier: Tier
    consultants: tuple[str, ...]
    places: int
    until: datetime
    starts: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again at `until`, when a leg ends, or when somebody comes free.

    position: the hunt's tier index from now on; places: how many more mobiles could ring for this caller now.
    """

    until: datetime
    position: int
    places: int


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """Nobody comes. reason: `cap`, or `exhausted` when nobody on duty could still take the call within it."""

    reason: str


Move = Ring | Wait | TakeMessage
Candidates = Callable[[Tier], Sequence[str]]
# When each of those who may come free within the cap does so; None where only an event tells.
Awaited = Callable[[], Sequence[datetime | None]]


def next_move(hunt: Hunt, tiers: Sequence[Tier], candidates: Candidates, awaited: Awaited, now: datetime) -> Move:
    """The next move of a hunt (docs/rota-rules.md, from Load to Turn).

    candidates: who of a tier may be rung this second, in order. awaited: who could be rung before it is too late for
    the cap, though not this second. A tier lasts `ring_s` in all: a refused leg makes room for the tier's next
    consultant, and when nobody is left the tier ends early. A tier without anybody to ring costs no time. After the
    last tier the caller waits for colleagues who talk, ring elsewhere or rest, and whoever comes free is rung at once.
    """
    if now >= hunt.deadline_at:
        return TakeMessage("cap")
    last_start = hunt.deadline_at - timedelta(seconds=MIN_RING_S)
    position = min(hunt.tier, len(tiers))  # a rota with fewer tiers may have come meanwhile
    if 0 <= position < len(tiers) and hunt.tier_ends_at is not None and now < hunt.tier_ends_at:
        tier, ends = tiers[position], hunt.tier_ends_at
        in_time = (ends - now).total_seconds() >= MIN_RING_S
        places = max(0, tier.at_once - hunt.ringing) if in_time else 0
        if places and (people := in_order(candidates(tier), hunt.order)):
            return Ring(position, tier, people, places, ends, starts=False)
        if hunt.ringing:
            return Wait(ends, position, places)
    places = 0
    if now <= last_start:
        for index in range(position + 1, len(tiers)):
            if people := tuple(candidates(tiers[index])):
                return Ring(index, tiers[index], people, tiers[index].at_once, _ends(hunt, tiers[index], now), True)
        places = max(0, most_at_once(tiers) - hunt.ringing_in_all)
        for tier in tiers if places else ():
            if people := tuple(candidates(tier)):
                return Ring(len(tiers), tier, people, places, _ends(hunt, tier, now), starts=False)
    if free_at := awaited():
        known = [at for at in free_at if at is not None and at > now]
        return Wait(min([hunt.deadline_at, *known]), len(tiers), places)
    if hunt.screening or hunt.ringing_in_all:
        # Somebody picked up and is hearing who calls, or still rings: let the message wait for that answer.
        return Wait(hunt.deadline_at, len(tiers), places)
    return TakeMessage("exhausted")


def most_at_once(tiers: Sequence[Tier]) -> int:
    """How many mobiles may ring together for a caller who waits for whoever comes free."""
    return max((tier.at_once for tier in tiers), default=0)


def in_order(people: Sequence[str], ranked_before: Sequence[str]) -> tuple[str, ...]:
    """Those of a tier who may be rung now: first as ranked when the tier started, then who came free since."""
    first = [code for code in ranked_before if code in people]
    return (*first, *(code for code in people if code not in first))


def _ends(hunt: Hunt, tier: Tier, now: datetime) -> datetime:
    return min(now + timedelta(seconds=tier.ring_s), hunt.deadline_at)
