"""How do consultants work on callbacks? Now and then one presses "call", takes the call, and says how it went."""

from random import Random
from typing import Protocol

from callcenter.standin.people.phones import Phone
from callcenter.standin.people.scripts import PhoneScript, press
from callcenter.standin.twilio.calls import Call
from callcenter.standin.world import Repeating, World


class Desk(Protocol):
    """What a consultant sees and presses; whoever composes the world ties it to the product."""

    def open_callbacks(self, consultant: str) -> list[str]:
        """The callbacks this consultant could call now, most urgent first; empty when off duty."""

    def press_call(self, consultant: str, callback: str) -> bool:
        """Press the button; False when the product refuses it now."""

    def confirm(self, consultant: str, callback: str, spoke: bool) -> None:
        """One tap afterwards: spoken to somebody, or not."""


class CallbackWorker:
    """Looks at the list every `pace_s` seconds or so while free, and calls the first on it."""

    def __init__(
        self, world: World, phone: Phone, consultant: str, desk: Desk, rng: Random, pace_s: float = 420.0
    ) -> None:
        self.done = 0
        self._phone, self._consultant, self._desk, self._rng = phone, consultant, desk, rng
        self._callback = ""
        self._job: Repeating = world.every(pace_s * rng.uniform(0.8, 1.2), self.work)

    def work(self) -> None:
        """Call one back, when free and when there is one."""
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
        """No more callbacks."""
        self._job.cancel()
