"""Finds and redacts one telephone number in texts, in every usual spelling."""

import re
from collections.abc import Mapping
from typing import Any

import phonenumbers

from callcenter.errors import InvalidInput
from callcenter.numbers import parse

REDACTED = "…"
# The separators between digits: spaces, hyphens, dots, brackets, slashes, and the escape of a space in an address.
_BETWEEN = r"(?:[\s\-./()\u00a0]|%20)*"


class Spelling:
    """All spellings of one number, such as +31 30 234 56 78, 0031302345678, 030-2345678 and %2B31302345678."""

    def __init__(self, number: str) -> None:
        parsed = phonenumbers.parse(number, None)
        country, core = str(parsed.country_code), str(parsed.national_number)
        digits = _BETWEEN.join(core)
        abroad = rf"(?:\+|%2B|00)?{_BETWEEN.join(country)}{_BETWEEN}(?:\(0\)|0)?"
        self.e164 = number
        # The digits in every spelling without separators; the database preselects rows by them.
        self.core = core
        self._pattern = re.compile(rf"(?<![0-9A-Za-z])(?:{abroad}|0)?{_BETWEEN}{digits}(?![0-9A-Za-z])", re.IGNORECASE)

    def is_in(self, text: str) -> bool:
        """Whether a text contains the number."""
        return self._pattern.search(text) is not None

    def redacted(self, value: Any) -> Any:
        """The same value, text or JSON, with the number replaced by REDACTED."""
        if isinstance(value, str):
            return self._pattern.sub(REDACTED, value)
        if isinstance(value, Mapping):
            return {self.redacted(key): self.redacted(inner) for key, inner in value.items()}
        return [self.redacted(inner) for inner in value] if isinstance(value, list) else value


def spelling_of(text: str) -> Spelling:
    """The spellings of a number that an operator typed. Raises InvalidInput on `number`."""
    number = parse(text)
    if number is None:
        raise InvalidInput("number", "this is not a telephone number; write it as +31302345678 or 030 234 56 78")
    return Spelling(number)
