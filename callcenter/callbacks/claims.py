"""Is the consultant free to call somebody back? A callback being made takes the consultant, as a call does."""

from datetime import datetime

from sqlalchemy.orm import Session

from callcenter.presence import claims


def key_of(callback_id: int) -> str:
    """What a consultant is reserved for while making this callback."""
    return f"callback:{callback_id}"


def take(session: Session, code: str, callback_id: int, until: datetime, now: datetime) -> bool:
    """Reserve the consultant unless a call or another callback has him or her. It is no offer, so none is counted."""
    return claims.reserve(session, code, key_of(callback_id), until, now)


def hold(session: Session, code: str, callback_id: int, until: datetime, talking_since: datetime | None) -> None:
    """Keep a reservation that is still ours until a later moment."""
    claims.hold(session, code, key_of(callback_id), until, talking_since)


def free(session: Session, code: str, callback_id: int, now: datetime, wrap_up_s: int | None) -> None:
    """End the reservation. wrap_up_s: time to write up a talk; None when the caller was not rung."""
    if wrap_up_s is None:
        claims.release(session, code, key_of(callback_id))
    else:
        claims.end_talk(session, code, key_of(callback_id), now, wrap_up_s)
