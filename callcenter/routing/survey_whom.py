"""Decides whether a caller with a callback is asked the survey question by text, and in which way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from callcenter.callbacks.rules import WRONG_NUMBER

# A quarter of an hour after the office's last word, so that the text never comes while somebody still rings.
QUIET_FOR = timedelta(minutes=15)
# A text about a call of more than four days ago is not understood. A long weekend lies in between.
ASK_WITHIN = timedelta(days=4)
Way = Literal["callback", "text"]


@dataclass(frozen=True, slots=True)
class Help:
    """What became of a callback. Instants in UTC.

    spoken_at: when the talk with the caller ended; broken_at: the first promised time that passed without a ring;
    answered: whether a consultant answered a later call of this number; under_way: whether the caller is rung now.
    """

    state: str
    left_at: datetime
    closed_at: datetime | None
    cancel_reason: str | None
    broken_at: datetime | None
    spoken_at: datetime | None
    answered: bool
    under_way: bool


def way_to_ask(help_: Help, now: datetime) -> Way | None:
    """How the caller is asked now; None: not now.

    | what became of it                              | way      | from                    |
    |------------------------------------------------|----------|-------------------------|
    | the caller was spoken to                       | callback | the end of the talk     |
    | closed without a talk, not as a wrong number   | text     | the closing             |
    | open, and a promised time is broken            | text     | the time that is broken |
    | open, and every promised time lies ahead       | -        |                         |
    | a later call was answered                      | -        | that call may be asked  |
    """
    if help_.under_way:
        return None
    if help_.state == "reached" or help_.spoken_at is not None:
        return "callback" if _is_due(help_.spoken_at or help_.closed_at, help_, now) else None
    if help_.answered or help_.state == "resolved" or help_.cancel_reason == WRONG_NUMBER:
        return None
    return "text" if _is_due(help_.closed_at or help_.broken_at, help_, now) else None


def _is_due(over_at: datetime | None, help_: Help, now: datetime) -> bool:
    """Whether it was over a while ago, and not too long ago. Who rang again since is left in peace for a while too."""
    if over_at is None:
        return False
    since = now - max(over_at, help_.left_at)
    return since >= QUIET_FOR and now - over_at <= ASK_WITHIN
