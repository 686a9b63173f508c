"""What is stored of one call? The call with its legs, decisions and message, read in a handful of statements."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision, Voicemail
from callcenter.directory.records import Contact
from callcenter.errors import NotFound


@dataclass(frozen=True, slots=True)
class StoredCall:
    """One call and what hangs on it. school: the DUO code of the contact, when it is a school."""

    call: Call
    legs: Sequence[Leg]
    decisions: Sequence[CallDecision]
    voicemail: Voicemail | None
    callback: Callback | None
    school: str | None


def stored_call(session: Session, call_id: int) -> StoredCall:
    """Everything of one call. Raises NotFound."""
    call = session.get(Call, call_id)
    if call is None:
        raise NotFound(f"there is no call {call_id}")
    return StoredCall(
        call=call,
        legs=session.scalars(select(Leg).where(Leg.call_id == call_id).order_by(Leg.offered_at, Leg.id)).all(),
        decisions=session.scalars(
            select(CallDecision).where(CallDecision.call_id == call_id).order_by(CallDecision.at, CallDecision.id)
        ).all(),
        voicemail=session.get(Voicemail, call.voicemail_id) if call.voicemail_id else None,
        callback=session.get(Callback, call.callback_id) if call.callback_id else None,
        school=session.scalar(select(Contact.duo_code).where(Contact.id == call.contact_id)),
    )
