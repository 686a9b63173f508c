"""Limits how often something is done in a period: each time takes one of a fixed number of tickets.

A ticket is a row among the receipts. Its key is unique, so two requests at the same instant take different tickets, and
of more requests than tickets the rest gets none. The key is a hash with our own secret: it holds no number, and nobody
can find out a number by trying all of them.
"""

import hashlib
import hmac
from datetime import timedelta

from webhooks.door import TwilioRequest
from webhooks.receipts import store_answer, stored_answer

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def take_ticket(request: TwilioRequest, name: str, period: timedelta, of: int = 1) -> bool:
    """Take one of `of` tickets of this name in the present period. False when all are taken.

    A ticket is given back if the transaction is rolled back. Periods begin at whole multiples in UTC.
    """
    keys = (_key(request, name, period, number) for number in range(of))
    return any(store_answer(request.batch, key, request.now, 204, "") for key in keys)


def has_ticket(request: TwilioRequest, name: str, period: timedelta) -> bool:
    """Whether the first ticket of this name is taken in the present period."""
    return stored_answer(request.session, _key(request, name, period, 0)) is not None


def _key(request: TwilioRequest, name: str, period: timedelta, number: int) -> str:
    seconds = int(period.total_seconds())
    text = f"ticket\n{name}\n{seconds}\n{int(request.now.timestamp() // seconds)}\n{number}"
    secret = request.office.settings.secret_key.get_secret_value()
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
