"""The next move of a hunt: ring, wait or take a message. A pure function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.rota.model import Tier

# A mobile that rings for less is not answered in time, so no ring starts with less time left.
MIN_RING_S = 5


@dataclass(frozen=True, slots=True)
class Hunt:
    """The state of a hunt.

    tier: index of the present tier, -1 before the first, the number of tiers once all were tried and the caller waits
    for any consultant who comes free; order: consultants of this tier not yet rung, as ranked when it started; ringing:
    live legs of this tier; ringing_in_all: live legs of any tier; screening: live legs of any tier that were picked up
    and may still press 1.
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

    position: the hunt's tier index from now on; starts: whether a tier begins, rather than continues with consultants
    who came free.
    """

    position: int
    tier: Tier
    consultants: tuple[str, ...]
    places: int
    until: datetime
    starts: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """Decide again at `until`, when a leg ends, or when somebody comes free.

    position: the hunt's tier index from now on; places: how many more mobiles could ring for this caller now.
    """

    until: datetime
    position: int
    places: int


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """Nobody will answer. reason: `cap` at the cap; `exhausted` when nobody on duty could take the call before it."""

    reason: str


Move = Ring | Wait | TakeMessage
Candidates = Callable[[Tier], Sequence[str]]
# The instants (UTC) at which consultants come free within the cap; None where that depends on an event.
FreeLater = Callable[[], Sequence[datetime | None]]


def next_move(hunt: Hunt, tiers: Sequence[Tier], candidates: Candidates, free_later: FreeLater, now: datetime) -> Move:
    """The next move of a hunt (docs/rota-rules.md, from Load to Turn).

    candidates: returns the consultants of a tier who may be rung now, in order. free_later: returns when the others
    could be rung within the cap. A tier lasts `ring_s` in all: a refused leg makes room for the tier's next consultant,
    and when nobody is left the tier ends early. A tier without anybody to ring costs no time. After the last tier the
    caller waits for colleagues who talk, are rung for another caller or rest; the first who comes free is rung at once.
    """
    if now >= hunt.deadline_at:
        return TakeMessage("cap")
    last_start = hunt.deadline_at - timedelta(seconds=MIN_RING_S)
    position = min(hunt.tier, len(tiers))  # a rota with fewer tiers may have been loaded meanwhile
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
    if free_at := free_later():
        known = [at for at in free_at if at is not None and at > now]
        return Wait(min([hunt.deadline_at, *known]), len(tiers), places)
    if hunt.screening or hunt.ringing_in_all:
        # A mobile rings or was picked up, so the message waits for that leg.
        return Wait(hunt.deadline_at, len(tiers), places)
    return TakeMessage("exhausted")


def most_at_once(tiers: Sequence[Tier]) -> int:
    """How many mobiles may ring together for a caller who waits after the last tier."""
    return max((tier.at_once for tier in tiers), default=0)


def in_order(people: Sequence[str], ranked_before: Sequence[str]) -> tuple[str, ...]:
    """The consultants of a tier who may be rung now: first as ranked at its start, then those who came free since."""
    first = [code for code in ranked_before if code in people]
    return (*first, *(code for code in people if code not in first))


def _ends(hunt: Hunt, tier: Tier, now: datetime) -> datetime:
    return min(now + timedelta(seconds=tier.ring_s), hunt.deadline_at)
