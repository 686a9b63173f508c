"""Erases the stored answers to Twilio about a caller: they hold names, and the number in words."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from callcenter.callbacks.records import CallbackAttempt
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.telephony.records import Receipt

NO_DOCUMENT = "<Response/>"
# Receipts are stored for a week (retention.py), so older calls have none.
_RECEIPTS_STORED = timedelta(days=8)
# Twilio requests the last documents of a call shortly after its end.
_AFTERWARDS = timedelta(minutes=1)
_SUBJECT = re.compile(r"/webhooks/(call|leg|callback)/(\d+)/")

Window = tuple[datetime, datetime]


def erase_documents(session: Session, calls: Sequence[int], callbacks: Sequence[int], now: datetime) -> None:
    """Replace the documents of these calls, and of attempts at these callbacks, by empty ones.

    A receipt has no call id, but most documents contain one in an address. A document without one, such as a goodbye,
    is replaced when it was answered during one of the calls. It may belong to another call, where it is not needed
    again: it was spoken already.
    """
    mine, windows = _of_calls(session, calls, now)
    of_attempts, more = _of_attempts(session, callbacks, now)
    mine |= of_attempts
    for start, end in {*windows, *more}:
        stored = session.execute(
            select(Receipt.key, Receipt.body).where(Receipt.received_at.between(start, end), Receipt.body.is_not(None))
        )
        blank = [key for key, body in stored if body and _is_about(body, mine)]
        for key in blank:
            session.execute(update(Receipt).where(Receipt.key == key).values(body=NO_DOCUMENT))


def _is_about(body: str, mine: set[tuple[str, int]]) -> bool:
    named = {(kind, int(number)) for kind, number in _SUBJECT.findall(body)}
    return not named or bool(named & mine)


def _of_calls(session: Session, calls: Sequence[int], now: datetime) -> tuple[set[tuple[str, int]], list[Window]]:
    ended = func.coalesce(Call.ended_at, Call.last_event_at)
    rows = session.execute(
        select(Call.id, Call.received_at, ended).where(Call.id.in_(calls), Call.received_at > now - _RECEIPTS_STORED)
    ).all()
    legs = session.scalars(select(Leg.id).where(Leg.call_id.in_([row.id for row in rows])))
    mine = {("call", row.id) for row in rows} | {("leg", leg_id) for leg_id in legs}
    return mine, _windows((start, end) for _, start, end in rows)


def _of_attempts(
    session: Session, callbacks: Sequence[int], now: datetime
) -> tuple[set[tuple[str, int]], list[Window]]:
    ended = func.coalesce(CallbackAttempt.ended_at, CallbackAttempt.expires_at)
    rows = session.execute(
        select(CallbackAttempt.id, CallbackAttempt.started_at, ended).where(
            CallbackAttempt.callback_id.in_(callbacks), CallbackAttempt.started_at > now - _RECEIPTS_STORED
        )
    ).all()
    return {("callback", row.id) for row in rows}, _windows((start, end) for _, start, end in rows)


def _windows(spans: Iterable[Window]) -> list[Window]:
    return [(start, end + _AFTERWARDS) for start, end in spans]
