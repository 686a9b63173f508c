"""Consultants who work on callbacks: each sometimes presses "call", takes the call, and reports the result."""

from random import Random
from typing import Protocol

from callcenter.standin.people.phones import Phone
from callcenter.standin.people.scripts import PhoneScript, press
from callcenter.standin.twilio.calls import Call
from callcenter.standin.world import Repeating, World


class Desk(Protocol):
    """The product's callback list, as a consultant uses it. Implemented outside the stand-in."""

    def open_callbacks(self, consultant: str) -> list[str]:
        """The callbacks that this consultant may call now, most urgent first; empty when off duty."""

    def press_call(self, consultant: str, callback: str) -> bool:
        """Press the call button. Returns False when the product refuses it."""

    def confirm(self, consultant: str, callback: str, spoke: bool) -> None:
        """Report the result afterwards: spoke to somebody, or not."""


class CallbackWorker:
    """Calls the first callback on the list about every `pace_s` seconds, while free. done: a count of calls."""

    def __init__(
        self, world: World, phone: Phone, consultant: str, desk: Desk, rng: Random, pace_s: float = 420.0
    ) -> None:
        self.done = 0
        self._phone, self._consultant, self._desk, self._rng = phone, consultant, desk, rng
        self._callback = ""
        self._job: Repeating = world.every(pace_s * rng.uniform(0.8, 1.2), self.work)

    def work(self) -> None:
        """Call one back, if free and if there is one."""
        if self._callback or not self._phone.is_free:
            return
        waiting = self._desk.open_callbacks(self._consultant)
        if not waiting or not self._desk.press_call(self._consultant, waiting[0]):
            return
        self._callback = waiting[0]
        talk_s = self._rng.lognormvariate(4.7, 0.8)
        script = PhoneScript(after_s=self._rng.uniform(1, 4), talk_s=talk_s, steps=(press("1", at_s=1.5),))
        self._phone.next(script).when_over(self._over)

    def _over(self, call: Call) -> None:
        callback, self._callback = self._callback, ""
        self.done += 1
        self._desk.confirm(self._consultant, callback, call.first_talk_at is not None)

    def stop(self) -> None:
        """Take no more callbacks."""
        self._job.cancel()
