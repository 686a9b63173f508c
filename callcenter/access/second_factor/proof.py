"""Checks a code that somebody typed, within the limit for wrong ones."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from callcenter.access import allowances
from callcenter.access.lockout import Limit
from callcenter.access.second_factor import stored
from callcenter.access.second_factor.cipher import UnreadableSecret
from callcenter.access.sources import code_key
from callcenter.access.tallies import tally

# Three of a million codes are right at a time: by 144 tries a day it takes four years to an even chance of one hit.
# Only somebody who knows the password, or is logged in, can use tries up.
WRONG_CODES = Limit(burst=5, every=timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Proof:
    """The result. how: "code" or "recovery code", None when it is not proven; again_at: when no try was left, from when
    there is one again (UTC); unreadable: no code can be checked, because CALLCENTER_SECRET_KEY was changed."""

    how: str | None
    again_at: datetime | None = None
    unreadable: bool = False


def prove(session: Session, now: datetime, user_id: int, email: str, typed: str, secret_key: str) -> Proof:
    """Check what was typed and use it up. Does not commit; commit also when it was wrong, so that the try counts."""
    key = code_key(user_id)
    again_at = allowances.take(session, key, WRONG_CODES, now)
    if again_at is not None:
        tally(session, now, key, email, "code_refused", f"user:{user_id}", tries=1, refused=1)
        return Proof(None, again_at)
    try:
        how = stored.check(session, now, user_id, typed, secret_key)
    except UnreadableSecret:
        return Proof(None, unreadable=True)
    if how is None:
        tally(session, now, key, email, "code_refused", f"user:{user_id}", tries=1)
    else:
        allowances.forget(session, key)
    return Proof(how)
