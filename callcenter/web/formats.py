"""Times, durations and shares as text for Dutch and English readers, and reading a local time."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_day_names

from callcenter.errors import InvalidInput
from callcenter.web.locale import _
from callcenter.web.typed import in_reach

ZONE = ZoneInfo("Europe/Amsterdam")
# Below this many calls a share is shown as a count: one more call would move it by ten points.
FEW = 10

_WORDS = {
    "nl": {
        "time": "{} uur",
        "at": "om",
        "in": "over {}",
        "ago": "{} geleden",
        "now": "nu",
        "of": "{} van {}",
        "h": "u",
        "day": "dag",
        "days": "dagen",
        "today": "vandaag",
        "tomorrow": "morgen",
        "yesterday": "gisteren",
    },
    "en": {
        "time": "{}",
        "at": "at",
        "in": "in {}",
        "ago": "{} ago",
        "now": "now",
        "of": "{} of {}",
        "h": "h",
        "day": "day",
        "days": "days",
        "today": "today",
        "tomorrow": "tomorrow",
        "yesterday": "yesterday",
    },
}


def local(at: datetime) -> datetime:
    """The instant in Amsterdam's local time."""
    return at.astimezone(ZONE)


def midnight(day: date) -> datetime:
    """The instant at which a local date begins."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def clock(at: datetime, locale: str) -> str:
    """`14.30` for Dutch readers, `14:30` for English ones."""
    there = local(at)
    mark = "." if locale == "nl" else ":"
    return f"{there.hour}{mark}{there.minute:02d}"


def clock_s(at: datetime, locale: str) -> str:
    """The local time to the second: `14.30.05`."""
    mark = "." if locale == "nl" else ":"
    return f"{clock(at, locale)}{mark}{local(at).second:02d}"


def time(at: datetime, locale: str) -> str:
    """The local time with its word: `14.30 uur`."""
    return _WORDS[locale]["time"].format(clock(at, locale))


@lru_cache(maxsize=512)
def day(on: date, locale: str) -> str:
    """`di 8 juni`, `Tue 8 June`."""
    return format_date(on, "EEE d MMMM", locale=locale)


def weekday(index: int, locale: str) -> str:
    """`ma`, `Mon`; 0 is Monday."""
    return str(get_day_names("abbreviated", locale=locale)[index])


def near_day(on: date, today: date, locale: str) -> str:
    """`vandaag`, `morgen`, `gisteren`, else the date."""
    word = {0: "today", 1: "tomorrow", -1: "yesterday"}.get((on - today).days)
    return _WORDS[locale][word] if word else day(on, locale)


def moment(at: datetime, now: datetime, locale: str) -> str:
    """The time, with its day in front when that is not today: `14.30 uur`, `morgen 8.30 uur`."""
    there, here = local(at).date(), local(now).date()
    text = time(at, locale)
    return text if there == here else f"{near_day(there, here, locale)} {text}"


def at_moment(at: datetime, now: datetime, locale: str) -> str:
    """The same within a sentence: `om 14.30 uur`, `morgen om 8.30 uur`; `at 14:30`, `tomorrow at 8:30`."""
    there, here = local(at).date(), local(now).date()
    text = f"{_WORDS[locale]['at']} {time(at, locale)}"
    return text if there == here else f"{near_day(there, here, locale)} {text}"


def span(seconds: float, locale: str) -> str:
    """A duration in its two largest units: `38 s`, `1 min 20 s`, `2 u 5 min`, `3 dagen`."""
    whole = round(seconds)
    words = _WORDS[locale]
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    if whole < 86400:
        hours, minutes = divmod(whole // 60, 60)
        return f"{hours} {words['h']} {minutes} min" if minutes else f"{hours} {words['h']}"
    days = whole // 86400
    return f"{days} {words['day' if days == 1 else 'days']}"


def running(seconds: float) -> str:
    """A duration that still grows, as a stopwatch shows it: `0:38`, `3:12`, `1:02:45`."""
    minutes, rest = divmod(max(int(seconds), 0), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"


def relative(at: datetime, now: datetime, locale: str) -> str:
    """`over 25 min`, `12 min geleden`: in whole minutes, and from a day on in whole days."""
    words = _WORDS[locale]
    seconds = (at - now).total_seconds()
    size = abs(seconds)
    if size < 60:
        return words["now"]
    whole = size - size % 60 if size < 86400 else size
    return words["in" if seconds > 0 else "ago"].format(span(whole, locale))


def share(part: int, whole: int, locale: str) -> str:
    """`84%`, or `7 van 9` under ten calls, or a dash when there were none."""
    if whole == 0:
        return "–"
    if whole < FEW:
        return count_of(part, whole, locale)
    return f"{percent(part / whole)}"


def count_of(part: int | str, whole: int | str, locale: str) -> str:
    """`52 van 62`; each may be a number or the text that stands for it."""
    return _WORDS[locale]["of"].format(part, whole)


def percent(ratio: float) -> str:
    """`84%`."""
    return f"{ratio * 100:.0f}%"


def local_moment(text: str, field: str) -> datetime | None:
    """The instant of `2027-06-08T14:30` in Amsterdam, or None when nothing was typed. Raises InvalidInput."""
    if not text.strip():
        return None
    try:
        typed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(field, _("this is not a day and a time")) from None
    if not in_reach(typed):
        raise InvalidInput(field, _("this is not a day and a time"))
    return typed.replace(tzinfo=ZONE)
