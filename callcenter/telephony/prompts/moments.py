"""Moments as the line speaks of them: times, days and greetings, the welcome and the closing message.

Instants are of any zone. They are spoken in the office's zone.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from callcenter.telephony.prompts.names import LONGEST as LONGEST_NAME
from callcenter.telephony.prompts.names import spoken_name
from callcenter.telephony.prompts.numerals import number_words
from callcenter.telephony.prompts.screening import LONGEST
from callcenter.telephony.prompts.speaking import Prompt, say, write
from callcenter.telephony.prompts.words import holiday_name

Closing = Literal["hours", "early", "holiday"]
AMSTERDAM = ZoneInfo("Europe/Amsterdam")

_DAYS = {
    "nl": ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "nl": (
        *("januari", "februari", "maart", "april", "mei", "juni"),
        *("juli", "augustus", "september", "oktober", "november", "december"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_PARTS = {"nl": ("ochtend", "middag", "avond"), "en": ("morning", "afternoon", "evening")}
_GREETINGS = {
    "nl": ("Goedemorgen", "Goedemiddag", "Goedenavond"),
    "en": ("Good morning", "Good afternoon", "Good evening"),
}
_OUTSIDE = {"nl": ("'s avonds", "'s nachts"), "en": ("in the evening", "at night")}
_NOON, _EVENING = 12, 18
_MORNING = 6
# Promised times are spoken in steps of five minutes, rounded up: short, and never earlier than the stored due time.
_ROUND_MIN = 5


def greeting(at: datetime, language: str, zone: ZoneInfo = AMSTERDAM) -> str:
    """The greeting for the hour: `Goedemorgen`, `Good afternoon`."""
    return _GREETINGS[language][_part(at.astimezone(zone))]


def part_of_day(at: datetime, zone: ZoneInfo = AMSTERDAM) -> str:
    """`morning`, `afternoon` or `evening`, as in the prompts' keys."""
    return _PARTS["en"][_part(at.astimezone(zone))]


def clock_time(at: datetime, language: str, zone: ZoneInfo = AMSTERDAM) -> str:
    """The time to the minute, on the twelve-hour clock as it is spoken: `half drie`, `twenty to four`."""
    local = at.astimezone(zone)
    return _dutch(local.hour, local.minute) if language == "nl" else _english(local.hour, local.minute)


def day(on: datetime, now: datetime, language: str, zone: ZoneInfo = AMSTERDAM) -> str:
    """The day relative to now: `vandaag`, `morgen`, within a week the weekday, otherwise weekday and date."""
    date_, days = _ahead(on, now, zone)
    if days == 0:
        return {"nl": "vandaag", "en": "today"}[language]
    if days == 1:
        return {"nl": "morgen", "en": "tomorrow"}[language]
    return _weekday(date_, language) if 1 < days < 7 else _with_date(date_, language)


def opening(at: datetime, now: datetime, language: str, zone: ZoneInfo = AMSTERDAM) -> str:
    """When the line opens: `maandagochtend vanaf half negen`, `dinsdag 30 maart vanaf negen uur`."""
    _, days = _ahead(at, now, zone)
    spoken, time = day(at, now, language, zone), _clear_time(at, language, zone)
    if 1 < days < 7:
        time = clock_time(at, language, zone)
        part = _PARTS[language][_part(at.astimezone(zone))]
        spoken = f"{spoken}{part}" if language == "nl" else f"{spoken} {part}"
    return f"{spoken} {'vanaf' if language == 'nl' else 'from'} {time}"


def before(due: datetime, now: datetime, language: str, zone: ZoneInfo = AMSTERDAM) -> str:
    """A promised time, rounded up to five minutes: `vandaag vóór half drie`, `tomorrow before ten o'clock`.

    A due time in the past becomes `zo snel mogelijk`.
    """
    if due <= now:
        return {"nl": "zo snel mogelijk", "en": "as soon as possible"}[language]
    whole = due.astimezone(UTC).replace(second=0, microsecond=0)
    minutes = whole.minute + (whole != due)
    spoken = whole + timedelta(minutes=(whole != due) + -minutes % _ROUND_MIN)
    if spoken.astimezone(zone).strftime("%H:%M") == "00:00":
        # "Tomorrow before twelve" would be understood as noon.
        last = day(spoken - timedelta(minutes=1), now, language, zone)
        return f"{last} {'vóór middernacht' if language == 'nl' else 'before midnight'}"
    time = _clear_time(spoken, language, zone)
    # "vóór tien voor vier" is awkward to say.
    dutch = "uiterlijk om" if " voor " in time else "vóór"
    return f"{day(spoken, now, language, zone)} {dutch if language == 'nl' else 'before'} {time}"


def written_time(at: datetime, language: str, zone: ZoneInfo = AMSTERDAM) -> str:
    """The time as written in a text message: `14.30 uur`, `14:30`."""
    local = at.astimezone(zone)
    return f"{local:%H.%M} uur" if language == "nl" else f"{local:%H:%M}"


def welcome(now: datetime, locale: str, school: str | None = None, zone: ZoneInfo = AMSTERDAM) -> Prompt:
    """The greeting for this hour. school: greet this school by name, unless the name is too long for eight seconds."""
    if school is not None:
        word = greeting(now, locale, zone)
        room = LONGEST - len(write("greeting_school", locale, greeting=word, school=""))
        name = spoken_name(school, min(room, LONGEST_NAME))
        if len(name) <= room:
            return say("greeting_school", locale, greeting=word, school=name)
    return say(f"greeting_{part_of_day(now, zone)}", locale)


def closed(
    now: datetime,
    locale: str,
    opens_at: datetime | None,
    why: Closing = "hours",
    holiday: str = "",
    zone: ZoneInfo = AMSTERDAM,
) -> Prompt:
    """Why the line is closed and when it opens. The greeting and the emergency number are separate prompts.

    opens_at: the next opening; None when the rota has none. holiday: its code in the policy, when `why` is `holiday`.
    """
    if opens_at is None:
        return say("closed_unknown", locale)
    when = opening(opens_at, now, locale, zone)
    if why == "holiday":
        return say("closed_holiday", locale, opening=when, holiday=holiday_name(holiday, locale))
    return say("closed_early" if why == "early" else "closed", locale, opening=when)


def _clear_time(at: datetime, language: str, zone: ZoneInfo) -> str:
    """The clock time. In the evening and at night the part of the day is added, because twelve hours are ambiguous."""
    hour, spoken = at.astimezone(zone).hour, clock_time(at, language, zone)
    evening, night = _OUTSIDE[language]
    if hour >= _EVENING:
        return f"{spoken} {evening}"
    return f"{spoken} {night}" if hour < _MORNING else spoken


def _part(local: datetime) -> int:
    return (local.hour >= _NOON) + (local.hour >= _EVENING)


def _ahead(at: datetime, now: datetime, zone: ZoneInfo) -> tuple[date, int]:
    date_ = at.astimezone(zone).date()
    return date_, (date_ - now.astimezone(zone).date()).days


def _weekday(date_: date, language: str) -> str:
    return _DAYS[language][date_.weekday()]


def _with_date(date_: date, language: str) -> str:
    return f"{_weekday(date_, language)} {date_.day} {_MONTHS[language][date_.month - 1]}"


def _hour(hour: int, language: str) -> str:
    return number_words((hour - 1) % 12 + 1, language)


def _dutch(hour: int, minute: int) -> str:
    this, following = _hour(hour, "nl"), _hour(hour + 1, "nl")
    if minute == 0:
        return f"{this} uur"
    if minute < 20:
        return f"{_minutes_nl(minute)} over {this}"
    if minute < 30:
        return f"{_minutes_nl(30 - minute)} voor half {following}"
    if minute == 30:
        return f"half {following}"
    if minute <= 40:
        return f"{_minutes_nl(minute - 30)} over half {following}"
    return f"{_minutes_nl(60 - minute)} voor {following}"


def _minutes_nl(minutes: int) -> str:
    return "kwart" if minutes == 15 else number_words(minutes, "nl")


def _english(hour: int, minute: int) -> str:
    if minute == 0:
        return f"{_hour(hour, 'en')} o'clock"
    if minute == 30:
        return f"half past {_hour(hour, 'en')}"
    count, word, named = (minute, "past", hour) if minute < 30 else (60 - minute, "to", hour + 1)
    return f"{_minutes_en(count)} {word} {_hour(named, 'en')}"


def _minutes_en(minutes: int) -> str:
    if minutes == 15:
        return "quarter"
    unit = "" if minutes % 5 == 0 else " minute" if minutes == 1 else " minutes"
    return f"{number_words(minutes, 'en')}{unit}"
