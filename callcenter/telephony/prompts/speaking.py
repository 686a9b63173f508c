"""Builds a prompt from a key and its values: the text, its language and its voice."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from string import Formatter

from callcenter.telephony.prompts.texts import TEXTS

# Language and voice of <Say>. Both voices are Twilio's own selection of Amazon Polly's.
_VOICES = {"nl": ("nl-NL", "Polly.Laura-Neural"), "en": ("en-GB", "Polly.Amy-Neural")}
LANGUAGES = tuple(_VOICES)
_SENTENCE_ENDS = (". ", "? ", "! ")


@dataclass(frozen=True, slots=True)
class Piece:
    """A section of a prompt. part: the name under which the office may record it; None for a variable's value, which is
    always spoken by the voice."""

    text: str
    part: str | None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt with its values filled in.

    language, voice: attributes of `<Say>`. pieces, locale: find the office's recordings, which replace the voice.
    """

    text: str
    language: str
    voice: str
    key: str
    locale: str
    pieces: tuple[Piece, ...] = ()


def say(key: str, locale: str, **values: str) -> Prompt:
    """The prompt with this key, with its variables filled in. locale: `nl` or `en`.

    Raises ValueError when the key or the language does not exist, or `values` are not exactly the prompt's variables.
    """
    if locale not in _VOICES:
        raise ValueError(f"the line speaks no {locale!r}")
    language, voice = _VOICES[locale]
    return Prompt(write(key, locale, **values), language, voice, key, locale, tuple(_pieces(key, locale, values)))


def write(key: str, locale: str, **values: str) -> str:
    """The text alone, for text messages. Raises ValueError like `say`."""
    if key not in TEXTS:
        raise ValueError(f"there is no prompt {key!r}")
    if variables(key) != values.keys():
        raise ValueError(f"prompt {key!r} takes {sorted(variables(key))}, not {sorted(values)}")
    filled = ""
    for fixed, name in _template(key, locale):
        filled += fixed
        if name:
            value = values[name]
            # A value may begin in lower case, a sentence may not.
            starts = not filled or filled.endswith(_SENTENCE_ENDS)
            filled += value[:1].upper() + value[1:] if starts else value
    return filled


@cache
def variables(key: str) -> frozenset[str]:
    """The names of the variables a prompt takes."""
    return frozenset(name for _, name in _template(key, "nl") if name)


def parts(key: str, locale: str) -> dict[str, str]:
    """The parts of a prompt that can be recorded: their words by their names, in order.

    A text without variables is one part, named by its key. Others are split at variables: `closed-1`, `closed-2` …

    >>> parts("closed", "nl")
    {'closed-1': 'We zijn nu gesloten.', 'closed-2': 'zijn we er weer.'}
    """
    return {piece.part: piece.text for piece in _pieces(key, locale, None) if piece.part}


def key_of(part: str) -> str:
    """The key of the prompt to which a part belongs."""
    return part.partition("-")[0]


def _pieces(key: str, locale: str, values: dict[str, str] | None) -> Sequence[Piece]:
    """The prompt's pieces. values: None for the fixed pieces only."""
    template = _template(key, locale)
    if not any(name for _, name in template):
        return [Piece("".join(fixed for fixed, _ in template), key)]
    pieces: list[Piece] = []
    number = 0
    for fixed, name in template:
        words = re.sub(r"^[\s.,:]+", "", fixed).rstrip(" ,")
        if words:
            number += 1
            pieces.append(Piece(words, f"{key}-{number}"))
        if name and values is not None and values[name].strip():
            pieces.append(Piece(values[name], None))
    return pieces


@cache
def _template(key: str, locale: str) -> Sequence[tuple[str, str | None]]:
    """The text as pairs: fixed words, and the name of the variable that follows them, if any."""
    text = TEXTS[key]
    return tuple((fixed, name) for fixed, name, _, _ in Formatter().parse(text.nl if locale == "nl" else text.en))
