"""Scripts for callers and telephones: plain data that prints as it is built, and random ones from a seed."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from callcenter.standin.twilio.calls import AfterSpeech

WITHHELD = "+266696687"  # "ANONYMOUS" on the keys; Twilio sends it as From when the number is withheld

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

# How the carrier writes ForwardedFrom.
ForwardedForm = Literal["e164", "national", "absent"]
# The From of a forwarded call: the caller of the mobile (for one of our legs: the line), the mobile itself, a withheld
# number, or nothing.
ShownAs = Literal["caller", "mobile", "withheld", "nothing"]


@dataclass(frozen=True)
class Step:
    """One action of a person, performed once, at a time or after a cue.

    at_s: seconds after dialling (a caller) or picking up (a telephone). when: the cue, either a stage (`say`, `play`,
    `pause`, `gather`, `record`, `dial`, `conference`, `talk`, `ringback`) or `heard:` and a regular expression on what
    is said. The action follows `after_s` seconds after the `nth` time of the cue.
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
    """The behaviour of somebody who rings the line. All times in seconds.

    number: None when it is withheld. patience_s: hangs up after this time without a talk; None: never. message_s: the
    length of the message after the tone; 0: says nothing. talk_s: ends a talk after this time; None: leaves that to the
    other side. alone_s: hangs up after this time alone on the line. again_after_s: rings again this long after a call
    without a talk or a message, at most `again_times`; None: never.
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
    """The behaviour of a telephone and its owner during one call. All times in seconds.

    after_s: time until it is picked up, declined or forwarded. talk_s: hangs up this long after the talk began.
    waits_s: hangs up this long after picking up without a talk. mailbox_s: how long a voicemail records.
    forwarded_form, shown_as: how ForwardedFrom and From of a forwarded call are reported.
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
    """The number to which a mobile diverts calls from outside while it is engaged, and how that is reported."""

    to: str
    form: ForwardedForm = "e164"
    shown_as: ShownAs = "caller"

    def reported_numbers(self, mobile: str, caller: str) -> tuple[str, str]:
        """From and ForwardedFrom of a diverted call."""
        forms = {"e164": mobile, "national": "0" + mobile.removeprefix("+31"), "absent": ""}
        shown = {"caller": caller, "mobile": mobile, "withheld": WITHHELD, "nothing": ""}
        return shown[self.shown_as], forms[self.form]


ACCEPTS = PhoneScript(steps=(press("1", at_s=2.0),))
IGNORES = PhoneScript(kind="no_answer")


@dataclass(frozen=True)
class Scenario:
    """Callers, each with the second at which it rings, and telephones, each with its scripts for call after call."""

    callers: tuple[tuple[float, CallerScript], ...]
    phones: tuple[tuple[str, tuple[PhoneScript, ...]], ...]


def random_phone(rng: Random, line: str = "") -> PhoneScript:
    """A random script for a telephone: mostly realistic, sometimes nasty. line: where it may forward to."""
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
    """A random script for a caller: realistic patience, keys at any moment, messages, hang-ups at any stage."""
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
