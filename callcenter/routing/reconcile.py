"""Did Twilio take calls that we do not know? Each gets a record, and a callback when it was not answered."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.calls.call import Call
from callcenter.calls.stages import Stage
from callcenter.lines.records import Line
from callcenter.routing.answer import FINAL
from callcenter.routing.arrival import adopt
from callcenter.routing.messages import FETCH_FOR_S, keep_message
from callcenter.routing.outcome import finish
from callcenter.routing.work import begin_work, locked_call
from callcenter.storage.facts import keep_fact, known_fact
from callcenter.storage.totals import add, count
from callcenter.telephony.outbox import Order, put
from callcenter.telephony.twilio_api import ListedCall, RestError, TwilioApi

FACT = "reconciled_until"
OVERLAP = timedelta(hours=24)
# Twilio's list lags live calls by seconds, and a call that just came may still be on its way to us.
SETTLED_AFTER = timedelta(seconds=90)


def run_reconcile(sessions: sessionmaker[Session], twilio: TwilioApi, now: datetime) -> int:
    """Compare Twilio's list since the last reconciled moment, a day overlapping, with ours; returns what was mended.

    Each call is mended in a transaction of its own and the moment moves only at the end, so it may be broken off
    anywhere. Raises RestError when Twilio cannot be asked.
    """
    with sessions() as session:
        lines = list(session.scalars(select(Line)))
        fact = known_fact(session, FACT)
        since = (fact.at if fact else now) - OVERLAP
    mended = 0
    for line in lines:
        listed = list(twilio.calls_to(line.number, max(since, line.created_at - SETTLED_AFTER)))
        known = _known(sessions, [call.sid for call in listed])
        for call in listed:
            started = call.started_at
            if call.direction != "inbound" or started is None or started > now - SETTLED_AFTER:
                continue
            if call.status in FINAL and not known.get(call.sid, False):
                mended += _mend(sessions, twilio, call, now)
    with sessions.begin() as session:
        keep_fact(session, FACT, {}, now)
    return mended


def _known(sessions: sessionmaker[Session], sids: Iterable[str]) -> dict[str, bool]:
    """Which of these calls we know, and whether they have ended for us."""
    found: dict[str, bool] = {}
    remaining = list(sids)
    with sessions() as session:
        while remaining:
            part, remaining = remaining[:500], remaining[500:]
            rows = session.execute(select(Call.call_sid, Call.ended_at).where(Call.call_sid.in_(part)))
            found |= {row.call_sid: row.ended_at is not None for row in rows}
    return found


def _mend(sessions: sessionmaker[Session], twilio: TwilioApi, listed: ListedCall, now: datetime) -> int:
    recordings = _recordings(twilio, listed.sid)
    with sessions.begin() as session:
        work = begin_work(session, now)
        call_id = session.scalar(select(Call.id).where(Call.call_sid == listed.sid))
        if call_id is not None:
            call = locked_call(work, call_id)
            if call.ended_at is None:
                finish(work, call, at=_ended(listed))
                add(session, count("callcenter_reconciled_calls_total", result="finished"))
            return 1
        params = {"CallSid": listed.sid, "From": listed.from_ or "", "To": listed.to or ""}
        if listed.forwarded_from:
            params["ForwardedFrom"] = listed.forwarded_from
        left_early = listed.status in ("no-answer", "canceled")
        adopted = adopt(work, params, Stage.HUNTING if left_early else Stage.OFFERING, at=listed.started_at)
        if adopted is None:
            return 0
        adopted.reconciled = True
        for sid, url, seconds in recordings or ():
            keep_message(work, adopted, {"RecordingSid": sid, "RecordingUrl": url, "RecordingDuration": str(seconds)})
        if recordings is None:
            put(session, now, Order("list_recordings", {"sid": listed.sid}, FETCH_FOR_S, 60, call_id=adopted.id))
        finish(work, adopted, at=_ended(listed), failed=listed.status == "failed")
        add(session, count("callcenter_reconciled_calls_total", result="added"))
    return 1


def _recordings(twilio: TwilioApi, sid: str) -> list[tuple[str, str, int]] | None:
    """What the fallback address recorded while we had no database; None when Twilio does not say so now. The call is a
    missed one until it does: its callback waits for nothing."""
    try:
        return twilio.recordings_of(sid)
    except RestError:
        return None


def _ended(listed: ListedCall) -> datetime | None:
    if listed.started_at is None:
        return None
    return listed.started_at + timedelta(seconds=listed.duration_s or 0)
