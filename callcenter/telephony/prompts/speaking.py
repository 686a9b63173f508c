"""How does a prompt become speech? A key and its values become a text with its language and voice."""

from dataclasses import dataclass
from string import Formatter

from callcenter.telephony.prompts.texts import TEXTS

# Language and voice of <Say>. Both voices are Twilio's own selection of Amazon Polly's.
_VOICES = {"nl": ("nl-NL", "Polly.Laura-Neural"), "en": ("en-GB", "Polly.Amy-Neural")}
LANGUAGES = tuple(_VOICES)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A sentence ready to be said. `language` and `voice` are those of `<Say>`; `key` and `locale` find the office's
    own recording, which wins over the text."""

    text: str
    language: str
    voice: str
    key: str
    locale: str


def say(key: str, locale: str, **values: str) -> Prompt:
    """The prompt with this key in a language (`nl` or `en`), its variables filled in.

    Raises ValueError when the key, the language or a variable is not known or missing.
    """
    if locale not in _VOICES:
        raise ValueError(f"the line speaks no {locale!r}")
    language, voice = _VOICES[locale]
    return Prompt(write(key, locale, **values), language, voice, key, locale)


def write(key: str, locale: str, **values: str) -> str:
    """The text alone, for a message. Raises ValueError as `say`."""
    text = TEXTS.get(key)
    if text is None:
        raise ValueError(f"there is no prompt {key!r}")
    if variables(key) != values.keys():
        raise ValueError(f"prompt {key!r} takes {sorted(variables(key))}, not {sorted(values)}")
    filled = (text.nl if locale == "nl" else text.en).format_map(values)
    # A name from a list may begin small, a sentence does not.
    return filled[:1].upper() + filled[1:]


def variables(key: str) -> frozenset[str]:
    """The names of the variables a prompt takes."""
    return frozenset(name for _, name, _, _ in Formatter().parse(TEXTS[key].nl) if name)
