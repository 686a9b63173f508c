"""The demo's callers: mostly schools, then unknown numbers of parents and pupils, partners, and withheld numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from callcenter.standin.people.crowd import ordinary_caller
from callcenter.standin.people.scripts import CallerScript, press
from callcenter.standin.people.shape import CallShape

_WHO = {"school": 64, "unknown": 23, "partner": 8, "withheld": 5}
# Mobile numbers from a range that is not in use (06-350). Consultants and partners have other numbers of it.
_UNKNOWN = tuple(f"+316350{n:05d}" for n in range(20_000, 20_400))


class Crowd:
    """Draws callers at random. The same seed draws the same callers."""

    def __init__(self, rng: Random, numbers: Mapping[str, Sequence[str]], shape: CallShape) -> None:
        self._rng, self._shape = rng, shape
        self._numbers: Mapping[str, Sequence[str]] = {**numbers, "unknown": _UNKNOWN}

    def next(self, longest_talk_s: float) -> CallerScript:
        """The next caller. longest_talk_s: limit of the talk, in seconds. Callers who hang up may call again."""
        who = self._rng.choices(list(_WHO), list(_WHO.values()))[0]
        number = None if who == "withheld" else self._rng.choice(self._numbers[who])
        caller = ordinary_caller(self._rng, number, self._shape)
        if number is None and self._rng.random() < 0.6:
            # Most of them key in a number when the line asks for one to call back.
            keyed = press("0" + self._rng.choice(_UNKNOWN)[3:] + "#", when="heard:(?i)uw nummer in", after_s=2.0)
            caller = replace(caller, steps=(*caller.steps, keyed))
        talk_s = None if caller.talk_s is None else min(caller.talk_s, longest_talk_s)
        return replace(caller, talk_s=talk_s)
