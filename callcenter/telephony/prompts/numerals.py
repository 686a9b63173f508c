"""Numbers as they are spoken: small ones in words, telephone numbers digit by digit."""

from callcenter.numbers import display

_NL = (
    ("nul", "één", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen"),
    ("tien", "elf", "twaalf", "dertien", "veertien", "vijftien", "zestien", "zeventien", "achttien", "negentien"),
    ("twintig", "dertig", "veertig", "vijftig", "zestig", "zeventig", "tachtig", "negentig"),
)
_EN = (
    ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    (
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ),
    ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
)
_WORDS = {"nl": _NL, "en": _EN}


def number_words(number: int, language: str) -> str:
    """A number from 0 to 99 in words. Other numbers stay in digits, which every voice reads well."""
    units, teens, tens = _WORDS[language]
    if not 0 <= number < 100:
        return str(number)
    if number < 10:
        return units[number]
    if number < 20:
        return teens[number - 10]
    ten, unit = tens[number // 10 - 2], number % 10
    if unit == 0:
        return ten
    if language == "en":
        return f"{ten}-{units[unit]}"
    # The accents of "één" distinguish "one" from "a". Inside a word they are not needed.
    first = "een" if unit == 1 else units[unit]
    return f"{first}{'ën' if first.endswith('e') else 'en'}{ten}"


def telephone_words(number: str, language: str) -> str:
    """An E.164 number digit by digit. A comma between its groups makes the voice pause.

    >>> telephone_words("+31612345678", "nl")
    'nul zes, één twee, drie vier, vijf zes, zeven acht'
    """
    written = display(number)
    country = "plus " if written.startswith("+") else ""
    groups = [group for part in written.replace("-", " ").split() for group in _short(_digits_only(part))]
    units = _WORDS[language][0]
    return country + ", ".join(" ".join(units[int(digit)] for digit in group) for group in groups)


def _digits_only(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _short(digits: str) -> list[str]:
    """Groups of at most four digits. A longer group is split into pairs, as people say it."""
    if len(digits) <= 4:
        return [digits] if digits else []
    odd = len(digits) % 2
    return ([digits[:3]] if odd else []) + [digits[i : i + 2] for i in range(3 if odd else 0, len(digits), 2)]
