"""Why a caller did not reach a person; pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Cause(StrEnum):
    """The cause, as the team lead can act on it."""

    LIMIT = "limit"  # a limit to abuse held the caller back
    DOWN = "down"  # known only from Twilio's list: we were not there
    NOBODY_ON_DUTY = "nobody_on_duty"
    NOT_FOR_THE_CALLER = "not_for_the_caller"  # somebody was on duty, whom no tier rings for this caller
    NOT_ACCEPTED = "not_accepted"  # mobiles rang: declined, not picked up, or engaged
    MAILBOX = "mailbox"  # a mobile was picked up and nobody pressed 1
    NOT_RUNG = "not_rung"  # Twilio could not ring the mobiles
    GAVE_UP = "gave_up"  # the caller hung up while a mobile still rang
    ALL_TALKING = "all_talking"
    NOBODY_FREE = "nobody_free"  # those on duty were paused, away, busy or on a break
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Decision:
    """One stored decision of a hunt. title, reasons: as in CallDecision."""

    title: str
    reasons: Sequence[Mapping[str, Any]]


_LEGS: Mapping[str, Cause] = {
    "declined": Cause.NOT_ACCEPTED,
    "no_answer": Cause.NOT_ACCEPTED,
    "busy": Cause.NOT_ACCEPTED,
    "voicemail": Cause.MAILBOX,
    "failed": Cause.NOT_RUNG,
}
_PEOPLE: Mapping[str, Cause] = {
    **dict.fromkeys(("on_call", "reserved", "wrap_up", "engaged", "turn_of_another"), Cause.ALL_TALKING),
    **dict.fromkeys(("paused", "away", "break", "busy"), Cause.NOBODY_FREE),
}
# On duty and free, but in no tier for this caller. When the search ends, that is the lack of any other reason.
_OUTSIDE = frozenset({None, "outside_role", "other_region", "not_preferred"})
# Nobody that a caller could have reached.
_ABSENT = frozenset({"is_the_caller", "just_let_go", "not_planned"})
# Of two equally frequent causes, the one named first here.
_ORDER = tuple(Cause)


def cause_of(outcome: str, leg_results: Collection[str | None], decisions: Sequence[Decision]) -> Cause:
    """The cause for a caller who reached nobody.

    outcome: of the call; leg_results: of the mobiles that were rung, None for one without a result; decisions: of the
    call, oldest first. Mobiles that did ring tell more than those that did not; of several results the most frequent
    one counts.
    """
    titles = [decision.title.partition(":")[0] for decision in decisions]
    if "limit" in titles:
        return Cause.LIMIT
    if "reconciled" in titles:
        return Cause.DOWN
    if leg_results:
        # Other results say only that the caller left, or that the search ended, while the mobile rang.
        rang = Cause.GAVE_UP if outcome == "abandoned" else Cause.NOT_ACCEPTED
        return _most_frequent(_LEGS[result] for result in leg_results if result and result in _LEGS) or rang
    if not decisions:
        return Cause.UNKNOWN
    people = [entry.get("reason") for entry in decisions[-1].reasons if "consultant" in entry]
    there = [reason for reason in people if reason not in _ABSENT]
    if not there:
        return Cause.NOBODY_ON_DUTY
    if all(reason in _OUTSIDE for reason in there):
        return Cause.NOT_FOR_THE_CALLER
    return _most_frequent(_PEOPLE[str(one)] for one in there if one in _PEOPLE) or Cause.UNKNOWN


def by_frequency(causes: Iterable[Cause]) -> list[tuple[Cause, int]]:
    """How often each cause occurs, the most frequent first."""
    return sorted(Counter(causes).items(), key=lambda one: (-one[1], _ORDER.index(one[0])))


def _most_frequent(causes: Iterable[Cause]) -> Cause | None:
    found = by_frequency(causes)
    return found[0][0] if found else None
