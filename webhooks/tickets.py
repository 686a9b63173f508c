"""Limits how often something is done in a period: each time takes one of a fixed number of tickets.

A ticket is a row among the receipts, with a hash as its key: no number is stored. The key is unique, so two requests at
the same instant take different tickets, and of more requests than tickets the rest gets none.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from callcenter.storage.statements import Batch
from webhooks.receipts import store_answer, stored_answer

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def take_ticket(batch: Batch, name: str, now: datetime, period: timedelta, of: int = 1) -> bool:
    """Take one of `of` tickets of this name in the present period. False when all are taken.

    A ticket is given back if the transaction is rolled back. Periods begin at whole multiples in UTC.
    """
    return any(store_answer(batch, _key(name, now, period, number), now, 204, "") for number in range(of))


def has_ticket(session: Session, name: str, now: datetime, period: timedelta) -> bool:
    """Whether the first ticket of this name is taken in the present period."""
    return stored_answer(session, _key(name, now, period, 0)) is not None


def _key(name: str, now: datetime, period: timedelta, number: int) -> str:
    begun = int(now.timestamp() // period.total_seconds())
    return hashlib.sha256(f"ticket\n{name}\n{period.total_seconds()}\n{begun}\n{number}".encode()).hexdigest()
