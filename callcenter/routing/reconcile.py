"""Reconciliation with Twilio's call list: missing calls are stored, and get a callback if they were not answered."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.calls.call import Call
from callcenter.calls.leg import FINAL
from callcenter.calls.stages import Stage
from callcenter.lines.register import all_lines
from callcenter.routing.arrival import adopt
from callcenter.routing.outcome import finish
from callcenter.routing.transaction import CallTransaction, locked_call
from callcenter.routing.voicemail import FETCH_FOR_S, store_listed
from callcenter.storage.system_facts import read_fact, store_fact
from callcenter.storage.totals import add, count
from callcenter.telephony.outbox import Order, enqueue
from callcenter.telephony.twilio_api import ListedCall, RestError, TwilioApi

FACT = "reconciled_until"
OVERLAP = timedelta(hours=24)
# Twilio's list is seconds behind, and the webhook of a call that just began may still be running.
SETTLED_AFTER = timedelta(seconds=90)


def run_reconcile(sessions: sessionmaker[Session], twilio: TwilioApi, now: datetime) -> int:
    """Compare Twilio's list with the stored calls, from `OVERLAP` before the last run; returns how many were repaired.

    Each call is repaired in its own transaction, and the reconciled instant is stored last, so a run may be
    interrupted at any point. Raises RestError when Twilio cannot be reached.
    """
    with sessions() as session:
        lines = all_lines(session)
        fact = read_fact(session, FACT)
        # A clock that ran ahead may have stored an instant in the future.
        since = min(fact.at if fact else now, now) - OVERLAP
    repaired = 0
    for line in lines:
        listed = list(twilio.calls_to(line.number, max(since, line.created_at - SETTLED_AFTER)))
        stored = _stored_calls(sessions, [call.sid for call in listed])
        for call in listed:
            started = call.started_at
            if call.direction != "inbound" or started is None or started > now - SETTLED_AFTER:
                continue
            if call.status in FINAL and not stored.get(call.sid, False):
                repaired += _repair(sessions, twilio, call, now)
    with sessions.begin() as session:
        store_fact(session, FACT, {}, now)
    return repaired


def _stored_calls(sessions: sessionmaker[Session], sids: Iterable[str]) -> dict[str, bool]:
    """Those of these calls that are stored, by sid, with whether their end is stored too."""
    found: dict[str, bool] = {}
    remaining = list(sids)
    with sessions() as session:
        while remaining:
            part, remaining = remaining[:500], remaining[500:]
            rows = session.execute(select(Call.call_sid, Call.ended_at).where(Call.call_sid.in_(part)))
            found |= {row.call_sid: row.ended_at is not None for row in rows}
    return found


def _repair(sessions: sessionmaker[Session], twilio: TwilioApi, listed: ListedCall, now: datetime) -> int:
    recordings = _recordings(twilio, listed.sid)
    with sessions.begin() as session:
        tx = CallTransaction(session, now)
        call_id = session.scalar(select(Call.id).where(Call.call_sid == listed.sid))
        if call_id is not None:
            call = locked_call(tx, call_id)
            if call.ended_at is None:
                finish(tx, call, at=_ended(listed))
                add(session, count("callcenter_reconciled_calls_total", result="finished"))
            return 1
        params = {"CallSid": listed.sid, "From": listed.from_ or "", "To": listed.to or ""}
        if listed.forwarded_from:
            params["ForwardedFrom"] = listed.forwarded_from
        left_early = listed.status in ("no-answer", "canceled")
        adopted = adopt(tx, params, Stage.HUNTING if left_early else Stage.OFFERING, at=listed.started_at)
        if adopted is None:
            return 0
        adopted.note_reconciled()
        store_listed(tx, adopted, recordings or ())
        if recordings is None:
            enqueue(session, now, Order("list_recordings", {"sid": listed.sid}, FETCH_FOR_S, 60, call_id=adopted.id))
        finish(tx, adopted, at=_ended(listed), failed=listed.status == "failed")
        add(session, count("callcenter_reconciled_calls_total", result="added"))
    return 1


def _recordings(twilio: TwilioApi, sid: str) -> list[tuple[str, int]] | None:
    """The recordings made at the fallback address while the database was down, None when Twilio cannot list them now.

    In that case the call counts as missed, so that its callback exists at once, and an order lists them later.
    """
    try:
        return twilio.recordings_of(sid)
    except RestError:
        return None


def _ended(listed: ListedCall) -> datetime | None:
    if listed.started_at is None:
        return None
    return listed.started_at + timedelta(seconds=listed.duration_s or 0)
