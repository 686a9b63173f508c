"""May this caller be rung back now? Countries, kinds of numbers, and not too often on one day."""

from datetime import datetime

from sqlalchemy import bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.errors import CallcenterError
from callcenter.lines.records import BlockedNumber, Line
from callcenter.numbers import why_not_dialled
from callcenter.rota.model import Rota
from callcenter.storage.base import JsonRows, instant, table_of
from callcenter.storage.statements import Prepared

# A promise has three attempts; twice that on one day, over all promises to one number, is no longer a service.
DAILY_PER_NUMBER = 6

_CALLBACKS, _ATTEMPTS, _BLOCKED = table_of(Callback), table_of(CallbackAttempt), table_of(BlockedNumber).c
_NUMBER = bindparam("number", type_=_BLOCKED.number.type)
# One question for all three: it is asked while a consultant waits with the telephone in hand.
_ASKED = Prepared(
    select(
        select(JsonRows(table_of(Line).c.number)).scalar_subquery(),
        exists().where(_BLOCKED.number == _NUMBER, or_(_BLOCKED.until.is_(None), _BLOCKED.until > instant("now"))),
        select(func.count())
        .select_from(_ATTEMPTS)
        .join(_CALLBACKS, _CALLBACKS.c.id == _ATTEMPTS.c.callback_id)
        .where(
            _CALLBACKS.c.number == _NUMBER,
            _ATTEMPTS.c.leg_sid.is_not(None),
            _ATTEMPTS.c.dialled_at >= instant("midnight"),
        )
        .scalar_subquery(),
    )
)


class DiallingRefused(CallcenterError):
    """A caller is not rung back. reason: `withheld`, `invalid`, `own`, `country`, `satellite`, `premium`,
    `own_telephone` (a person can ring it), `blocked`, `too_often`, `on_call` (the consultant is), `no_mobile`, `closed`
    (the callback is)."""

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
    "own_telephone": "this number cannot be rung by one press: ring it from your own telephone and note the result",
    "blocked": "this number is blocked",
    "too_often": f"this number was rung {DAILY_PER_NUMBER} times today; try again tomorrow",
    "on_call": "you are on a call",
    "no_mobile": "the rota has no mobile number to ring you on",
    "closed": "this callback is closed",
}


def why_refused(session: Session, rota: Rota, number: str | None, now: datetime) -> str | None:
    """None when the number may be rung now, else the reason, as in DiallingRefused."""
    midnight = now.astimezone(rota.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    values = {"number": number, "now": now, "midnight": midnight}
    ((own, is_blocked, rung_today),) = _ASKED(session.connection(), values)
    reason = why_not_dialled(number, rota.policy.callbacks.countries, frozenset(own or ()))
    if reason is not None:
        return reason
    if is_blocked:
        return "blocked"
    return "too_often" if rung_today >= DAILY_PER_NUMBER else None
