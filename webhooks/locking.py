"""Locks the call or leg that a request is about, and stores the time of the event or the leg's sid.

A row of another of Twilio's calls is not found: after an older backup was restored, new rows have the ids of rows that
are lost, and Twilio still asks for documents under those.
"""

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.errors import NotFound
from callcenter.routing.transaction import CallTransaction, locked_call, locked_leg
from webhooks.door import TwilioRequest


def lock_call(request: TwilioRequest, call_id: int) -> tuple[CallTransaction, Call]:
    """The transaction and the locked call. Raises NotFound."""
    tx = CallTransaction(request.session, request.now, request.batch)
    call = locked_call(tx, call_id)
    _require(request, call.call_sid, f"call {call_id}")
    call.note_event(request.now)
    return tx, call


def lock_leg(request: TwilioRequest, leg_id: int) -> tuple[CallTransaction, Leg, Call]:
    """The transaction, the locked leg and its locked call. Raises NotFound."""
    tx = CallTransaction(request.session, request.now, request.batch)
    leg, call = locked_leg(tx, leg_id)
    _require(request, leg.leg_sid, f"leg {leg_id}")
    leg.note_sid(request.params.get("CallSid"))
    return tx, leg, call


def _require(request: TwilioRequest, sid: str | None, what: str) -> None:
    """Raise NotFound when the request is about another of Twilio's calls."""
    said = request.params.get("CallSid")
    if sid is not None and said is not None and said != sid:
        raise NotFound(f"{what} is not that call of Twilio")
