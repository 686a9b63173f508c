"""The base of callers and telephones: performs the steps of a script when their time or cue comes."""

import re
from collections.abc import Iterable
from functools import lru_cache

from callcenter.standin.people.scripts import Step
from callcenter.standin.twilio.calls import Call, Speech
from callcenter.standin.twilio.exchange import Exchange

_pattern = lru_cache(maxsize=256)(re.compile)


class Actor:
    """A person (see `Person`) who performs the steps of a script on one call at a time, and nothing else."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange, self.world = exchange, exchange.world
        self.texts: list[tuple[str, str]] = []
        self._waiting: list[tuple[Step, int]] = []  # each with how often its cue came

    def begin(self, call: Call, steps: Iterable[Step]) -> None:
        """Set the steps for this call. The times of timed steps count from now."""
        self._waiting = []
        for step in steps:
            if step.at_s is not None:
                self._plan(call, step, step.at_s)
            else:
                self._waiting.append((step, 0))

    def _plan(self, call: Call, step: Step, delay_s: float) -> None:
        call.timers.append(self.world.call_later(delay_s, lambda: self._do(call, step)))

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
        """Do not react."""

    def answered(self, call: Call) -> None:
        """Do not react."""

    def connected(self, call: Call) -> None:
        """Talk until the other side ends it."""

    def alone(self, call: Call) -> None:
        """Stay on the line."""

    def speech(self, call: Call) -> Speech:
        return Speech()

    def ended(self, call: Call) -> None:
        """Do nothing more."""

    def texted(self, sender: str, body: str) -> None:
        self.texts.append((sender, body))
