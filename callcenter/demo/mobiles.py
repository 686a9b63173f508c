"""How consultants' mobiles react to a call, by the hour of the day."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime, tzinfo
from random import Random

from callcenter.standin.people.scripts import PhoneScript, press
from callcenter.standin.people.shape import CallShape

# Weights of the reactions in `_KINDS`, from this local hour on. They are estimates, after reports from such offices:
# visits and second calls in the morning, an empty office at lunch, meetings late in the afternoon.
_KINDS = ("accepts", "no_answer", "voicemail", "off", "busy", "declines", "silent", "forwards")
_BY_HOUR: Mapping[float, tuple[int, ...]] = {
    0.0: (51, 19, 11, 4, 6, 5, 2, 2),
    9.0: (39, 17, 12, 5, 18, 5, 2, 2),
    11.0: (48, 18, 12, 5, 8, 5, 2, 2),
    12.0: (27, 34, 18, 8, 4, 5, 2, 2),
    13.5: (51, 19, 11, 4, 6, 5, 2, 2),
    16.0: (46, 22, 13, 5, 5, 5, 2, 2),
}
_HOURS = tuple(_BY_HOUR)


def local_hour(instant: datetime, zone: tzinfo) -> float:
    """The local time of day in hours, with a fraction."""
    local = instant.astimezone(zone)
    return local.hour + local.minute / 60


def mobile(rng: Random, hour: float, shape: CallShape, line: str, longest_talk_s: float) -> PhoneScript:
    """How one mobile reacts to one offered call at this local hour. longest_talk_s: limit of the talk, in seconds."""
    kind = rng.choices(_KINDS, _BY_HOUR[_HOURS[bisect_right(_HOURS, hour) - 1]])[0]
    after_s = round(rng.uniform(2.5, 11), 1)
    talk_s = round(min(longest_talk_s, 5 + shape.talk.draw(rng)), 1)
    if kind == "accepts":
        pressed = press("1", at_s=round(rng.uniform(1.5, 5), 1))
        return PhoneScript("answers", after_s=after_s, talk_s=talk_s, steps=(pressed,))
    if kind == "voicemail":
        return PhoneScript("voicemail", after_s=rng.choice([0.5, 5.0, 12.0]))
    if kind == "off":
        return PhoneScript("voicemail", after_s=0.2)
    if kind == "silent":
        return PhoneScript("answers", after_s=after_s, waits_s=15)
    if kind == "forwards":
        return PhoneScript("forwards", after_s=11.0, forward_to=line, forwarded_form=rng.choice(["e164", "absent"]))
    if kind == "busy":
        return PhoneScript("busy")
    return PhoneScript("declines" if kind == "declines" else "no_answer", after_s=after_s)
