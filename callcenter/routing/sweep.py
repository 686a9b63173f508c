"""Which calls and legs have we not heard of for too long? Twilio is asked how they are; a lost event loses nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.stages import LegResult, Stage
from callcenter.routing import legs as leg_life
from callcenter.routing.answer import FINAL, note_status
from callcenter.routing.outcome import finish
from callcenter.routing.work import begin_work, locked_call, locked_leg
from callcenter.storage.base import instant
from callcenter.storage.engine import reading
from callcenter.storage.prepared import Prepared
from callcenter.telephony.outbox import Effect, OneByOne, Order, put
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.twilio_api import NOT_FOUND, CallStatus, RestError, TwilioApi

# The longest a caller can be at a stage without a request of Twilio's, in seconds, with room for delays.
SILENT_AFTER_S: Mapping[Stage, int] = {
    Stage.HUNTING: 35,
    Stage.CONNECTING: 35,
    Stage.DIALLING: 75,
    Stage.OFFERING: 60,
    Stage.KEYING: 60,
    Stage.CONFIRMING: 60,
    Stage.SURVEYING: 60,
    Stage.RECORDING: 240,
    Stage.TALKING: 300,
}
# Twilio reports `initiated` within a second or two; a leg without any event by then may have no callbacks at all.
LEG_SILENT_S = 15
BATCH = 200


# Built once: asked every few seconds.
_SILENT_CALLS = Prepared(
    select(Call.id, Call.call_sid)
    .where(
        Call.ended_at.is_(None),
        or_(*((Call.step == str(stage)) & (Call.last_event_at < instant(stage)) for stage in SILENT_AFTER_S)),
    )
    .limit(BATCH)
)
# Legs that never told anything, and legs that should be over because their call is.
_SILENT_LEGS = Prepared(
    select(Leg.id, Leg.leg_sid)
    .join(Call, Call.id == Leg.call_id)
    .where(
        Leg.ended_at.is_(None),
        Leg.leg_sid.is_not(None),
        or_(Leg.initiated_at.is_(None) & (Leg.offered_at < instant("before")), Call.ended_at < instant("before")),
    )
    .limit(BATCH)
)
_EXPIRED_LEGS = Prepared(select(Leg.id).where(Leg.ended_at.is_(None), Leg.expires_at < instant("now")).limit(BATCH))
_CALL_IS_LIVE = Prepared(select(Call.id).where(Call.id == bindparam("call"), Call.ended_at.is_(None)))
_LEG_IS_LIVE = Prepared(select(Leg.id).where(Leg.id == bindparam("leg"), Leg.ended_at.is_(None)))


def run_sweep(sessions: sessionmaker[Session], now: datetime) -> int:
    """Order a look at everything silent, and end legs whose last event will not come; returns how many."""
    with reading(sessions) as session:
        connection = session.connection()
        silent_calls = _SILENT_CALLS(
            connection, {stage: now - timedelta(seconds=after_s) for stage, after_s in SILENT_AFTER_S.items()}
        )
        silent_legs = _SILENT_LEGS(connection, {"before": now - timedelta(seconds=LEG_SILENT_S)})
        expired = [leg_id for (leg_id,) in _EXPIRED_LEGS(connection, {"now": now})]
    for leg_id in expired:
        with sessions.begin() as session:
            work = begin_work(session, now)
            leg, call = locked_leg(work, leg_id)
            if leg.ended_at is None and leg.expires_at < now:
                leg_life.end(work, call, leg, _untold_result(leg))
    if silent_calls or silent_legs:
        with sessions.begin() as session:
            minute = int(now.timestamp()) // 30
            looks = [
                Order("check_call", {"sid": sid}, 60, dedupe_key=f"check_call:{call_id}:{minute}", call_id=call_id)
                for call_id, sid in silent_calls
            ]
            looks += [
                Order("check_leg", {"sid": sid}, 60, dedupe_key=f"check_leg:{leg_id}:{minute}", leg_id=leg_id)
                for leg_id, sid in silent_legs
            ]
            put(session, now, *looks)
    return len(silent_calls) + len(silent_legs) + len(expired)


def _untold_result(leg: Leg) -> LegResult:
    """What became of a leg whose last event never came. One that was perhaps never made is nobody's refusal."""
    if leg.accepted_at is not None:
        return LegResult.ACCEPTED
    return LegResult.FAILED if leg_life.is_doubted(leg) else LegResult.NO_ANSWER


class _Check(OneByOne):
    retry_pauses_s: tuple[float, ...] = (2, 5)
    repeatable = True

    def __init__(self, twilio: TwilioApi) -> None:
        self._twilio = twilio

    def perform(self, order: OutboxMessage) -> CallStatus:
        try:
            return self._twilio.call_status(order.payload["sid"])
        except RestError as error:
            if error.code == str(NOT_FOUND):
                return CallStatus("completed", None)
            raise

    def give_up(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """Twilio cannot be asked now; the next sweep asks again."""


class CheckCall(_Check):
    """Is this caller still there?"""

    def still_wanted(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        return bool(_CALL_IS_LIVE(session.connection(), {"call": order.call_id}))

    def settle(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        work = begin_work(session, now)
        call = locked_call(work, int(order.call_id or 0))
        if result.status in FINAL:
            finish(work, call, at=result.ended_at or call.last_event_at)
        else:
            call.last_event_at = now


class CheckLeg(_Check):
    """How is this leg of which we heard nothing?"""

    def still_wanted(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        return bool(_LEG_IS_LIVE(session.connection(), {"leg": order.leg_id}))

    def settle(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        work = begin_work(session, now)
        leg, call = locked_leg(work, int(order.leg_id or 0))
        note_status(work, call, leg, result.status, result.ended_at)  # who was gone at once never spoke


def effects(twilio: TwilioApi) -> Mapping[str, Effect]:
    """The effects of the sweep, by kind of order."""
    return {"check_call": CheckCall(twilio), "check_leg": CheckLeg(twilio)}
