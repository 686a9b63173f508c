"""What telephone number is this, and may we dial it? Everything inside is E.164."""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

# What Twilio sends as From for a caller who withholds the number: the word, or "ANONYMOUS", "RESTRICTED",
# "BLOCKED", "UNKNOWN", "UNAVAILABLE" spelt on a telephone's keys (twilio.md, section 3). Some of these parse
# as numbers, so they are named here.
WITHHELD = frozenset(
    {"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "+464", "anonymous", "restricted", "unknown"}
)

_NEVER_DIALLED = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PAGER,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
        PhoneNumberType.UNKNOWN,
    }
)
# Global satellite and international-network codes have no country; region "001".
_NO_COUNTRY = "001"


@lru_cache(maxsize=16384)
def parse(text: str, region: str = "NL") -> str | None:
    """The E.164 form of a number as a person or a carrier writes it, or None when it is not a valid number.

    >>> parse("030 - 234 56 78")
    '+31302345678'
    """
    if text.strip().lower() in WITHHELD:
        return None
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def parse_all(text: str, region: str = "NL") -> list[str]:
    """Every valid number in a cell such as `0547-284141 of 0548-378383`, in order, each once.

    `0412-224160 / 224150` gives both: a piece that is no number by itself borrows the first one's area code.
    """
    found: list[str] = []
    first: str | None = None
    for piece in re.split(r"[/;,|]|\bof\b|\ben\b", re.sub(r"\([^)\d]*[^)]*\)(?=\s*$)", "", text)):
        piece = piece.strip()
        number = parse(piece, region)
        if number is None and first and re.fullmatch(r"[\d\s-]{4,9}", piece):
            digits = re.sub(r"\D", "", piece)
            number = parse(first[: len(first) - len(digits)] + digits, region)
        if number is not None:
            first = first or number
            if number not in found:
                found.append(number)
    return found


def caller_number(from_: str | None) -> str | None:
    """The E.164 number of a caller from Twilio's From, or None when withheld or not a telephone number."""
    return parse(from_) if from_ else None


@lru_cache(maxsize=16384)
def _kind_and_region(number: str) -> tuple[int, str] | None:
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.number_type(parsed), phonenumbers.region_code_for_number(parsed) or _NO_COUNTRY


def why_not_dialled(number: str | None, countries: Iterable[str], own: Collection[str] = ()) -> str | None:
    """None when we may dial the number, else why not: withheld, invalid, own, country, satellite or premium.

    number: E.164; countries: allowed ISO regions; own: our lines' numbers, which would ring ourselves.
    """
    if not number:
        return "withheld"
    if number in own:
        return "own"
    known = _kind_and_region(number)
    if known is None:
        return "invalid"
    kind, region = known
    if region == _NO_COUNTRY:
        return "satellite"
    if region not in countries:
        return "country"
    if kind in _NEVER_DIALLED:
        return "premium"
    return None


def display(number: str) -> str:
    """The number as Dutch readers write it: national form at home, international form abroad."""
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return number
    home = phonenumbers.region_code_for_number(parsed) == "NL"
    form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)
