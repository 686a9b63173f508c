"""Parses the text messages by which consultants set their presence. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Verb = Literal["available", "busy", "break", "away", "who", "help"]

_WORDS: Mapping[str, tuple[Verb, str]] = {
    "beschikbaar": ("available", "nl"),
    "bezet": ("busy", "nl"),
    "pauze": ("break", "nl"),
    "afwezig": ("away", "nl"),
    "weg": ("away", "nl"),
    "wie": ("who", "nl"),
    "help": ("help", "nl"),
    "hulp": ("help", "nl"),
    "available": ("available", "en"),
    "busy": ("busy", "en"),
    "break": ("break", "en"),
    "away": ("away", "en"),
    "who": ("who", "en"),
}
# 24 hours have four digits of minutes. Python refuses to read a number of thousands of digits.
_MOST_DIGITS = 4
# Twilio's opt-out words: Twilio answers them itself. After a stop word it delivers no message until a start word.
START_WORDS = frozenset({"start", "unstop", "yes"})
TWILIO_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit"}) | START_WORDS


@dataclass(frozen=True, slots=True)
class Command:
    """A parsed message. minutes: the requested duration, None when the message has none."""

    verb: Verb
    locale: str
    minutes: int | None = None


def understand(text: str) -> Command | None:
    """The command in a message such as `Bezet 30`, or None when there is none.

    >>> understand("Bezet 30")
    Command(verb='busy', locale='nl', minutes=30)
    """
    words = text.strip().casefold().rstrip(".!").split()
    command = _WORDS.get(words[0]) if words else None
    if command is None or len(words) > 3:
        return None
    verb, locale = command
    minutes = None
    if len(words) > 1:
        unit_known = len(words) == 2 or words[2].startswith("min")
        digits = words[1].isdecimal() and len(words[1]) <= _MOST_DIGITS
        if not digits or not unit_known or not 0 < int(words[1]) <= 24 * 60:
            return None
        minutes = int(words[1])
    return Command(verb, locale, minutes)
