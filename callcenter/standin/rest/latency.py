"""Latencies of REST requests: constant or drawn by seed, for each kind of operation."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from a request until its effect and answer: `low_s`, or uniformly distributed up to `high_s`.

    kind: a shell pattern on the operation (`create-call`, `update-call`, `fetch-media`, …).
    """

    low_s: float
    high_s: float | None = None
    kind: str = "*"


class Latencies:
    """Draws a latency for each request. The first rule that matches its operation counts; without one it is zero.

    The same seed and the same requests give the same latencies.
    """

    def __init__(self, rules: Iterable[Latency] = (), seed: int = 0) -> None:
        self.rules = list(rules)
        self._random = random.Random(seed)

    def __bool__(self) -> bool:
        return bool(self.rules)

    def draw_s(self, operation: str) -> float:
        """The latency in seconds of one request for this operation."""
        rule = next((rule for rule in self.rules if fnmatchcase(operation, rule.kind)), None)
        if rule is None:
            return 0.0
        return rule.low_s if rule.high_s is None else self._random.uniform(rule.low_s, rule.high_s)


def read_latencies(text: str) -> tuple[Latency, ...]:
    """Read latencies as an operator writes them: `0.8`, `0-5`, or by operation `update-call=0.8,create-call=0-5,*=0.1`.

    Raises ValueError for anything else.
    """
    return tuple(_read(piece) for piece in text.split(",") if piece.strip())


def _read(text: str) -> Latency:
    kind, found, seconds = text.strip().rpartition("=")
    low, ranged, high = seconds.partition("-")
    latency = Latency(float(low), float(high) if ranged else None, kind if found else "*")
    if latency.low_s < 0 or (latency.high_s is not None and latency.high_s < latency.low_s):
        raise ValueError(f"{seconds!r} is no range of seconds")
    return latency
