"""Limits to how many numbers callers may key in to be called back on.

Whoever keys in a number may not be its owner: without a limit, one telephone orders calls to as many strangers as it
likes. A caller beyond the limit leaves a message instead, in which a person hears the number.
"""

from callcenter.calls.call import Call
from callcenter.rota.model import Limits
from callcenter.routing.transaction import CallTransaction
from callcenter.storage.totals import add, count
from webhooks.door import TwilioRequest
from webhooks.tickets import HOUR, has_ticket, take_ticket


def may_key(request: TwilioRequest, tx: CallTransaction, call: Call, number: str) -> bool:
    """Whether this caller may be promised a callback on another number (E.164) than the one that we see.

    All withheld callers count as one. The same number again, by a caller who rings again, makes no further promise.
    """
    limits = tx.rota.policy.limits if tx.rota else Limits()
    caller = call.from_number or "withheld"
    this_number = f"keyed\n{caller}\n{number}"
    if has_ticket(request, this_number, HOUR):
        return True
    most = limits.number_keyed if call.from_number else limits.withheld_keyed
    if take_ticket(request, f"keyed\n{caller}", HOUR, most):
        take_ticket(request, this_number, HOUR)
        return True
    add(tx.session, count("callcenter_calls_limited_total", limit="keyed"))
    return False
