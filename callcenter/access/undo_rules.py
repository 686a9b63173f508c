"""Decides whether a deed may still be taken back by its undo; pure."""

from datetime import datetime, timedelta
from typing import Literal

# How long a page shows the undo of a deed.
SHOWN_FOR = timedelta(seconds=10)
# How long it is taken after the deed: a slow connection, a screen reader, or a page without scripts, on which it stays.
# Shorter than the 45 seconds after which the new owner of a callback is told (callbacks/telling.py).
TAKEN_FOR = timedelta(seconds=30)

Refusal = Literal["unknown", "used", "over"]


def why_not(owner_id: int, used_at: datetime | None, expires_at: datetime, by_id: int, now: datetime) -> Refusal | None:
    """Why an undo is refused, or None when it is taken.

    owner_id: the login that did the deed, which alone may take it back; by_id: who asks. `unknown` also answers a
    stranger, so that nobody learns what colleagues did.
    """
    if owner_id != by_id:
        return "unknown"
    if used_at is not None:
        return "used"
    return "over" if now > expires_at else None
