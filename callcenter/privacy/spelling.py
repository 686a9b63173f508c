"""Finds and redacts one telephone number in texts, in every spelling that a person or a program writes.

When in doubt, a text counts as the number: erasing too much costs a few digits in a note, erasing too little leaves
the number of somebody who asked to be forgotten.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import phonenumbers

from callcenter.errors import InvalidInput
from callcenter.numbers import parse

REDACTED = "…"
# What a character is read as: a separator, a letter, a decimal digit as itself, and any other digit, such as a
# superscript, as a letter from `a`: that one is a digit within a number, but no further digit of a longer one.
_SEPARATOR, _LETTER, _PLUS = " ", "x", "+"
# Letters by their category that look like a space or a dash: Hangul fillers and the Japanese long vowel sign.
_NO_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u30fc\uff70")
# A character as programs write it in addresses (%2B), in HTML (&#8209; &nbsp;) and in JSON (\u2011 \n).
_ESCAPED = re.compile(r"%([0-9a-f]{2})|&#(\d{1,7});|&#x([0-9a-f]{1,6});|&[a-z]{2,8};|\\u([0-9a-f]{4})|\\[nrtfvb]", re.I)
_BASES = (16, 10, 16, 16)
# How the escape of a digit, or of any digit that is not one of 0 to 9, begins.
ESCAPES_OF_DIGITS = ("\\u", "%3", "&#")
# A sid of Twilio, whose hexadecimal digits may contain any number by chance.
_SID = re.compile(r"(?<![0-9A-Za-z])(?:AC|CA|MM|RE|SM)(?=[0-9]*[a-f])[0-9a-f]{8,}(?![0-9A-Za-z])")


class _Signs(dict[int, str]):
    """The sign of each character, by its code, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        return self.setdefault(code, _sign(chr(code)))


_SIGNS = _Signs()


class Spelling:
    """All spellings of one number: +31 30 234 56 78, 0031302345678, 030–2345678, tel302345678 and %2B31302345678.

    Between two digits there may be any characters that are neither letters nor digits. Before them there may be the
    country's code, zeros, or nothing, as in a spreadsheet that takes it for a sum. Letters may touch it, unless they
    make it a sid of Twilio. A decimal digit that touches it makes it another, longer number.
    """

    def __init__(self, number: str) -> None:
        parsed = phonenumbers.parse(number, None)
        country, core = str(parsed.country_code), str(parsed.national_number)
        between = f"[{_SEPARATOR}{_PLUS}]*"
        digits = between.join(f"[{digit}{_other(int(digit))}]" for digit in core)
        code = between.join(f"[{digit}{_other(int(digit))}]" for digit in country)
        zeros = f"(?:[0{_other(0)}]{between}){{0,4}}"
        self.e164 = number
        # The digits in every spelling; the database preselects rows by them.
        self.core = core
        self._pattern = re.compile(
            rf"(?<![0-9])(?:[{_PLUS}]{between})?(?:011{between})?{zeros}(?:{code}{between})?{zeros}{digits}(?![0-9])"
        )

    def is_in(self, value: Any) -> bool:
        """Whether a value, text or JSON, contains the number."""
        return bool(self.redacted(value) != value)

    def redacted(self, value: Any) -> Any:
        """The same value, text or JSON, with the number replaced by REDACTED."""
        if isinstance(value, str):
            return self._redacted(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return REDACTED if self._spans(str(value)) else value
        if isinstance(value, Mapping):
            return {self.redacted(key): self.redacted(inner) for key, inner in value.items()}
        return [self.redacted(inner) for inner in value] if isinstance(value, list) else value

    def _redacted(self, text: str) -> str:
        for start, end in reversed(self._spans(text)):
            text = text[:start] + REDACTED + text[end:]
        return text

    def _spans(self, text: str) -> list[tuple[int, int]]:
        """Where the number stands, sorted and disjoint: in the text as it is, and with its escapes read."""
        sids = [sid.span() for sid in _SID.finditer(text)]
        found = {match.span() for match in self._pattern.finditer(text.translate(_SIGNS))}
        if _ESCAPED.search(text):
            characters, starts, ends = zip(*_unescaped(text), strict=True)
            read = self._pattern.finditer("".join(characters).translate(_SIGNS))
            found |= {(starts[match.start()], ends[match.end() - 1]) for match in read}
        merged: list[tuple[int, int]] = []
        for start, end in sorted(found):
            if any(first <= start and end <= last for first, last in sids):
                continue
            if merged and start < merged[-1][1]:
                merged[-1] = merged[-1][0], max(end, merged[-1][1])
            else:
                merged.append((start, end))
        return merged


def spelling_of(text: str) -> Spelling:
    """The spellings of a number that an operator typed. Raises InvalidInput on `number`."""
    number = parse(text)
    if number is None:
        raise InvalidInput("number", "this is not a telephone number; write it as +31302345678 or 030 234 56 78")
    return Spelling(number)


def _unescaped(text: str) -> Iterator[tuple[str, int, int]]:
    """Each character of a text with its escapes read, and where it stands in the text."""
    at = 0
    for found in _ESCAPED.finditer(text):
        for plain in range(at, found.start()):
            yield text[plain], plain, plain + 1
        code = next((int(group, base) for group, base in zip(found.groups(), _BASES, strict=True) if group), 32)
        # A byte of UTF-8 from 0x80 on is part of a dash or a space, or of a letter: it counts as a separator.
        is_byte = found[1] is not None and code >= 0x80
        yield chr(code) if code <= 0x10FFFF and not is_byte else _SEPARATOR, *found.span()
        at = found.end()
    for plain in range(at, len(text)):
        yield text[plain], plain, plain + 1


def _sign(character: str) -> str:
    decimal = unicodedata.decimal(character, None)
    if decimal is not None:
        return str(decimal)
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return _other(digit)
    if character in ("+", "\uff0b"):
        return _PLUS
    return _LETTER if character.isalnum() and character not in _NO_LETTERS else _SEPARATOR


def _other(digit: int) -> str:
    return chr(ord("a") + digit)
