"""Periodic work on calls: advance calls that are due, serve waiting callers in turn, and check silent calls.

`run_due` runs every second. `run_sweep` runs every ten seconds and makes up for lost events of Twilio.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, or_, select, text
from sqlalchemy.orm import Session, sessionmaker

from callcenter.calls.call import Call
from callcenter.calls.leg import FINAL, Leg
from callcenter.calls.stages import LegResult, Stage
from callcenter.errors import DatabaseBusy
from callcenter.routing.answer import note_status
from callcenter.routing.hunting import advance_and_redirect, give_up
from callcenter.routing.outcome import finish, fix_waiting
from callcenter.routing.plan import Caller, make_plan
from callcenter.routing.redirects import redirect_caller
from callcenter.routing.ringing import end_leg
from callcenter.routing.transaction import CallTransaction, live_legs, locked_call, locked_leg
from callcenter.routing.turn import assign_consultants
from callcenter.routing.waiting_callers import preferred_seconds, waiting_caller
from callcenter.storage.base import instant
from callcenter.storage.engine import REFUSED, reading, reading_connection
from callcenter.storage.statements import Prepared
from callcenter.storage.totals import add, count
from callcenter.telephony.outbox import Effect, Order, SingleOrderEffect, enqueue
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.twilio_api import CallStatus, TwilioApi

log = logging.getLogger(__name__)
DUE_AT_ONCE = 100
# A call that failed to advance is due again after this, so that it does not block the others.
LATER = timedelta(seconds=10)
# The longest time in seconds without a request of Twilio at each stage, with a margin for delays.
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
# Twilio reports `initiated` within two seconds. If a leg has no event after this time, its events may be lost.
LEG_SILENT_S = 15
# Whether the consultant is still there is asked this often during a talk. If the end of the leg was lost, and the check
# when the caller joined, then the caller would hear the ring tone for ever, and the consultant could not be rung.
TALK_CHECKED_EVERY_S = 120
SILENT_AT_ONCE = 200

_NOW = instant("now")
_DUE = Prepared(select(Call.id).where(Call.next_due_at <= _NOW).order_by(Call.next_due_at).limit(DUE_AT_ONCE))
# The literal 0 is the text of the partial index ix_call_waiting.
_ANYBODY_WAITS = Prepared(select(exists().where(Call.places > text("0"))))
_SILENT_CALLS = Prepared(
    select(Call.id, Call.call_sid)
    .where(
        Call.ended_at.is_(None),
        or_(*((Call.stage == str(stage)) & (Call.last_event_at < instant(stage)) for stage in SILENT_AFTER_S)),
    )
    .limit(SILENT_AT_ONCE)
)
# Legs without any event, legs that are live although their call is over, and those of talks.
_SILENT_LEGS = Prepared(
    select(Leg.id, Leg.leg_sid, Leg.accepted_at.is_not(None) & Call.ended_at.is_(None))
    .join(Call, Call.id == Leg.call_id)
    .where(
        Leg.ended_at.is_(None),
        Leg.leg_sid.is_not(None),
        or_(
            Leg.initiated_at.is_(None) & (Leg.offered_at < instant("before")),
            Call.ended_at < instant("before"),
            (Leg.accepted_at < instant("talking")) & (Call.stage == str(Stage.TALKING)),
        ),
    )
    .limit(SILENT_AT_ONCE)
)
_EXPIRED_LEGS = Prepared(
    select(Leg.id, Leg.leg_sid).where(Leg.ended_at.is_(None), Leg.expires_at < _NOW).limit(SILENT_AT_ONCE)
)
_CALL_IS_LIVE = Prepared(select(Call.id).where(Call.id == bindparam("call"), Call.ended_at.is_(None)))
_LEG_IS_LIVE = Prepared(select(Leg.id).where(Leg.id == bindparam("leg"), Leg.ended_at.is_(None)))


def run_due(sessions: sessionmaker[Session], now: datetime) -> int:
    """Advance every call that is due, each in its own transaction; returns how many. Safe to run on several hosts.

    A call that fails to advance is logged, counted and offered a message; the other calls are advanced all the same.
    Raises DatabaseBusy, after all calls, when the database refused some transactions: those calls stay due.
    """
    with reading_connection(sessions) as connection:
        due = [call_id for (call_id,) in _DUE(connection, {"now": now})]
        ((anybody_waits,),) = _ANYBODY_WAITS(connection, {})
    busy = [call_id for call_id in due if not _advance(sessions, call_id, now, _is_due)]
    served = [call_id for call_id in in_turn(sessions, now) if call_id not in due] if anybody_waits else []
    busy += [call_id for call_id in served if not _advance(sessions, call_id, now, _is_hunting)]
    if busy:
        raise DatabaseBusy(f"{len(busy)} of {len(due) + len(served)} calls are advanced in a moment")
    return len(due) + len(served)


def in_turn(sessions: sessionmaker[Session], now: datetime) -> Sequence[int]:
    """The calls for which a consultant came free, in the order in which they are served."""
    with reading(sessions) as session:
        tx = CallTransaction(session, now, for_the_clock=True)
        if tx.rota is None:
            return []
        states, waiting = tx.states_and_waiting()
        plan = make_plan(tx.rota, Caller(""), states, now)
        waiting = waiting or []
        given = assign_consultants([waiting_caller(call, plan) for call in waiting], preferred_seconds(tx.rota), now)
    # While REST is down, only the caller's own hold turn rings mobiles.
    by_key = {call.caller.key: call for call in waiting if not call.rest_down}
    return [by_key[key].id for key, codes in given.items() if codes and key in by_key]


def _advance(
    sessions: sessionmaker[Session], call_id: int, now: datetime, wanted: Callable[[Call, datetime], bool]
) -> bool:
    """Advance one call; False when the database was busy."""
    try:
        with sessions.begin() as session:
            tx = CallTransaction(session, now, for_the_clock=True)
            call = locked_call(tx, call_id)
            if not wanted(call, now):
                return True
            call.advance_at(None)
            if call.is_hunting:
                advance_and_redirect(tx, call)
            else:
                fix_waiting(tx, call)
    except REFUSED as error:
        log.warning("call %s is advanced in a moment: %s", call_id, type(error).__name__)
        return False
    except Exception:
        log.exception("call %s could not be advanced; a caller who waits is offered a message", call_id)
        _offer_message(sessions, call_id, now)
    return True


def _is_due(call: Call, now: datetime) -> bool:
    return call.next_due_at is not None and call.next_due_at <= now


def _is_hunting(call: Call, _now: datetime) -> bool:
    return call.is_hunting


def _offer_message(sessions: sessionmaker[Session], call_id: int, now: datetime) -> None:
    """End a hunt that failed to advance. If that fails too, offer a message without a promised time."""
    for offer in (_fail, _offer_without_promise):
        try:
            with sessions.begin() as session:
                tx = CallTransaction(session, now)
                call = locked_call(tx, call_id)
                add(session, count("callcenter_calls_not_advanced_total"))
                call.advance_at(now + LATER)
                if call.is_hunting:
                    offer(tx, call)
                    redirect_caller(tx, call)
            return
        except Exception:
            log.exception("call %s could not be given up", call_id)


def _fail(tx: CallTransaction, call: Call) -> None:
    give_up(tx, call, live_legs(tx.session, call))


def _offer_without_promise(tx: CallTransaction, call: Call) -> None:
    call.offer_message(tx.now)


def run_sweep(sessions: sessionmaker[Session], now: datetime) -> int:
    """Order a check of every silent call and leg, and end expired legs. Returns the number of all of these."""
    with reading(sessions) as session:
        connection = session.connection()
        silent_calls = _SILENT_CALLS(
            connection, {stage: now - timedelta(seconds=after_s) for stage, after_s in SILENT_AFTER_S.items()}
        )
        since = {"before": LEG_SILENT_S, "talking": TALK_CHECKED_EVERY_S}
        silent_legs = _SILENT_LEGS(connection, {name: now - timedelta(seconds=s) for name, s in since.items()})
        expired = _EXPIRED_LEGS(connection, {"now": now})
    for leg_id, sid in expired:
        if sid is None:
            with sessions.begin() as session:
                _assume_over(CallTransaction(session, now), leg_id)
    # One that Twilio created may still ring: the clock may have been set ahead. Twilio knows.
    known = {leg_id for leg_id, _, _ in silent_legs}
    created = [(leg_id, sid, False) for leg_id, sid in expired if sid is not None and leg_id not in known]
    silent_legs = [*silent_legs, *created]
    if silent_calls or silent_legs:
        with sessions.begin() as session:
            second = int(now.timestamp())
            checks = [
                Order(
                    "check_call", {"sid": sid}, 60, dedupe_key=f"check_call:{call_id}:{second // 30}", call_id=call_id
                )
                for call_id, sid in silent_calls
            ]
            for leg_id, sid, talks in silent_legs:
                turn = f"{second // TALK_CHECKED_EVERY_S}:talk" if talks else str(second // 30)
                checks.append(
                    Order("check_leg", {"sid": sid}, 60, dedupe_key=f"check_leg:{leg_id}:{turn}", leg_id=leg_id)
                )
            enqueue(session, now, *checks)
    return len(silent_calls) + len(silent_legs) + sum(sid is None for _, sid in expired)


def _assume_over(tx: CallTransaction, leg_id: int) -> None:
    """End a leg that has expired, if Twilio cannot be asked about it."""
    leg, call = locked_leg(tx, leg_id)
    if leg.ended_at is None and leg.expires_at < tx.now:
        end_leg(tx, call, leg, _assumed_result(leg))


def _assumed_result(leg: Leg) -> LegResult:
    """The result of a leg whose last event never came. A leg that Twilio may not have created counts as failed."""
    if leg.accepted_at is not None:
        return LegResult.ACCEPTED
    return LegResult.FAILED if leg.is_doubted else LegResult.NO_ANSWER


class _Check(SingleOrderEffect):
    retry_pauses_s: tuple[float, ...] = (2, 5)
    idempotent = True

    def __init__(self, twilio: TwilioApi) -> None:
        self._twilio = twilio

    def perform(self, order: OutboxMessage) -> CallStatus:
        return self._twilio.call_status(order.payload["sid"])

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """Nothing: the next sweep orders another check."""


class CheckCall(_Check):
    """Reads a silent call's status from Twilio and ends the call if it is over."""

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        return bool(_CALL_IS_LIVE(session.connection(), {"call": order.call_id}))

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        tx = CallTransaction(session, now)
        call = locked_call(tx, int(order.call_id or 0))
        if result.status in FINAL:
            finish(tx, call, at=result.ended_at or call.last_event_at)
        else:
            call.note_event(now)


class CheckLeg(_Check):
    """Reads a leg's status from Twilio and stores it."""

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        return bool(_LEG_IS_LIVE(session.connection(), {"leg": order.leg_id}))

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        tx = CallTransaction(session, now)
        leg, call = locked_leg(tx, int(order.leg_id or 0))
        note_status(tx, call, leg, result.status, result.ended_at)

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """The next sweep orders another check of a leg that should be live; one that has expired is over."""
        _assume_over(CallTransaction(session, now), int(order.leg_id or 0))


def effects(twilio: TwilioApi) -> Mapping[str, Effect]:
    """The effects of the sweep, by kind of order."""
    return {"check_call": CheckCall(twilio), "check_leg": CheckLeg(twilio)}
