"""Decides whether a call is put through, or its caller may only leave a message or ask for a callback. Pure.

What counts is calls that nobody answered, within the last hour: a school whose teachers ring all day and are helped
never comes near a limit, and somebody who rings sixty times in a row soon does. A limited call rings no mobile and does
not count itself, so the limit passes by itself. Its caller still gets a promise.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from callcenter.rota.model import Limits

PERIOD = timedelta(hours=1)
# number: an unknown number; contact: a known one, or a consultant's; withheld and withheld_at_once: all callers without
# a number together; colleagues: all calls to colleagues' mobiles together.
Limit = Literal["number", "contact", "withheld", "withheld_at_once", "colleagues"]


@dataclass(frozen=True, slots=True)
class Recent:
    """What happened lately: calls of the caller's number, or of all withheld numbers together.

    unanswered: put through, and ended without an answer within `PERIOD`; at_once: of one number those that have not
    ended, of withheld ones those that wait; legs: calls to consultants' mobiles within `PERIOD`, whoever rang.
    """

    unanswered: int
    at_once: int
    legs: int


def limit_reached(recent: Recent, limits: Limits, *, withheld: bool, known: bool) -> Limit | None:
    """The limit that keeps a call from being put through, None when it is.

    withheld: the caller's number is; known: it is a contact's or a consultant's.
    """
    if recent.legs >= limits.colleagues_rung:
        return "colleagues"
    if withheld:
        if recent.at_once >= limits.withheld_at_once:
            return "withheld_at_once"
        return "withheld" if recent.unanswered >= limits.withheld_unanswered else None
    if known:
        return "contact" if recent.unanswered >= limits.contact_unanswered else None
    return "number" if recent.unanswered >= limits.number_unanswered else None
