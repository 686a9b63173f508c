"""Are we reachable this minute, and what is the one deed that helps? Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Tone = Literal["good", "warn", "bad", "closed"]


class State(StrEnum):
    """How reachable the line is."""

    FREE = "free"  # somebody can be rung
    ONLY_BACKUP = "only_backup"  # only people of the backup can be rung
    ALL_TALKING = "all_talking"  # nobody can be rung, and everybody on duty comes free by itself
    NOBODY_FREE = "nobody_free"  # nobody can be rung, and some are on a break, busy, away or paused
    NOBODY_ON_DUTY = "nobody_on_duty"  # the line is open, and nobody is planned
    OPENS_TODAY = "opens_today"
    CLOSED = "closed"  # until another day
    NO_ROTA = "no_rota"


class Deed(StrEnum):
    """What helps, as the place where it is done."""

    LOAD_ROTA = "load_rota"
    SEE_PEOPLE = "see_people"  # who is on duty, and what they do
    SEE_DAY = "see_day"  # the rota of the day that counts
    HAND_OVER_LATE = "hand_over_late"
    GIVE_TO_SOMEBODY = "give_to_somebody"
    SEE_PROMISES = "see_promises"


@dataclass(frozen=True, slots=True)
class Situation:
    """What the answer depends on.

    open: whether the line is open, None without a rota; opens_today: it is closed and opens later on this day;
    free, free_backup: people on duty who can be rung now, and how many of them are backup; talking: on duty and on a
    call, rung or in wrap-up; off: on duty and on a break, busy, away or paused; short_now: fewer are planned now than
    the policy wants; waits_s: seconds that each caller has waited; limit_s: the policy's seconds to answer in;
    beginning: how many are on duty when the line opens next; gaps: of the rota, ahead on the day that counts;
    overdue, unowned, early: callbacks that are late, without an owner, and due before or soon after the next opening.
    """

    open: bool | None
    opens_today: bool = False
    free: int = 0
    free_backup: int = 0
    talking: int = 0
    off: int = 0
    short_now: bool = False
    waits_s: tuple[float, ...] = ()
    limit_s: float = 30.0
    beginning: int = 0
    gaps: int = 0
    overdue: int = 0
    unowned: int = 0
    early: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The state, the colour of the band, and the one deed."""

    state: State
    tone: Tone
    deed: Deed


def answer(now: Situation) -> Answer:
    """The answer to a situation."""
    if now.open is None:
        return Answer(State.NO_ROTA, "bad", Deed.LOAD_ROTA)
    if not now.open:
        state = State.OPENS_TODAY if now.opens_today else State.CLOSED
        unmanned = now.opens_today and not now.beginning
        return Answer(state, "bad" if unmanned else "closed", Deed.SEE_DAY if unmanned else _while_closed(now))
    if not now.free + now.talking + now.off:
        return Answer(State.NOBODY_ON_DUTY, "bad", Deed.SEE_DAY)
    if now.free:
        only_backup = now.free == now.free_backup
        slow = bool(now.waits_s) and max(now.waits_s) > now.limit_s
        weak = only_backup or slow or now.short_now or len(now.waits_s) > now.free
        return Answer(State.ONLY_BACKUP if only_backup else State.FREE, "warn" if weak else "good", _while_open(now))
    if now.off:
        return Answer(State.NOBODY_FREE, "bad", Deed.SEE_PEOPLE)
    return Answer(State.ALL_TALKING, "bad" if now.waits_s else "warn", _while_open(now))


def _while_open(now: Situation) -> Deed:
    """Somebody who is off the line helps callers that wait; else the promises come first, then the hours ahead."""
    if now.waits_s and now.off:
        return Deed.SEE_PEOPLE
    if now.overdue:
        return Deed.HAND_OVER_LATE
    if now.gaps:
        return Deed.SEE_DAY
    if now.unowned:
        return Deed.GIVE_TO_SOMEBODY
    return Deed.SEE_PEOPLE


def _while_closed(now: Situation) -> Deed:
    """A gap of today cannot wait; promises that are late come before a gap of another day."""
    if now.opens_today and now.gaps:
        return Deed.SEE_DAY
    if now.overdue:
        return Deed.HAND_OVER_LATE
    if now.gaps:
        return Deed.SEE_DAY
    if now.unowned:
        return Deed.GIVE_TO_SOMEBODY
    return Deed.SEE_PROMISES if now.early else Deed.SEE_DAY
