"""Locks the call or leg that a request is about, and stores the time of the event or the leg's sid."""

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.routing.transaction import CallTransaction, locked_call, locked_leg
from webhooks.door import TwilioRequest


def lock_call(request: TwilioRequest, call_id: int) -> tuple[CallTransaction, Call]:
    """The transaction and the locked call. Raises NotFound."""
    tx = CallTransaction(request.session, request.now, request.batch)
    call = locked_call(tx, call_id)
    call.note_event(request.now)
    return tx, call


def lock_leg(request: TwilioRequest, leg_id: int) -> tuple[CallTransaction, Leg, Call]:
    """The transaction, the locked leg and its locked call. Raises NotFound."""
    tx = CallTransaction(request.session, request.now, request.batch)
    leg, call = locked_leg(tx, leg_id)
    leg.note_sid(request.params.get("CallSid"))
    return tx, leg, call
