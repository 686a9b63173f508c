"""Which characters a text from outside may hold: no control characters, and nothing that cannot be stored or shown.

Control characters make XML invalid (https://www.w3.org/TR/xml/#charsets) and forge lines in a log. Bidirectional
overrides show a name in another order than it has (https://trojansource.codes). A zero character cannot be stored in
PostgreSQL, a lone surrogate in no database.
"""

import re
from collections.abc import Iterable

from callcenter.errors import InvalidInput

# Two characters of each of Unicode's planes are no characters: U+FFFE, U+FFFF, U+1FFFE, U+1FFFF …
_ENDS_OF_PLANES = "".join(chr(plane * 0x10000 + 0xFFFE) + chr(plane * 0x10000 + 0xFFFF) for plane in range(17))
# Ranges of a pattern. Tab, line feed and carriage return are apart, since a text of several lines holds them.
_NEVER = (
    "\x00-\x08\x0b\x0c\x0e-\x1f"  # C0
    "\x7f-\x9f"  # delete and C1
    "\u202a-\u202e\u2066-\u2069"  # bidirectional embeddings, overrides and isolates
    "\ud800-\udfff"  # surrogates
    f"\ufdd0-\ufdef{_ENDS_OF_PLANES}"
)
# Odd characters in a text that may have several lines.
ODD = re.compile(f"[{_NEVER}]")
_IN_ONE_LINE = re.compile(f"[{_NEVER}\t\n\r\u2028\u2029]")
# What XML 1.0 cannot hold: C0, U+FFFE, U+FFFF, and the references that ElementTree writes for lone surrogates.
NOT_XML = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:5529[6-9]|55[3-9]..|56...|57[0-2]..|573[0-3].|5734[0-3]);"
)

REFUSAL = "this holds a control character or another one that cannot be shown: type it again"


def odd_character(text: str, *, lines: bool = False) -> str | None:
    """The first character of a text that it may not hold, as `U+0001`; None when there is none.

    lines: whether the text may have several lines.
    """
    found = (ODD if lines else _IN_ONE_LINE).search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def plain(field: str, text: str, *, lines: bool = False) -> str:
    """The text, if it holds nothing odd. Raises InvalidInput on the field. lines: as in `odd_character`."""
    if odd_character(text, lines=lines) is not None:
        raise InvalidInput(field, REFUSAL)
    return text


def cleaned(text: str) -> str:
    """The text without its odd characters, for a sender who cannot be asked to type it again. Its lines stay."""
    return ODD.sub("", text)


def all_plain(texts: Iterable[str]) -> bool:
    """Whether none of these texts holds an odd character; each may have several lines."""
    return not any(map(ODD.search, texts))
