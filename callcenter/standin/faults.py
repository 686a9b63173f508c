"""What goes wrong on purpose? A script of faults, seeded, for webhooks and for REST requests."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

FaultKind = Literal[
    "duplicate",  # the request is delivered once more, `seconds` later, with the same idempotency token
    "delay",  # it is delivered `seconds` later
    "drop",  # it never arrives; a document counts as a time-out
    "reorder",  # an event is held back a random part of `seconds` (10 when 0), so that later ones pass it
    "error",  # it is answered with `status` by something in between; `reaches`: the product handled it all the same
    "timeout",  # no answer within 15 s; `reaches` as above
    "wrong_signature",  # it is signed with another token
    "rest_error",  # a REST request is answered with `status`; `reaches`: it took effect all the same
    "rest_429",  # a REST request is refused with code 20429
    "rest_timeout",  # a REST request is not answered; `reaches`: it takes effect all the same
    "rest_delay",  # a REST request takes `seconds` longer
]


@dataclass(frozen=True)
class FaultRule:
    """One way to misbehave, and when.

    path: a shell pattern on the path of the address (REST: of the resource); kind: a pattern on the kind of
    request (`voice`, `document`, `action`, `screen`, `wait`, `status`, `leg-status`, `conference`, `recording`,
    `sms`, `message-status`; REST: `create-call`, `update-call`, `fetch-media`, `delete-recording`, …); probability per
    request; times: at most so often. Of several rules for a REST request the first that is drawn counts, so rules with
    `times=1` follow one another. seconds of a REST rule: so much later it takes effect and is answered.
    """

    do: FaultKind
    path: str = "*"
    kind: str = "*"
    probability: float = 1.0
    seconds: float = 0.0
    status: int = 503
    reaches: bool = False
    times: int | None = None

    @property
    def is_rest(self) -> bool:
        """Whether it spoils our answers to REST requests, not the requests to the product."""
        return self.do.startswith("rest_")

    @property
    def makes_rest_wait(self) -> bool:
        """Whether the product has to wait for an answer because of it."""
        return self.is_rest and (self.seconds > 0 or self.do == "rest_timeout")


class Faults:
    """Draws from the rules; the same seed and the same requests give the same faults."""

    def __init__(self, rules: Iterable[FaultRule] = (), seed: int = 0) -> None:
        self.rules = list(rules)
        self._random = random.Random(seed)
        self._done: dict[int, int] = {}

    def add(self, rule: FaultRule) -> None:
        self.rules.append(rule)

    def clear(self) -> None:
        """Behave from now on."""
        self.rules.clear()
        self._done.clear()

    def __bool__(self) -> bool:
        return bool(self.rules)

    def webhook(self, kind: str, path: str) -> list[FaultRule]:
        """The faults for this request to the product."""
        return list(self._drawn(kind, path, rest=False))

    def rest(self, kind: str, path: str) -> FaultRule | None:
        """The fault for this REST request, or None."""
        return next(self._drawn(kind, path, rest=True), None)

    def between(self, low: float, high: float) -> float:
        """A seeded random number."""
        return self._random.uniform(low, high)

    def _drawn(self, kind: str, path: str, *, rest: bool) -> Iterator[FaultRule]:
        """Those that hold, one by one: a rule is used up when it is taken."""
        for index, rule in enumerate(self.rules):
            if rule.is_rest != rest or not (fnmatchcase(kind, rule.kind) and fnmatchcase(path, rule.path)):
                continue
            if rule.times is not None and self._done.get(index, 0) >= rule.times:
                continue
            if rule.probability < 1 and self._random.random() >= rule.probability:
                continue
            self._done[index] = self._done.get(index, 0) + 1
            yield rule
