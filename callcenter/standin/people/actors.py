"""Who acts out a script? What callers and telephones share: steps that wait for their moment."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from callcenter.standin.people.scripts import Step
from callcenter.standin.twilio.calls import Call, Speech

if TYPE_CHECKING:
    from callcenter.standin.twilio.exchange import Exchange

_pattern = lru_cache(maxsize=256)(re.compile)


class Actor:
    """A person who does the steps of a script on one call at a time. Does nothing else by itself."""

    def __init__(self, exchange: "Exchange") -> None:
        self.exchange = exchange
        self.texts: list[tuple[str, str]] = []
        self._waiting: list[tuple[Step, int]] = []

    def begin(self, call: Call, steps: Iterable[Step]) -> None:
        """Set the steps for this call; timed ones count from now."""
        self._waiting = []
        for step in steps:
            if step.at_s is not None:
                self._plan(call, step, step.at_s)
            else:
                self._waiting.append((step, 0))

    def _plan(self, call: Call, step: Step, delay_s: float) -> None:
        call.timers.append(self.exchange.world.call_later(delay_s, lambda: self._do(call, step)))

    def _do(self, call: Call, step: Step) -> None:
        if not call.is_live:
            return
        if step.do == "press":
            self.exchange.press(call, step.keys)
        else:
            self.exchange.hang_up(call)

    def hears(self, call: Call, stage: str, text: str) -> None:
        if not self._waiting:
            return
        left = []
        for step, seen in self._waiting:
            if step.when.startswith("heard:"):
                hit = bool(text) and _pattern(step.when[6:]).search(text) is not None
            else:
                hit = step.when == stage
            seen += hit
            if hit and seen >= step.nth:
                self._plan(call, step, step.after_s)
            else:
                left.append((step, seen))
        self._waiting = left

    def offered(self, call: Call) -> str | None:
        return None

    def rings(self, call: Call) -> None:
        """Nobody reacts to the ringing."""

    def answered(self, call: Call) -> None:
        """Nothing is said."""

    def connected(self, call: Call) -> None:
        """The talk goes on until somebody else ends it."""

    def alone(self, call: Call) -> None:
        """Nothing is done about it."""

    def speech(self, call: Call) -> Speech:
        return Speech()

    def ended(self, call: Call) -> None:
        """Nothing follows."""

    def texted(self, sender: str, body: str) -> None:
        self.texts.append((sender, body))
