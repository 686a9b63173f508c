"""Queries of the call pages: the filtered list, and everything stored of one call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, tuple_
from sqlalchemy.orm import Session

from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision, Voicemail
from callcenter.cursor import cursor_of, position_of
from callcenter.directory.records import Contact
from callcenter.errors import InvalidInput, NotFound
from callcenter.web.calls.conditions import CallFilter, conditions

PAGE = 50


@dataclass(frozen=True, slots=True)
class CallPage:
    """Calls, newest first. next: the cursor of the following page, None on the last one."""

    items: Sequence[Row[*tuple[Any, ...]]]
    next: str | None


def call_list(session: Session, wanted: CallFilter, cursor: str | None = None, limit: int = PAGE) -> CallPage:
    """One page of calls. A cursor that no list gave is ignored: the page then starts at the newest call. limit:
    calls on one page."""
    statement = (
        select(
            Call.id,
            Call.received_at,
            Call.from_number,
            Call.keyed_number,
            Call.caller_name,
            Call.caller_place,
            Call.group,
            Call.state,
            Call.outcome,
            Call.answered_by,
            Call.wait_s,
            Call.talk_s,
            Call.voicemail_id,
            Call.callback_id,
            Call.rescued_for,
        )
        .order_by(Call.received_at.desc(), Call.id.desc())
        .limit(limit + 1)
    )
    statement = statement.where(*conditions(session, wanted))
    position = _position(cursor)
    if position is not None:
        statement = statement.where(tuple_(Call.received_at, Call.id) < position)
    rows = session.execute(statement).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return CallPage(rows[:limit], cursor_of(last.received_at, last.id) if last else None)


def call_count(session: Session, wanted: CallFilter) -> int:
    """How many calls match, on all pages together."""
    return session.scalars(select(func.count()).select_from(Call).where(*conditions(session, wanted))).one()


def _position(cursor: str | None) -> tuple[Any, ...] | None:
    try:
        return position_of(cursor or "", datetime, int)
    except InvalidInput:
        return None


@dataclass(frozen=True, slots=True)
class StoredCall:
    """One call and the rows that belong to it. school: the DUO code of the contact, None when it is no school."""

    call: Call
    legs: Sequence[Leg]
    decisions: Sequence[CallDecision]
    voicemail: Voicemail | None
    callback: Callback | None
    school: str | None


def stored_call(session: Session, call_id: int) -> StoredCall:
    """Everything stored of one call, by one statement per table. Raises NotFound."""
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
