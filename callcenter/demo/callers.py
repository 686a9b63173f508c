"""Who rings in the demo? Schools mostly, then parents and youngsters nobody knows, partners, and withheld numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from callcenter.standin.people.crowd import ordinary_caller
from callcenter.standin.people.scripts import CallerScript, press
from callcenter.standin.people.shape import CallShape

_WHO = {"school": 64, "unknown": 23, "partner": 8, "withheld": 5}
# Mobile numbers from a range that is not in use (06-350); consultants and partners have others of it.
_UNKNOWN = tuple(f"+316350{n:05d}" for n in range(20_000, 20_400))


class Crowd:
    """Draws one caller after the other; the same seed draws the same people."""

    def __init__(self, rng: Random, numbers: Mapping[str, Sequence[str]], shape: CallShape) -> None:
        self._rng, self._shape = rng, shape
        self._numbers: Mapping[str, Sequence[str]] = {**numbers, "unknown": _UNKNOWN}

    def next(self, longest_talk_s: float) -> CallerScript:
        """Somebody who rings now; whoever gives up may ring again, as real people do."""
        who = self._rng.choices(list(_WHO), list(_WHO.values()))[0]
        number = None if who == "withheld" else self._rng.choice(self._numbers[who])
        caller = ordinary_caller(self._rng, number, self._shape)
        if number is None and self._rng.random() < 0.6:
            # Asked for a number to be rung back on, most key one in.
            keyed = press("0" + self._rng.choice(_UNKNOWN)[3:] + "#", when="heard:(?i)uw nummer in", after_s=2.0)
            caller = replace(caller, steps=(*caller.steps, keyed))
        talk_s = None if caller.talk_s is None else min(caller.talk_s, longest_talk_s)
        return replace(caller, talk_s=talk_s)
