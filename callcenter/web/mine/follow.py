"""How far a callback's call is, as steps that a consultant can follow on a telephone. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

Step = Literal["you", "pressed", "caller", "talk"]
# ahead: has not come yet; failed: the call ended here.
Place = Literal["done", "now", "ahead", "failed"]
STEPS: tuple[Step, ...] = ("you", "pressed", "caller", "talk")
# The step that goes on in each state of an attempt (callbacks/records.py).
_NOW: dict[str, Step] = {"queued": "you", "ringing_consultant": "you", "ringing_caller": "caller", "talking": "talk"}
# After a call that did not come about, the page asks about it for this long.
ASK_FOR = timedelta(hours=4)


class Attempt(Protocol):
    """The parts of a CallbackAttempt that tell how far it is."""

    state: str
    started_at: datetime
    expires_at: datetime
    dialled_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    talk_s: float | None


@dataclass(frozen=True, slots=True)
class Followed:
    """The steps of a call, each with its place. talking_since: UTC, while they talk; talk_s: of a talk that ended."""

    steps: tuple[tuple[Step, Place], ...]
    talking_since: datetime | None = None
    talk_s: float | None = None


def is_under_way(attempt: Attempt, now: datetime) -> bool:
    """Whether the call goes on. One whose last event was lost has expired."""
    return attempt.ended_at is None and attempt.expires_at > now


def was_not_made(attempt: Attempt, now: datetime) -> bool:
    """Whether the page asks about a call in which the caller was never rung: the consultant did not pick up, or did
    not press 1."""
    return not is_under_way(attempt, now) and attempt.dialled_at is None and attempt.started_at >= now - ASK_FOR


def follow(attempt: Attempt, now: datetime) -> Followed:
    """How far a call is.

    | attempt                               | you    | pressed | caller | talk  |
    |---------------------------------------|--------|---------|--------|-------|
    | queued, or rings the consultant       | now    | ahead   | ahead  | ahead |
    | rings the caller                      | done   | done    | now    | ahead |
    | talking                               | done   | done    | done   | now   |
    | ended before the caller was rung      | failed | ahead   | ahead  | ahead |
    | ended without a talk                  | done   | done    | failed | ahead |
    | ended after a talk                    | done   | done    | done   | done  |
    """
    if is_under_way(attempt, now):
        here = STEPS.index(_NOW.get(attempt.state, "you"))
        since = attempt.answered_at if attempt.state == "talking" else None
        return Followed(_steps(here, "now"), talking_since=since)
    if attempt.dialled_at is None:
        return Followed(_steps(0, "failed"))
    if attempt.talk_s is None and attempt.answered_at is None:
        return Followed(_steps(STEPS.index("caller"), "failed"))
    return Followed(_steps(len(STEPS), "done"), talk_s=attempt.talk_s)


def _steps(here: int, place: Place) -> tuple[tuple[Step, Place], ...]:
    return tuple(
        (step, "done" if index < here else place if index == here else "ahead") for index, step in enumerate(STEPS)
    )
