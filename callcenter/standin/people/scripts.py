"""How do people behave on the telephone? Plain scripts for callers and mobiles, printable and easy to shrink."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from callcenter.standin.twilio.calls import AfterSpeech

WITHHELD = "+266696687"  # "ANONYMOUS" on the keys: what Twilio sends as From of a withheld number

PhoneKind = Literal[
    "answers",  # picks up after `after_s` and does its steps
    "voicemail",  # the personal voicemail picks up after `after_s` and listens for `mailbox_s`
    "busy",  # does not ring
    "off",  # switched off, no mailbox: the network reports no answer without a ring
    "unreachable",  # a number that does not exist: failed
    "declines",  # the red button after `after_s`
    "no_answer",  # rings until our time-out
    "forwards",  # forwarded on no answer, after `after_s`, to `forward_to`
]


# How the carrier tells ForwardedFrom.
ForwardedForm = Literal["e164", "national", "absent"]
# Whom a forwarded call shows as its caller: whoever rang the mobile (of a leg of ours: the line), the mobile itself, a
# withheld number, or nothing at all.
ShownAs = Literal["caller", "mobile", "withheld", "nothing"]


@dataclass(frozen=True)
class Step:
    """One thing a person does, once.

    at_s: seconds after dialling (a caller) or picking up (a phone); or `when`: a stage (`say`, `play`, `pause`,
    `gather`, `record`, `dial`, `conference`, `talk`, `ringback`) or `heard:` and a regular expression on what is
    said; then `after_s` later, at the `nth` time it happens.
    """

    do: Literal["press", "hang_up"] = "press"
    keys: str = ""
    at_s: float | None = None
    when: str = ""
    after_s: float = 0.5
    nth: int = 1


def press(keys: str, at_s: float | None = None, when: str = "", after_s: float = 0.5, nth: int = 1) -> Step:
    """The person presses keys."""
    return Step("press", keys, at_s, when, after_s, nth)


def hang_up(at_s: float | None = None, when: str = "", after_s: float = 0.5, nth: int = 1) -> Step:
    """The person hangs up."""
    return Step("hang_up", "", at_s, when, after_s, nth)


@dataclass(frozen=True)
class CallerScript:
    """What somebody does who rings the line.

    number: None is a withheld one; patience_s: hangs up after so long without having spoken to anyone;
    message_s: how long a message after the tone is, 0 says nothing; talk_s: ends the talk after so long (None:
    leaves that to the other side); again_after_s: rings again so long after a call in which nobody was reached
    and no message left, at most again_times.
    """

    number: str | None = "+31782041234"
    patience_s: float | None = None
    steps: tuple[Step, ...] = ()
    message_s: float = 0.0
    message_then: AfterSpeech = "hangs_up"
    talk_s: float | None = None
    alone_s: float = 20.0
    again_after_s: float | None = None
    again_times: int = 1
    forwarded_from: str = ""


@dataclass(frozen=True)
class PhoneScript:
    """What a telephone and its owner do with one call.

    talk_s: hangs up so long after being connected; waits_s: hangs up when still not connected so long after
    picking up; mailbox_s: how long a voicemail records; forwarded_form, shown_as: how a forwarded call tells of itself.
    """

    kind: PhoneKind = "answers"
    after_s: float = 4.0
    steps: tuple[Step, ...] = ()
    talk_s: float = 120.0
    waits_s: float = 40.0
    mailbox_s: float = 45.0
    forward_to: str = ""
    forwarded_form: ForwardedForm = "e164"
    shown_as: ShownAs = "caller"


@dataclass(frozen=True)
class Diversion:
    """Where a mobile sends a call from outside that finds it ringing or busy (`**67*number#`), and how it is told."""

    to: str
    form: ForwardedForm = "e164"
    shown_as: ShownAs = "caller"

    def told(self, mobile: str, caller: str) -> tuple[str, str]:
        """From and ForwardedFrom of a call to this mobile that is sent on."""
        forms = {"e164": mobile, "national": "0" + mobile.removeprefix("+31"), "absent": ""}
        shown = {"caller": caller, "mobile": mobile, "withheld": WITHHELD, "nothing": ""}
        return shown[self.shown_as], forms[self.form]


ACCEPTS = PhoneScript(steps=(press("1", at_s=2.0),))
IGNORES = PhoneScript(kind="no_answer")


@dataclass(frozen=True)
class Scenario:
    """Callers with the second at which each rings, and the telephones with their scripts, used in turn."""

    callers: tuple[tuple[float, CallerScript], ...]
    phones: tuple[tuple[str, tuple[PhoneScript, ...]], ...]


def random_phone(rng: Random, line: str = "") -> PhoneScript:
    """One telephone's behaviour, from a mix a bureau would recognise and a few nasty ones."""
    kind = rng.choices(
        ["accepts", "late", "wrong", "silent", "voicemail", "busy", "off", "declines", "no_answer", "forwards"],
        [45, 5, 4, 6, 14, 5, 4, 5, 10, 2],
    )[0]
    after_s = round(rng.uniform(1, 14), 1)
    talk_s = round(rng.lognormvariate(4.7, 0.9), 1)
    if kind == "accepts":
        keys = "11" if rng.random() < 0.1 else "1"
        return PhoneScript(after_s=after_s, talk_s=talk_s, steps=(press(keys, at_s=round(rng.uniform(0.5, 5), 1)),))
    if kind == "late":
        return PhoneScript(after_s=after_s, talk_s=talk_s, steps=(press("1", at_s=round(rng.uniform(8, 30), 1)),))
    if kind == "wrong":
        return PhoneScript(after_s=after_s, talk_s=talk_s, steps=(press(rng.choice("23456789*#"), at_s=2.0),))
    if kind == "silent":
        return PhoneScript(after_s=after_s, waits_s=round(rng.uniform(1, 40), 1))
    if kind == "voicemail":
        return PhoneScript("voicemail", after_s=rng.choice([0.0, 5.0, 25.0]))
    if kind == "forwards" and line:
        form: ForwardedForm = rng.choice(["e164", "national", "absent"])
        return PhoneScript("forwards", after_s=12.0, forward_to=line, forwarded_form=form)
    plain: dict[str, PhoneKind] = {"busy": "busy", "off": "off", "declines": "declines"}
    return PhoneScript(plain.get(kind, "no_answer"), after_s=after_s)


def random_caller(rng: Random, numbers: tuple[str, ...] = ()) -> CallerScript:
    """One caller's behaviour: patience as people have it, keys at any moment, messages, hang-ups at any stage."""
    number = rng.choice(numbers) if numbers and rng.random() > 0.08 else None
    steps: list[Step] = []
    for _ in range(rng.choices([0, 1, 2], [60, 30, 10])[0]):
        keys = rng.choice(["1", "2", "9", "#", "5", "0612345678#"])
        steps.append(press(keys, at_s=round(rng.uniform(0, 90), 1)))
    if rng.random() < 0.2:
        stage = rng.choice(["say", "gather", "play", "record", "conference", "talk", "ringback"])
        steps.append(hang_up(when=stage, after_s=round(rng.uniform(0, 6), 1)))
    if rng.random() < 0.5:
        steps.append(press(rng.choice("12"), when="heard:(?i)bereikbaar|easy to reach", after_s=1.0))
    return CallerScript(
        number=number,
        patience_s=round(rng.lognormvariate(4.2, 0.9), 1),
        steps=tuple(steps),
        message_s=round(rng.choice([0, 0, rng.uniform(0.4, 3), rng.uniform(3, 60), rng.uniform(60, 400)]), 1),
        message_then=rng.choice(["waits", "hash", "hangs_up"]),
        talk_s=round(rng.lognormvariate(4.7, 0.9), 1) if rng.random() < 0.4 else None,
        again_after_s=round(rng.uniform(20, 1800), 1) if rng.random() < 0.3 else None,
    )


def random_script(
    rng: Random, line: str, callers: tuple[str, ...], mobiles: tuple[str, ...], calls: int = 3
) -> Scenario:
    """A whole scenario from a seed: `calls` callers within two minutes, every mobile with two behaviours."""
    return Scenario(
        callers=tuple((round(rng.uniform(0, 120), 1), random_caller(rng, callers)) for _ in range(calls)),
        phones=tuple((m, (random_phone(rng, line), random_phone(rng, line))) for m in mobiles),
    )
