"""Injected faults: rules that disturb webhooks and REST requests, drawn by seed."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

FaultKind = Literal[
    "duplicate",  # the request is delivered again, `seconds` later, with the same idempotency token
    "delay",  # it is delivered `seconds` later
    "drop",  # it never arrives; for a document that is a timeout
    "reorder",  # an event is delayed by a random part of `seconds` (10 when 0), so that later ones overtake it
    "error",  # a proxy answers it with `status`; `reaches`: the product handled it all the same
    "timeout",  # no answer within 15 s; `reaches` as above
    "wrong_signature",  # it is signed with a wrong token
    "rest_error",  # a REST request is answered with `status`; `reaches`: it took effect all the same
    "rest_429",  # a REST request is refused with code 20429
    "rest_timeout",  # a REST request is not answered; `reaches`: it takes effect all the same
    "rest_delay",  # a REST request takes `seconds` longer
]


@dataclass(frozen=True)
class FaultRule:
    """One fault, and the requests that it disturbs.

    path: a shell pattern on the path of the address (REST: of the resource). kind: a shell pattern on the kind of
    request (`voice`, `leg`, `document`, `fallback`, `action`, `screen`, `wait`, `media`, `status`, `leg-status`,
    `conference`, `recording`, `sms`, `message-status`; REST: `create-call`, `update-call`, `fetch-media`,
    `delete-recording` …). probability: for each request. seconds: see `FaultKind`; a REST request takes effect and is
    answered that much later. times: how often it applies at most; None: without limit.

    When several rules match a REST request, the first that is drawn counts, so rules with `times=1` follow one another.
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
        """Whether it disturbs REST requests, not webhooks."""
        return self.do.startswith("rest_")

    @property
    def makes_rest_wait(self) -> bool:
        """Whether it makes the product wait for an answer."""
        return self.is_rest and (self.seconds > 0 or self.do == "rest_timeout")


class Faults:
    """Draws faults from the rules. The same seed and the same requests give the same faults."""

    def __init__(self, rules: Iterable[FaultRule] = (), seed: int = 0) -> None:
        self.rules = list(rules)
        self._random = random.Random(seed)
        self._done: dict[int, int] = {}

    def add(self, rule: FaultRule) -> None:
        self.rules.append(rule)

    def clear(self) -> None:
        """Remove all rules."""
        self.rules.clear()
        self._done.clear()

    def __bool__(self) -> bool:
        return bool(self.rules)

    def webhook(self, kind: str, path: str) -> list[FaultRule]:
        """The faults for a webhook."""
        return list(self._drawn(kind, path, rest=False))

    def rest(self, kind: str, path: str) -> FaultRule | None:
        """The fault for a REST request, or None."""
        return next(self._drawn(kind, path, rest=True), None)

    def between(self, low: float, high: float) -> float:
        """A random number between two bounds, drawn by seed."""
        return self._random.uniform(low, high)

    def _drawn(self, kind: str, path: str, *, rest: bool) -> Iterator[FaultRule]:
        """The rules that apply, lazily: a rule counts as used only when the caller takes it."""
        for index, rule in enumerate(self.rules):
            if rule.is_rest != rest or not (fnmatchcase(kind, rule.kind) and fnmatchcase(path, rule.path)):
                continue
            if rule.times is not None and self._done.get(index, 0) >= rule.times:
                continue
            if rule.probability < 1 and self._random.random() >= rule.probability:
                continue
            self._done[index] = self._done.get(index, 0) + 1
            yield rule
