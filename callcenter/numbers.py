"""Parses, displays and classifies telephone numbers. Everywhere in the product a number is E.164."""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from urllib.parse import unquote

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

# From of a caller who withholds the number: a word, or "ANONYMOUS", "RESTRICTED", "BLOCKED", "UNKNOWN", "UNAVAILABLE"
# spelt on a telephone's keys (docs/twilio.md). Some of them parse as valid numbers.
WITHHELD = frozenset(
    {"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "+464", "anonymous", "restricted", "unknown"}
)
# Some exchanges drop the plus. Without it, ANONYMOUS parses as a Dutch number in Arnhem.
_SPELT_ON_KEYS = frozenset(word.removeprefix("+") for word in WITHHELD if word.startswith("+"))

# Numbers with special tariffs, and pagers and voicemail boxes.
_PAID = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.PAGER,
        PhoneNumberType.VOICEMAIL,
        PhoneNumberType.UNKNOWN,
    }
)
# Numbers that can be called from within their own country only: freephone, and what libphonenumber calls a UAN, such as
# a municipality's 14 030, and 084 and 087, whose tariff is uncertain.
_NATIONAL_ONLY = frozenset({PhoneNumberType.TOLL_FREE, PhoneNumberType.UAN})
# libphonenumber calls 088 a UAN too, but it is an ordinary number of a company or school (business.gov.nl).
_COMPANY_NUMBERS = "+3188"
# Reason: we do not dial this number, but a consultant can from another telephone.
OWN_TELEPHONE = "own_telephone"
_HOME = "NL"
# The region of satellite and international-network numbers, which have no country.
_NO_COUNTRY = "001"
# Schemes of addresses such as `sip:+31612345678@host;user=phone`, `"Name" <sips:…>` or `tel:+31612345678`.
_SCHEMES = frozenset({"", "sip", "sips", "tel"})
_NUMBER_LIKE = re.compile(r"\+?[\d\s().–/-]+")
# Fewer typed digits than these begin too many numbers to be looked for.
_FEWEST_DIGITS = 6


@lru_cache(maxsize=16384)
def parse(text: str, region: str = "NL") -> str | None:
    """The E.164 form of a number as a person or a carrier writes it; None when it is not valid.

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
    """Every valid number in a cell such as `0547-284141 of 0548-378383`, in order and without duplicates.

    In `0412-224160 / 224150` the second number gets the area code of the first.
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


def beginning(text: str) -> tuple[str, str] | None:
    """The E.164 numbers that begin with what somebody typed, as a half-open range of texts; None when it is not the
    beginning of a number, or too short to be looked for.

    >>> beginning("078-613")
    ('+3178613', '+3178614')
    """
    digits = re.sub(r"\D", "", text)
    if not digits.isascii() or not _NUMBER_LIKE.fullmatch(text.strip()) or len(digits) < _FEWEST_DIGITS:
        return None
    if not text.strip().startswith("+"):
        if not digits.startswith("0"):
            return None
        digits = digits[2:] if digits.startswith("00") else f"31{digits[1:]}"
    next_one = digits.rstrip("9")
    # No country code begins with a zero.
    return (f"+{digits}", f"+{int(next_one) + 1}") if next_one and not digits.startswith("0") else None


@lru_cache(maxsize=16384)
def caller_number(address: str | None) -> str | None:
    """The E.164 number in Twilio's From, To or ForwardedFrom; None when it is withheld or not a telephone number.

    In a SIP address only the user can be a number; digits in its host are not.

    >>> caller_number('"Obs De Wegwijzer" <sip:0302345678@10.20.30.40;user=phone>')
    '+31302345678'
    """
    text = _user_of((address or "").strip())
    if not _NUMBER_LIKE.fullmatch(text) or re.sub(r"[^+\d]", "", text) in _SPELT_ON_KEYS:
        return None
    return parse(text)


def _user_of(address: str) -> str:
    """The user part of an address, without scheme, host, parameters and display name; empty when there is none."""
    if "<" in address:
        address = address.rpartition("<")[2].partition(">")[0].strip()
    scheme, rest = address.split(":", 1) if ":" in address else ("", address)
    if scheme.lower() not in _SCHEMES:
        return ""
    user, at, host = rest.rpartition("@")
    if at:
        user = user.partition(":")[0]  # without a password
    elif scheme.lower() in ("", "tel") or host.startswith("+"):
        user = host  # without `@` the whole is the user; in a SIP address it is a host, unless it has a plus
    return unquote(user).partition(";")[0].strip()


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
    """None when we may dial the number, else the reason: withheld, invalid, own, country, satellite, premium or
    own_telephone.

    `country`: of a country that is not allowed, or reachable only from within its country. `own_telephone`: a
    consultant can call it from another telephone. number: E.164; countries: allowed ISO regions; own: our own lines.
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
    if kind in _PAID:
        return "premium"
    if kind in _NATIONAL_ONLY and not number.startswith(_COMPANY_NUMBERS):
        return OWN_TELEPHONE if region == _HOME else "country"
    return None


def why_not_promised(number: str | None, countries: Iterable[str], own: Collection[str] = ()) -> str | None:
    """None when we may promise a callback to this number, by one press or from another telephone; else the reason, as
    in `why_not_dialled`."""
    reason = why_not_dialled(number, countries, own)
    return None if reason == OWN_TELEPHONE else reason


def is_dutch_mobile(number: str) -> bool:
    """Whether a person may read a text message here: a Dutch 06 number, not a machine's 097 number. number: E.164."""
    known = _kind_and_region(number)
    return known == (PhoneNumberType.MOBILE, _HOME) and number.startswith("+316")


def keys_of(number: str) -> str:
    """The digits to key in the Netherlands. Municipal numbers (14 0xx) work only in national form.

    >>> keys_of("+3114030")
    '14030'
    """
    shown = display(number)
    return re.sub(r"[^\d+]", "", shown)


@lru_cache(maxsize=16384)
def display(number: str) -> str:
    """The number as Dutch readers write it: a Dutch number in national form, others in international form."""
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return number
    home = phonenumbers.region_code_for_number(parsed) == "NL"
    form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)
