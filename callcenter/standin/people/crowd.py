"""Random scripts for an ordinary day: callers and telephones for drills, storms and the demo."""

from collections.abc import Sequence
from random import Random

from callcenter.standin.people.scripts import CallerScript, PhoneScript, Step, press
from callcenter.standin.people.shape import CallShape

_WITHHELD_SHARE = 0.04
_SURVEY = "heard:(?i)bereikbaar|easy to reach"


def ordinary_caller(rng: Random, number: str | None, shape: CallShape) -> CallerScript:
    """A typical caller: waits, gives up in the end, or takes a choice that is offered."""
    steps: list[Step] = []
    choice = rng.random()
    if choice < 0.12:
        steps.append(press("1", at_s=round(rng.uniform(12, 60), 1)))
    elif choice < 0.18:
        steps.append(press("2", at_s=round(rng.uniform(12, 60), 1)))
    if rng.random() < 0.6:
        steps.append(press("1" if rng.random() < 0.85 else "2", when=_SURVEY, after_s=2.0))
    return CallerScript(
        number=number,
        patience_s=round(8 + shape.patience.draw(rng), 1),
        steps=tuple(steps),
        message_s=round(rng.uniform(6, 45), 1) if rng.random() < 0.55 else 0.0,
        message_then="hangs_up" if rng.random() < 0.8 else "hash",
        talk_s=round(shape.talk.draw(rng), 1) if rng.random() < 0.5 else None,
        again_after_s=shape.redial_after_s(rng),
    )


def ordinary_phone(rng: Random, shape: CallShape) -> PhoneScript:
    """A consultant's mobile: mostly answered, sometimes by its voicemail, busy, or not answered."""
    kind = rng.choices(["accepts", "voicemail", "off", "no_answer", "busy", "declines"], [66, 9, 4, 14, 4, 3])[0]
    after_s = round(rng.uniform(2.5, 12), 1)
    talk_s = round(shape.talk.draw(rng), 1)
    if kind == "accepts":
        pressed = press("1", at_s=round(rng.uniform(1.5, 4), 1))
        return PhoneScript("answers", after_s=after_s, talk_s=talk_s, steps=(pressed,))
    if kind == "voicemail":
        return PhoneScript("voicemail", after_s=rng.choice([0.5, 5.0, 25.0]))
    if kind == "off":
        return PhoneScript("voicemail", after_s=0.3)
    if kind == "busy":
        return PhoneScript("busy")
    return PhoneScript("declines" if kind == "declines" else "no_answer", after_s=after_s)


def called_back(rng: Random, shape: CallShape) -> PhoneScript:
    """The telephone of a school or a parent that is called back."""
    kind = rng.choices(["answers", "no_answer", "voicemail", "busy"], [68, 16, 12, 4])[0]
    after_s, talk_s = round(rng.uniform(3, 14), 1), round(shape.talk.draw(rng), 1)
    if kind == "answers":
        return PhoneScript("answers", after_s=after_s, talk_s=talk_s)
    if kind == "voicemail":
        return PhoneScript("voicemail", after_s=18.0)
    return PhoneScript("busy" if kind == "busy" else "no_answer", after_s=after_s)


def crowd(
    rng: Random, calls: int, seconds: float, numbers: Sequence[str], shape: CallShape
) -> list[tuple[float, CallerScript]]:
    """`calls` callers, spread uniformly over `seconds`. Every number is used once before one is used twice."""
    order = list(numbers)
    rng.shuffle(order)
    moments = sorted(rng.uniform(0, seconds) for _ in range(calls))
    found = []
    for index, moment in enumerate(moments):
        number = None if rng.random() < _WITHHELD_SHARE else order[index % len(order)]
        found.append((round(moment, 2), ordinary_caller(rng, number, shape)))
    return found


def invented_numbers(rng: Random, count: int) -> list[str]:
    """`count` invented numbers with Dutch area codes. They are never dialled outside the stand-in."""
    codes = ("78", "184", "183", "186", "180", "30", "20", "10")
    found: dict[str, None] = {}
    while len(found) < count:
        code = rng.choice(codes)
        subscriber = "".join(rng.choices("23456789", k=9 - len(code)))
        found[f"+31{code}{subscriber}"] = None
    return list(found)
