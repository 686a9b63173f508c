"""Chooses the welcome by hour and caller, and the closing message by its reason."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from callcenter.telephony.prompts.names import LONGEST as LONGEST_NAME
from callcenter.telephony.prompts.names import spoken_name
from callcenter.telephony.prompts.screening import LONGEST
from callcenter.telephony.prompts.speaking import Prompt, say, write
from callcenter.telephony.prompts.speech import AMSTERDAM, greeting, opening, part_of_day
from callcenter.telephony.prompts.words import holiday_name

Closing = Literal["hours", "early", "holiday"]


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
