"""What can be meant by a few typed words: a number of a call, the beginning of a telephone number, or a name?"""

import unicodedata
from dataclasses import dataclass

from callcenter import numbers

# What is longer is no name; only its beginning is looked for.
LONGEST = 100
MOST_WORDS = 6
# The most digits that the database's integer columns hold in any case.
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class TypedWords:
    """text: as typed, without spaces around it; words: for comparison with names; number: a whole telephone number,
    E.164; number_range: the E.164 numbers that are meant, as a half-open range of texts, None when no number is;
    call_id: the number of a call in our own lists."""

    text: str
    words: tuple[str, ...]
    number: str | None
    number_range: tuple[str, str] | None
    call_id: int | None


def typed_words(text: str) -> TypedWords:
    """What a typed text can mean. Nothing typed gives no words."""
    text = " ".join(text[:LONGEST].split())
    number = numbers.parse(text) if any(character.isdigit() for character in text) else None
    whole = text.removeprefix("#")
    is_id = whole.isascii() and whole.isdecimal() and len(whole) <= _MOST_DIGITS
    return TypedWords(
        text,
        tuple(text.split()[:MOST_WORDS]),
        number,
        (number, f"{number}0") if number else numbers.beginning(text),
        int(whole) if is_id else None,
    )


def folded(text: str) -> str:
    """The text without accents and capitals: `Aïsha Özdemir` as `aisha ozdemir`."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))


def fits(words: tuple[str, ...], *names: str) -> bool:
    """Whether each word begins a part of one of the names, whatever its accents and capitals. No words fit nothing."""
    parts = [part for name in names for part in folded(name).replace("-", " ").split()]
    return bool(words) and all(any(part.startswith(folded(word)) for part in parts) for word in words)
