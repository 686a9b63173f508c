"""Pure decisions about messages: how long before closing, which are told together, and what is held back a moment."""

from collections.abc import Sequence
from datetime import datetime, timedelta

REMIND_BEFORE = timedelta(minutes=15)
# Messages of one kind to one person are told together when they become due within this long of each other.
BUNDLE = timedelta(minutes=5)
# A message about new callbacks waits until no further one was made for this long, at most for BUNDLE: callers who ring
# one after the other mostly have one cause.
QUIET = timedelta(seconds=45)
# The owner has this long after the due time before the team lead gets a message.
LEAD_AFTER = timedelta(minutes=15)
# A message that failed for good and did not arrive is ordered again after this long: the team lead was told meanwhile.
UNTOLD_FOR = timedelta(hours=1)
# A reminder is worthless this long before the due time: then the message that it is overdue follows.
WORTHLESS_BEFORE = timedelta(minutes=1)


def remind_until(now: datetime, closing: datetime | None, reopens: datetime | None) -> datetime:
    """Callbacks due at or before this instant are reminded of at `now`.

    It is 15 minutes ahead. In the last 15 minutes before closing it is the next opening: whatever is due before that
    can only be made now. closing, reopens: of the present opening (UTC), None if the line does not close or reopen.
    """
    soon = now + REMIND_BEFORE
    if closing is None or closing > soon:
        return soon
    return max(soon, reopens or closing)


def is_ripe(times: Sequence[datetime], now: datetime, closing: datetime | None = None) -> bool:
    """Whether a message is to be sent at `now` about those whose time has come.

    times: when each becomes due to be told, in any order. It waits for those that follow within BUNDLE of the first.
    """
    come = [time for time in times if time <= now]
    if not come:
        return False
    last = min(come) + BUNDLE
    if closing is not None and closing <= last:
        return True  # after closing nobody would be told today
    return now >= last or not any(now < time <= last for time in times)


def is_held(made: Sequence[datetime], dues: Sequence[datetime], now: datetime) -> bool:
    """Whether a message about new callbacks waits because more of them may follow.

    made: when each was made; dues: their due times. One that is due soon is told at once.
    """
    if min(dues) <= now + REMIND_BEFORE + BUNDLE:
        return False
    return max(made) > now - QUIET and min(made) > now - BUNDLE
