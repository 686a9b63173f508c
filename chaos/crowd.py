"""Who rings and how long it takes: an ordinary day's callers and telephones, with a limit to their patience."""

from dataclasses import dataclass, replace
from importlib.resources import files
from random import Random

from callcenter.standin.people.crowd import called_back, crowd, invented_numbers, ordinary_phone
from callcenter.standin.people.scripts import CallerScript, PhoneScript
from callcenter.standin.people.shape import CallShape
from chaos.office import is_mobile


@dataclass(frozen=True, slots=True)
class Crowd:
    """calls: how many callers; seconds: over how long they ring; the others limit each, in seconds."""

    calls: int
    seconds: float
    talk_s: float = 20.0
    patience_s: float = 60.0
    message_s: float = 20.0

    def callers(self, seed: int) -> list[tuple[float, CallerScript]]:
        """The second at which each one rings, and what he or she does. Every second number rings twice."""
        rng = Random(seed)
        numbers = invented_numbers(rng, max(4, self.calls * 2 // 3))
        return [
            (at_s, replace(script, message_s=min(script.message_s, self.message_s), alone_s=8.0))
            for at_s, script in crowd(rng, self.calls, self.seconds, numbers, self._shape())
        ]

    def phones(self, seed: int) -> "Phones":
        """What each telephone does when it is rung."""
        return Phones(Random(seed + 1), self._shape())

    def _shape(self) -> CallShape:
        shape = CallShape.from_json((files("callcenter.demo") / "shape.json").read_text("utf-8"))
        talk, patience = shape.talk.at_most(self.talk_s), shape.patience.at_most(self.patience_s)
        return replace(shape, talk=talk, patience=patience, redial_share=0.0)


class Phones:
    """Draws the script of a telephone for each call."""

    def __init__(self, rng: Random, shape: CallShape) -> None:
        self._rng, self._shape = rng, shape

    def __call__(self, number: str) -> PhoneScript:
        if is_mobile(number):
            return ordinary_phone(self._rng, self._shape)
        return called_back(self._rng, self._shape)
