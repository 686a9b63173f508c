"""In which ways may a number stand in a text? Finds and blots out one number however it is written."""

import re
from collections.abc import Mapping
from typing import Any

import phonenumbers

from callcenter.errors import InvalidInput
from callcenter.numbers import parse

BLOT = "…"
# What people write between digits: spaces, hyphens, dots, brackets, slashes, and JSON's or a web address's escapes.
_BETWEEN = r"(?:[\s\-./()\u00a0]|%20)*"


class Spelling:
    """All spellings of one number: +31 30 234 56 78, 0031302345678, 030-2345678, %2B31302345678."""

    def __init__(self, number: str) -> None:
        parsed = phonenumbers.parse(number, None)
        country, core = str(parsed.country_code), str(parsed.national_number)
        digits = _BETWEEN.join(core)
        abroad = rf"(?:\+|%2B|00)?{_BETWEEN.join(country)}{_BETWEEN}(?:\(0\)|0)?"
        self.e164 = number
        # A run of digits that every spelling without separators holds; for a first look by the database.
        self.core = core
        self._pattern = re.compile(rf"(?<![0-9A-Za-z])(?:{abroad}|0)?{_BETWEEN}{digits}(?![0-9A-Za-z])", re.IGNORECASE)

    def is_in(self, text: str) -> bool:
        """Whether the number stands in a text."""
        return self._pattern.search(text) is not None

    def blotted(self, value: Any) -> Any:
        """The same value, text or JSON, without the number."""
        if isinstance(value, str):
            return self._pattern.sub(BLOT, value)
        if isinstance(value, Mapping):
            return {self.blotted(key): self.blotted(inner) for key, inner in value.items()}
        return [self.blotted(inner) for inner in value] if isinstance(value, list) else value


def spelling_of(text: str) -> Spelling:
    """The spellings of a number as an operator writes it. Raises InvalidInput on `number`."""
    number = parse(text)
    if number is None:
        raise InvalidInput("number", "this is not a telephone number; write it as +31302345678 or 030 234 56 78")
    return Spelling(number)
