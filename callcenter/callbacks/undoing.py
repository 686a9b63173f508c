"""Decides what taking back a person's deed puts back of a callback, and what stays as it is now; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# What a person's deed can change of a callback. Not `late` and `closed_in_time`: they are judged anew from the promised
# times, so that an undo mends no broken promise.
FIELDS = (
    *("state", "owner", "owner_since", "reason", "priority", "asked_at"),
    *("due_at", "appointment_at", "next_attempt_at", "moved", "attempts"),
    *("closed_at", "cancel_reason", "closes_as", "question_to", "question_at", "note"),
    *("notified_at", "reminded_at", "overdue_told_at", "escalated_at", "lead_warned_at", "retimed_at", "untold_at"),
)
# When a message about the callback was ordered for its owner.
MARKS = ("notified_at", "reminded_at", "overdue_told_at")

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """The fields that a deed changed, with their values before and after it."""

    before: Values
    after: Values


def change_of(before: Values, after: Values) -> Change:
    """What a deed changed. before, after: the values of FIELDS."""
    names = [name for name in FIELDS if before[name] != after[name]]
    return Change({name: before[name] for name in names}, {name: after[name] for name in names})


def put_back(change: Change, present: Values, now: datetime) -> dict[str, Any]:
    """The values to store when a deed is taken back. present: the values of FIELDS now.

    What the deed changed goes back, the messages that its present owner had got with it: whoever was told is not told
    again. What it left alone stays, such as the mark of a message sent since. Only an owner who has heard of the time
    that the deed set hears that it changed again.
    """
    values = dict(change.before)
    retimed = change.after.get("retimed_at") is not None and "owner" not in change.after
    if retimed and present["retimed_at"] is None and present["owner"] is not None:
        values["retimed_at"] = now
    return values
