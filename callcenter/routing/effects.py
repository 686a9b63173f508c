"""The effects of calls at Twilio: placing and ending legs, and redirecting a caller."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.stages import LegResult, Stage
from callcenter.routing.hunting import advance_and_redirect
from callcenter.routing.redirects import redirect_caller
from callcenter.routing.ringing import end_leg, hang_up
from callcenter.routing.transaction import CallTransaction, locked_call, locked_leg
from callcenter.storage.base import bind_each, instant, numbered, table_of
from callcenter.storage.statements import Prepared, Row
from callcenter.telephony.outbox import Effect, Order, SingleOrderEffect, enqueue
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.retry_policy import RetryPolicy
from callcenter.telephony.twilio_api import TwilioApi, is_over, may_have_taken_effect

# No `answered` event: the request for the leg's own document already shows that it was answered.
LEG_EVENTS = ("initiated", "ringing", "completed")
# Twilio reports `initiated` within a second or two of creating a leg; the caller hears the greeting meanwhile.
INITIATED_WITHIN_S = 4
# A request without an answer may take effect at Twilio later than our time-out, so one look at its list is no proof
# that a mobile will not ring. It is looked for again after this long, counted from the first look: the clock by which
# the order was stored may have been another one. The caller's next hold turn, after ten seconds at most, ends the wait:
# then mobiles are dialled.
LOOK_AGAIN_AFTER_S = 8

# A caller who is alone in a conference is redirected again after this long.
REDIRECT_AGAIN_S = 5

_LEG, _CALL = table_of(Leg).c, table_of(Call).c
_TO_END = Prepared(
    select(_LEG.leg_sid, _LEG.picked_up_at.is_(None)).where(
        _LEG.id == bindparam("leg"), _LEG.ended_at.is_(None), _LEG.leg_sid.is_not(None)
    )
)
# The redirect is counted before it is sent, because from then on it may interrupt the caller (routing/redirects.py).
_TO_REDIRECT = Prepared(
    update(table_of(Call))
    .where(
        _CALL.id == bindparam("call"),
        _CALL.ended_at.is_(None),
        _CALL.step == bindparam("stage"),
        func.coalesce(_CALL.answered_leg_id, 0) == bindparam("leg", type_=_CALL.id.type),
    )
    .values(fetches=_CALL.fetches + bindparam("more", type_=_CALL.fetches.type), fetch_sent_at=instant("now"))
    .returning(_CALL.call_sid, _CALL.fetches)
)


@cache
def _standing(how_many: int) -> Prepared:
    these = _LEG.id.in_(bind_each("leg", _LEG.id, how_many))
    return Prepared(select(_LEG.id, _LEG.result, _LEG.ended_at, _LEG.leg_sid).where(these))


@cache
def _placed(how_many: int) -> Prepared:
    legs, sids = bind_each("leg", _LEG.id, how_many), bind_each("sid", _LEG.leg_sid, how_many)
    sid = case(*((_LEG.id == leg, sid) for leg, sid in zip(legs, sids, strict=True)))
    # Lock order: each leg's call before the leg, by id. Other orders of the same transaction lock calls too, and a
    # different order could cause a deadlock.
    calls = table_of(Call)
    in_order = (
        select(_LEG.id)
        .select_from(calls)
        .join(table_of(Leg), _LEG.call_id == _CALL.id)
        .where(_LEG.id.in_(legs))
        .order_by(_LEG.id)
        .with_for_update(of=(calls, table_of(Leg)))
    )
    return Prepared(
        update(table_of(Leg))
        .where(_LEG.id.in_(in_order))
        .values(
            leg_sid=func.coalesce(_LEG.leg_sid, sid),
            state=case((_LEG.state == "queued", "placed"), else_=_LEG.state),
        )
        .returning(_LEG.id, _LEG.state, _LEG.call_id)
    )


class PlaceLeg(Effect):
    """Creates the call to one mobile. It is not repeated when it is unknown whether Twilio created it."""

    # Only a rate limit (429) or a failed connection is retried, and briefly: a mobile that rings late is useless.
    retry_pauses_s: tuple[float, ...] = (1.0, 1.5)
    idempotent = False
    keeps_late_results = True

    def __init__(self, twilio: TwilioApi, public_url: str) -> None:
        self._twilio = twilio
        self._public_url = public_url

    def needed_orders(
        self, session: Session, orders: Sequence[OutboxMessage], now: datetime
    ) -> Sequence[OutboxMessage]:
        legs = numbered("leg", (order.leg_id for order in orders))
        stored = {row[0]: row[1:] for row in _standing(len(orders))(session.connection(), legs)}
        return [order for order in orders if self._is_wanted(session, order, stored.get(order.leg_id), now)]

    @staticmethod
    def _is_wanted(session: Session, order: OutboxMessage, stored: Row | None, now: datetime) -> bool:
        if stored is None:
            return False
        result, ended_at, sid = stored
        if ended_at is not None or sid is not None:
            return False  # over, or created by a worker that died before it stored the result
        if result is None or _worker_died(order):
            return True
        # Cancelled before it was created: no event will report its end.
        tx = CallTransaction(session, now)
        leg, call = locked_leg(tx, int(order.leg_id or 0))
        end_leg(tx, call, leg, LegResult.CANCELLED)
        return False

    def perform(self, order: OutboxMessage) -> str:
        address = f"{self._public_url}/webhooks/leg/{order.leg_id}"
        return self._twilio.create_call(
            to=order.payload["to"],
            from_=order.payload["from"],
            url=f"{address}/screen",
            status_callback=f"{address}/status",
            events=LEG_EVENTS,
            timeout_s=order.payload["timeout_s"],
        )

    def record_results(self, session: Session, done: Sequence[tuple[OutboxMessage, Any]], now: datetime) -> None:
        legs, sids = zip(*((order.leg_id, str(sid)) for order, sid in done), strict=True)
        values = {**numbered("leg", legs), **numbered("sid", sids)}
        placed = _placed(len(done))(session.connection(), values)
        # Legs that were cancelled while Twilio created them: they could not be ended without their sids.
        stopped = ((leg_id, call_id) for leg_id, state, call_id in placed if state == "cancelling")
        end = [Order("cancel_leg", {}, expires_in_s=30, call_id=call_id, leg_id=leg_id) for leg_id, call_id in stopped]
        enqueue(session, now, *end)

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        tx = CallTransaction(session, now)
        leg, call = locked_leg(tx, int(order.leg_id or 0))
        if (_worker_died(order) or may_have_taken_effect(error)) and leg.ended_at is None:
            # Creating the leg again might ring the mobile twice. Its first event shows that it exists; if that event
            # is lost, Twilio's list does.
            delay_s = max(INITIATED_WITHIN_S - (now - order.created_at).total_seconds(), 0.5)
            payload = {
                "to": order.payload["to"],
                "since": order.created_at.isoformat(),
                "was_away": _worker_died(order),
                "unanswered": _worker_died(order) or error == "timeout",
            }
            enqueue(
                session,
                now,
                Order("disbelieve_leg", payload, expires_in_s=60, delay_s=delay_s, call_id=call.id, leg_id=leg.id),
            )
        else:
            _was_not_placed(tx, leg, call, error)


class FindLeg(SingleOrderEffect):
    """Looks for a leg in Twilio's call list, when it is unknown whether Twilio created it and no event came."""

    retry_pauses_s: tuple[float, ...] = (1.0,)
    idempotent = True

    def __init__(self, twilio: TwilioApi) -> None:
        self._twilio = twilio

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        leg = session.get(Leg, order.leg_id)
        return leg is not None and leg.ended_at is None and leg.leg_sid is None

    def perform(self, order: OutboxMessage) -> str | None:
        return self._twilio.live_call_to(order.payload["to"], datetime.fromisoformat(order.payload["since"]))

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        tx = CallTransaction(session, now)
        leg, call = locked_leg(tx, int(order.leg_id or 0))
        other_leg = session.scalar(select(Leg.id).where(Leg.leg_sid == result)) if result else None
        if result is None and order.payload.get("unanswered"):
            # Others may be rung meanwhile. The consultant stays claimed until this leg is looked for once more.
            self.record_failure(session, order, "not listed yet", now)
            known = {**order.payload, "unanswered": False}
            again = Order("disbelieve_leg", known, 60, LOOK_AGAIN_AFTER_S, call_id=call.id, leg_id=leg.id)
            enqueue(session, now, again)
        elif result is None:
            _was_not_placed(tx, leg, call, "silent")
        elif other_leg is not None:
            # The listed call belongs to another leg of the same mobile, which must not be rung twice.
            self.record_failure(session, order, "another leg's", now)
        elif leg.leg_sid is None:
            leg.place(result)
            if leg.state == "cancelling":
                hang_up(tx, call, leg)

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """Mark the leg as doubted, so that another mobile may ring; the consultant's claim stays.

        Not after a worker died: events may be lost, and the leg is assumed to ring.
        """
        if order.payload.get("was_away"):
            return
        leg, call = locked_leg(CallTransaction(session, now), int(order.leg_id or 0))
        if leg.doubt() and call.is_hunting:
            call.dial_from_now()


def _worker_died(order: OutboxMessage) -> bool:
    """Whether a worker leased this order before and died: the request may have been made."""
    return order.attempts > 1 and order.error is None


def _was_not_placed(tx: CallTransaction, leg: Leg, call: Call, error: str) -> None:
    if leg.leg_sid is not None or leg.initiated_at is not None:
        return  # its events show that Twilio created it
    if not end_leg(tx, call, leg, LegResult.FAILED):
        return
    if error != "expired":
        # The mobile did not ring, so the same consultant may be rung by <Dial>.
        call.withdraw_offer([leg.consultant])
        if call.is_hunting:
            call.dial_from_now()
    advance_and_redirect(tx, call)


class CancelLeg(SingleOrderEffect):
    """Ends a leg that is not needed any more. A leg that is over already counts as ended."""

    retry_pauses_s: tuple[float, ...] = (0.5, 2, 5)
    idempotent = True
    retry_policy = RetryPolicy.UNTIL_EXPIRY

    def __init__(self, twilio: TwilioApi) -> None:
        self._twilio = twilio

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        for sid, unanswered in _TO_END(session.connection(), {"leg": order.leg_id}):
            # `perform` runs without a transaction and finds what it needs in the order.
            order.payload = {"sid": sid, "unanswered": bool(unanswered)}
            return True
        return False

    def perform(self, order: OutboxMessage) -> None:
        sid = order.payload["sid"]
        if order.payload["unanswered"] and not is_over(lambda: self._twilio.end_call(sid, unanswered=True)):
            return
        # After it was picked up, only `completed` ends it.
        is_over(lambda: self._twilio.end_call(sid))

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        """Nothing: the leg's own last event frees the consultant."""

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """Nothing: the leg's timeout ends it, and the claim expires."""


class RedirectCaller(SingleOrderEffect):
    """Redirects a caller's call to its next document (routing/redirects.py)."""

    retry_pauses_s: tuple[float, ...] = (0.3, 1)
    idempotent = True

    def __init__(self, twilio: TwilioApi, public_url: str) -> None:
        self._twilio = twilio
        self._public_url = public_url

    def needed_orders(
        self, session: Session, orders: Sequence[OutboxMessage], now: datetime
    ) -> Sequence[OutboxMessage]:
        # Calls are locked by id, so that two dispatchers cannot deadlock.
        return super().needed_orders(session, sorted(orders, key=lambda order: order.call_id or 0), now)

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        if order.error is not None and may_have_taken_effect(order.error):
            # The first redirect may still take effect. A second one would then interrupt the next document.
            self.record_failure(session, order, order.error, now)
            return False
        values = {
            "call": order.call_id,
            "stage": order.payload["stage"],
            "leg": order.payload.get("leg", 0),
            "more": 1 if order.error is None else 0,  # retries of a redirect that had no effect are counted once
            "now": now,
        }
        for sid, number in _TO_REDIRECT(session.connection(), values):
            order.payload = {**order.payload, "sid": sid, "fetch": number}
            return True
        return False

    def perform(self, order: OutboxMessage) -> bool:
        # Each attempt has its own address: two of them may take effect, and each is counted.
        fetch = f"order={order.id}&fetch={order.payload['fetch']}"
        address = f"{self._public_url}/webhooks/call/{order.call_id}/resume?{fetch}"
        return is_over(lambda: self._twilio.redirect_call(order.payload["sid"], address))

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        """If Twilio refused because the call is not live, the end event may be lost: check the call at once."""
        if result:
            check = Order("check_call", {"sid": order.payload["sid"]}, expires_in_s=60, call_id=order.call_id)
            enqueue(session, now, check)

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """Stop waiting for this redirect: the next hold turn has the same effect."""
        tx = CallTransaction(session, now)
        call = locked_call(tx, int(order.call_id or 0))
        if error == "expired" or may_have_taken_effect(error):
            call.note_redirect_unknown()
        else:
            call.note_redirect_over()
        if call.stage == Stage.TALKING == order.payload["stage"]:
            # The consultant has left and no hold turn follows, so the redirect is retried until it succeeds.
            redirect_caller(tx, call, delay_s=REDIRECT_AGAIN_S)


def effects(twilio: TwilioApi, public_url: str) -> Mapping[str, Effect]:
    """The effects on calls and legs, by kind of order."""
    return {
        "place_leg": PlaceLeg(twilio, public_url),
        "disbelieve_leg": FindLeg(twilio),
        "cancel_leg": CancelLeg(twilio),
        "redirect_caller": RedirectCaller(twilio, public_url),
    }
