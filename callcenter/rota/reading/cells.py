"""Parses what people type in a cell: dates, times, days and words, in Dutch or English."""

import re
from datetime import date

from callcenter.rota.minutes import DAY_MIN
from callcenter.rota.model import Moment, Window

_DAY_NAMES = (
    ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    ("ma", "di", "wo", "do", "vr", "za", "zo"),
)
DAYS = {name: number for names in _DAY_NAMES for number, name in enumerate(names)}

ROLES = {"line": "line", "lijn": "line", "backup": "backup", "achterwacht": "backup", "": "line"}
KINDS = {
    "leave": "leave",
    "verlof": "leave",
    "sick": "sick",
    "ziek": "sick",
    "training": "training",
    "swap": "swap",
    "ruil": "swap",
    "extra": "extra",
}
YES_NO = {"yes": True, "ja": True, "no": False, "nee": False, "": False}

# Excel users write 31-12-9999 for "for ever", and Python has no day after it.
_FIRST_YEAR, _LAST_DAY = 1900, date(2999, 12, 31)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DUTCH = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})")
# Some cell formats of Excel add seconds, which must be zero.
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2})(?::00)?|[uU](\d{2}))")


def parse_date(text: str) -> date | None:
    """The date in `28-03-2027` or `2027-03-28`; None for other text and for years before 1900.

    A date after the year 2999 becomes the last day of that year.
    """
    if match := _ISO.fullmatch(text):
        year, month, day = match.groups()
    elif match := _DUTCH.fullmatch(text):
        day, month, year = match.groups()
    else:
        return None
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return min(found, _LAST_DAY) if found.year >= _FIRST_YEAR else None


def parse_time(text: str, *, end: bool = False) -> int | None:
    """The minute of the day in `9:00`, `09.00` or `9u30`; None for other text. `24:00` is 1440, as an end only."""
    match = _TIME.fullmatch(text)
    if not match:
        return None
    minute = int(match[1]) * 60 + int(match[2] or match[3])
    if int(match[2] or match[3]) > 59 or minute > DAY_MIN or (minute == DAY_MIN and not end):
        return None
    return minute


def parse_moment(text: str, *, end: bool = False) -> Moment | str:
    """The moment in `28-03-2027`, `28-03-2027 9:00` or `2027-03-28T09:00`; else the fault `bad_date` or `bad_time`."""
    day_text, _, time_text = re.sub(r"[T\s]+", " ", text.strip()).partition(" ")
    day = parse_date(day_text)
    if day is None:
        return "bad_date"
    if not time_text:
        return Moment(day)
    minute = parse_time(time_text, end=end)
    return "bad_time" if minute is None else Moment(day, minute)


def parse_days(text: str) -> frozenset[int] | str:
    """The weekdays (0 is Monday) in `mon-thu`, `ma,wo` or `mon-wed,fri`; else the first piece that is not a day."""
    found: set[int] = set()
    tidy = re.sub(r"\s*[-–]\s*", "-", text.strip().lower())
    for piece in re.split(r"[,\s]+", tidy):
        first, dash, last = piece.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            return piece or text
        span = (DAYS[last] - DAYS[first]) % 7 if dash else 0
        found.update((DAYS[first] + n) % 7 for n in range(span + 1))
    return frozenset(found)


def parse_window(text: str) -> Window | None:
    """The window in `08:30-17:00`; None for other text and for an end at or before the start."""
    pieces = re.split(r"\s*[-–]\s*", text.strip())
    if len(pieces) != 2:
        return None
    start, end = parse_time(pieces[0]), parse_time(pieces[1], end=True)
    return Window(start, end) if start is not None and end is not None and start < end else None


def clock(minute: int) -> str:
    """Minutes of the day as `09:00`; 1440 is `24:00`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
