"""Which faults strike when: drawn by seed, every kind equally often, and never two on the same thing at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

# What each kind strikes. Two faults on one thing do not overlap, so that the end of one does not mend the other.
KINDS: Mapping[str, str] = {
    "worker killed": "hosts",
    "server killed": "hosts",
    "dispatcher killed": "processes",
    "scheduler killed": "processes",
    "host switched off": "hosts",
    "host frozen": "hosts",
    "database killed": "database",
    "database hangs": "database",
    "database slow": "database",
    "host cut from database": "database",
    "clock of a host jumps": "clocks",
    "clocks of all hosts jump": "clocks",
    "clock of the database jumps": "database",
    "Twilio slow": "twilio",
    "Twilio refuses": "twilio",
    "Twilio lies": "twilio",
    "no way to the hosts": "front",
}
# These happen at an instant; the others last.
AT_ONCE = frozenset(kind for kind in KINDS if kind in ("worker killed", "server killed") or KINDS[kind] == "processes")
_REST_S = 0.5  # between two faults on the same thing


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. at_s: seconds after the first call; for_s: how long it lasts; host: which one it strikes, if any;
    share: 0 to 1, how bad it is among those of its kind."""

    kind: str
    at_s: float
    for_s: float
    host: int
    share: float

    @property
    def struck(self) -> str:
        """The thing that it strikes."""
        return KINDS[self.kind]


def draw(seed: int, seconds: float, every_s: float, longest_s: float) -> list[Fault]:
    """The faults of a run, in order. every_s: on average from one to the next; longest_s: how long one lasts at most.

    The same arguments give the same faults. Every kind comes once before one comes twice.
    """
    rng = Random(seed)
    found: list[Fault] = []
    free_at = dict.fromkeys(KINDS.values(), 0.0)
    deck: list[str] = []
    at_s = every_s
    while at_s < seconds:
        deck = deck or rng.sample(list(KINDS), len(KINDS))
        kind = deck.pop()
        for_s = 0.0 if kind in AT_ONCE else rng.uniform(longest_s / 4, longest_s)
        begins = max(at_s, free_at[KINDS[kind]])
        free_at[KINDS[kind]] = begins + for_s + _REST_S
        found.append(Fault(kind, round(begins, 2), round(for_s, 2), rng.randrange(2), rng.random()))
        at_s += rng.uniform(0.5, 1.5) * every_s
    return sorted(found, key=lambda fault: fault.at_s)


def end_of(faults: Sequence[Fault]) -> float:
    """When the last of them is over, in seconds after the first call."""
    return max((fault.at_s + fault.for_s for fault in faults), default=0.0)
