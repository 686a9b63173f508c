"""May this caller be rung back now? Countries, kinds of numbers, and not too often on one day."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.errors import CallcenterError
from callcenter.numbers import why_not_dialled
from callcenter.rota.model import Rota
from callcenter.routing.records import BlockedNumber, Line

# A promise has three attempts; twice that on one day, over all promises to one number, is no longer a service.
DAILY_PER_NUMBER = 6


class DiallingRefused(CallcenterError):
    """A caller is not rung back. reason: `withheld`, `invalid`, `own`, `country`, `satellite`, `premium`, `blocked`,
    `too_often`, `on_call` (the consultant is), `no_mobile`, `closed` (the callback is)."""

    def __init__(self, reason: str) -> None:
        super().__init__(_TEXTS[reason])
        self.reason = reason


_TEXTS = {
    "withheld": "the caller left no number",
    "invalid": "this is not a number that can be dialled",
    "own": "this is a number of our own",
    "country": "numbers of this country are not dialled",
    "satellite": "satellite and international network numbers are not dialled",
    "premium": "paid and short numbers are not dialled",
    "blocked": "this number is blocked",
    "too_often": f"this number was rung {DAILY_PER_NUMBER} times today; try again tomorrow",
    "on_call": "you are on a call",
    "no_mobile": "the rota has no mobile number to ring you on",
    "closed": "this callback is closed",
}


def why_refused(session: Session, rota: Rota, number: str | None, now: datetime) -> str | None:
    """None when the number may be rung now, else the reason, as in DiallingRefused."""
    own: Collection[str] = frozenset(session.scalars(select(Line.number)))
    reason = why_not_dialled(number, rota.policy.callbacks.countries, own)
    if reason is not None:
        return reason
    block = session.get(BlockedNumber, number)
    if block is not None and (block.until is None or block.until > now):
        return "blocked"
    return "too_often" if _rung_today(session, rota, str(number), now) >= DAILY_PER_NUMBER else None


def _rung_today(session: Session, rota: Rota, number: str, now: datetime) -> int:
    midnight = now.astimezone(rota.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    rung = session.scalar(
        select(func.count())
        .select_from(CallbackAttempt)
        .join(Callback, Callback.id == CallbackAttempt.callback_id)
        .where(
            Callback.number == number,
            CallbackAttempt.leg_sid.is_not(None),
            CallbackAttempt.dialled_at >= midnight,
        )
    )
    return rung or 0
