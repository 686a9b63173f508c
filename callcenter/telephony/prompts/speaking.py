"""How does a prompt become speech? A key and its values become a text with its language and voice."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from string import Formatter

from callcenter.telephony.prompts.texts import TEXTS

# Language and voice of <Say>. Both voices are Twilio's own selection of Amazon Polly's.
_VOICES = {"nl": ("nl-NL", "Polly.Laura-Neural"), "en": ("en-GB", "Polly.Amy-Neural")}
LANGUAGES = tuple(_VOICES)
_SENTENCE_ENDS = (". ", "? ", "! ")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a prompt. `part` is the name under which the office may record it; None when it is a variable's
    value, which is always spoken."""

    text: str
    part: str | None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A sentence ready to be said. `language` and `voice` are those of `<Say>`; the parts of `pieces` and `locale` find
    the office's own recordings, which win over the text."""

    text: str
    language: str
    voice: str
    key: str
    locale: str
    pieces: tuple[Piece, ...] = ()


def say(key: str, locale: str, **values: str) -> Prompt:
    """The prompt with this key in a language (`nl` or `en`), its variables filled in.

    Raises ValueError when the key, the language or a variable is not known or missing.
    """
    if locale not in _VOICES:
        raise ValueError(f"the line speaks no {locale!r}")
    language, voice = _VOICES[locale]
    return Prompt(write(key, locale, **values), language, voice, key, locale, tuple(_pieces(key, locale, values)))


def write(key: str, locale: str, **values: str) -> str:
    """The text alone, for a message. Raises ValueError as `say`."""
    if key not in TEXTS:
        raise ValueError(f"there is no prompt {key!r}")
    if variables(key) != values.keys():
        raise ValueError(f"prompt {key!r} takes {sorted(variables(key))}, not {sorted(values)}")
    filled = ""
    for fixed, name in _template(key, locale):
        filled += fixed
        if name:
            value = values[name]
            # A name from a list or a day may begin small, a sentence does not.
            starts = not filled or filled.endswith(_SENTENCE_ENDS)
            filled += value[:1].upper() + value[1:] if starts else value
    return filled


def variables(key: str) -> frozenset[str]:
    """The names of the variables a prompt takes."""
    return frozenset(name for _, name in _template(key, "nl") if name)


def parts(key: str, locale: str) -> dict[str, str]:
    """What of a prompt can be recorded: the words of each part by its name, in order. A text without variables is one
    part under its own key; any other falls apart around its variables into `closed-1`, `closed-2` …

    >>> parts("closed", "nl")
    {'closed-1': 'We zijn nu gesloten.', 'closed-2': 'zijn we er weer.'}
    """
    return {piece.part: piece.text for piece in _pieces(key, locale, None) if piece.part}


def key_of(part: str) -> str:
    """The key of the prompt to which a part belongs."""
    return part.partition("-")[0]


def _pieces(key: str, locale: str, values: dict[str, str] | None) -> Sequence[Piece]:
    """The prompt in its pieces; without values, the fixed ones only."""
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


def _template(key: str, locale: str) -> list[tuple[str, str | None]]:
    """The text as its fixed words and the variable after each."""
    text = TEXTS[key]
    return [(fixed, name) for fixed, name, _, _ in Formatter().parse(text.nl if locale == "nl" else text.en)]
