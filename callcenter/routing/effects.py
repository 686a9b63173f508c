"""How do orders for calls reach Twilio? Placing and ending legs, and fetching a waiting caller."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.stages import LegResult, Stage
from callcenter.routing import legs as leg_life
from callcenter.routing.fetching import fetch_caller, note_over, note_silence
from callcenter.routing.hunting import advance_and_fetch
from callcenter.routing.work import Work, begin_work, locked_call, locked_leg
from callcenter.storage.base import instant, table_of
from callcenter.storage.prepared import Prepared, Row, bind_each, numbered
from callcenter.telephony.again import Again
from callcenter.telephony.outbox import Effect, OneByOne, Order, put
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.twilio_api import CALL_NOT_LIVE, NOT_FOUND, RestError, TwilioApi, may_be_done

# `answered` tells nothing that the request of the leg's own document does not tell.
LEG_EVENTS = ("initiated", "ringing", "completed")
# A leg that was created tells `initiated` within a second or two; in this time from the request, the greeting is said.
TELLS_WITHIN_S = 4

# A caller who is alone in a conference is fetched again after this long.
ASK_AGAIN_S = 5

# Built once, and without objects: every leg of every call passes here.
_LEG, _CALL = table_of(Leg).c, table_of(Call).c
_TO_END = Prepared(
    select(_LEG.leg_sid, _LEG.picked_up_at.is_(None)).where(
        _LEG.id == bindparam("leg"), _LEG.ended_at.is_(None), _LEG.leg_sid.is_not(None)
    )
)
# Counted before it is sent: from then on the request may interrupt what the caller hears (routing/fetching.py).
_TO_FETCH = Prepared(
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
    # Each leg's call is locked before the leg, in the order of their ids, as by the steps of a call: orders taken in
    # the same transaction lock calls too, and otherwise two transactions could wait for each other.
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
    """Create the call to one mobile. It is never repeated when nobody knows whether it was done."""

    # Only a refusal for speed (429) or a connection that was never made is tried again: a ring comes in time or not.
    retry_pauses_s: tuple[float, ...] = (1.0, 1.5)
    repeatable = False

    def __init__(self, twilio: TwilioApi, public_url: str) -> None:
        self._twilio = twilio
        self._public_url = public_url

    def which_are_wanted(
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
            return False  # over; or a worker that died had it made, and it lives its own life
        if result is None or _worker_died(order):
            return True
        # Stopped before it was placed: nothing will ever report its end.
        work = begin_work(session, now)
        leg, call = locked_leg(work, int(order.leg_id or 0))
        leg_life.end(work, call, leg, LegResult.CANCELLED)
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

    def settle_all(self, session: Session, done: Sequence[tuple[OutboxMessage, Any]], now: datetime) -> None:
        legs, sids = zip(*((order.leg_id, str(sid)) for order, sid in done), strict=True)
        values = {**numbered("leg", legs), **numbered("sid", sids)}
        placed = _placed(len(done))(session.connection(), values)
        # Those that were stopped while being created: the order to end them could not know their sids.
        stopped = ((leg_id, call_id) for leg_id, state, call_id in placed if state == "cancelling")
        end = [Order("cancel_leg", {}, expires_in_s=30, call_id=call_id, leg_id=leg_id) for leg_id, call_id in stopped]
        put(session, now, *end)

    def give_up(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        work = begin_work(session, now)
        leg, call = locked_leg(work, int(order.leg_id or 0))
        if (_worker_died(order) or may_be_done(error)) and leg.ended_at is None:
            # Ringing the same mobile again might ring it twice. Its first event tells; were that lost, Twilio's list.
            waits_s = max(TELLS_WITHIN_S - (now - order.created_at).total_seconds(), 0.5)
            look = {
                "to": order.payload["to"],
                "since": order.created_at.isoformat(),
                "was_away": _worker_died(order),
            }
            put(
                session,
                now,
                Order("disbelieve_leg", look, expires_in_s=60, delay_s=waits_s, call_id=call.id, leg_id=leg.id),
            )
        else:
            _was_not_placed(work, leg, call, error)


class DisbelieveLeg(OneByOne):
    """Twilio did not say whether it created this leg, and nothing was heard of it: does Twilio list it?"""

    retry_pauses_s: tuple[float, ...] = (1.0,)
    repeatable = True

    def __init__(self, twilio: TwilioApi) -> None:
        self._twilio = twilio

    def still_wanted(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        leg = session.get(Leg, order.leg_id)
        return leg is not None and leg.ended_at is None and leg.leg_sid is None

    def perform(self, order: OutboxMessage) -> str | None:
        return self._twilio.live_call_to(order.payload["to"], datetime.fromisoformat(order.payload["since"]))

    def settle(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        work = begin_work(session, now)
        leg, call = locked_leg(work, int(order.leg_id or 0))
        others = session.scalar(select(Leg.id).where(Leg.leg_sid == result)) if result else None
        if result is None:
            _was_not_placed(work, leg, call, "silent")
        elif others is not None:
            # The mobile still rings for another leg, so this one was not made; but it must not be rung again now.
            self.give_up(session, order, "another leg's", now)
        elif leg.leg_sid is None:
            leg.leg_sid = result
            if leg.state == "queued":
                leg.state = "placed"
            elif leg.state == "cancelling":
                leg_life.hang_up(work, call, leg)

    def give_up(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """Nobody knows: the mobile stays claimed and holds up nobody, and other colleagues are rung first.

        Unless its events may have come while we were away: their absence tells nothing, so it is taken to ring.
        """
        if order.payload.get("was_away"):
            return
        leg, call = locked_leg(begin_work(session, now), int(order.leg_id or 0))
        if leg_life.doubt(leg) and call.step == Stage.HUNTING:
            call.rest_down = True


def _worker_died(order: OutboxMessage) -> bool:
    """Whether an order was taken before, by somebody who never told what came of it: it may have been done."""
    return order.attempts > 1 and order.error is None


def _was_not_placed(work: Work, leg: Leg, call: Call, error: str) -> None:
    if leg.leg_sid is not None or leg.initiated_at is not None:
        return  # Twilio made it after all: its events came
    if not leg_life.end(work, call, leg, LegResult.FAILED):
        return
    if error != "expired":
        # Nobody was rung, so the same person may be rung by <Dial>.
        call.offered_to = [code for code in call.offered_to if code != leg.consultant]
        call.rest_down = call.rest_down or call.step == Stage.HUNTING
    advance_and_fetch(work, call)


class CancelLeg(OneByOne):
    """End a leg that is not needed any more; one that is over already is ended."""

    retry_pauses_s: tuple[float, ...] = (0.5, 2, 5)
    repeatable = True
    again = Again.WHEN_ADMITTED

    def __init__(self, twilio: TwilioApi) -> None:
        self._twilio = twilio

    def still_wanted(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        for sid, unanswered in _TO_END(session.connection(), {"leg": order.leg_id}):
            # `perform` runs without a transaction, so what it needs travels with the order.
            order.payload = {"sid": sid, "unanswered": bool(unanswered)}
            return True
        return False

    def perform(self, order: OutboxMessage) -> None:
        sid = order.payload["sid"]
        if order.payload["unanswered"] and not _over(lambda: self._twilio.end_call(sid, unanswered=True)):
            return
        # Picked up, or picked up in the meantime: only `completed` ends it then.
        _over(lambda: self._twilio.end_call(sid))

    def settle(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        """Nothing: the leg's own last event frees the consultant."""

    def give_up(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """Nothing: the leg's timeout ends it, and the claim frees itself."""


class RedirectCaller(OneByOne):
    """Make a waiting caller's call ask its next document now."""

    retry_pauses_s: tuple[float, ...] = (0.3, 1)
    repeatable = True

    def __init__(self, twilio: TwilioApi, public_url: str) -> None:
        self._twilio = twilio
        self._public_url = public_url

    def which_are_wanted(
        self, session: Session, orders: Sequence[OutboxMessage], now: datetime
    ) -> Sequence[OutboxMessage]:
        # Calls are locked in the order of their ids, so that two dispatchers never wait for each other.
        return super().which_are_wanted(session, sorted(orders, key=lambda order: order.call_id or 0), now)

    def still_wanted(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        if order.error is not None and may_be_done(order.error):
            # Perhaps it is still carried out: asked once more, it would tear what the caller's own turn begins.
            self.give_up(session, order, order.error, now)
            return False
        values = {
            "call": order.call_id,
            "stage": order.payload["stage"],
            "leg": order.payload.get("leg", 0),
            "more": 1 if order.error is None else 0,  # a try that was certainly not carried out is not counted twice
            "now": now,
        }
        for sid, number in _TO_FETCH(session.connection(), values):
            order.payload = {**order.payload, "sid": sid, "fetch": number}
            return True
        return False

    def perform(self, order: OutboxMessage) -> bool:
        # Each try has an address of its own: two of them may have an effect, and each is to be heard of.
        fetch = f"order={order.id}&fetch={order.payload['fetch']}"
        address = f"{self._public_url}/webhooks/call/{order.call_id}/resume?{fetch}"
        return _over(lambda: self._twilio.redirect_call(order.payload["sid"], address))

    def settle(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        """Twilio asks the document next; or the caller is gone and the word of it was lost: then look at once."""
        if result:
            look = Order("check_call", {"sid": order.payload["sid"]}, expires_in_s=60, call_id=order.call_id)
            put(session, now, look)

    def give_up(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """The next hold turn does the same, and need not wait for this request any longer."""
        work = begin_work(session, now)
        call = locked_call(work, int(order.call_id or 0))
        if error == "expired" or may_be_done(error):
            note_silence(call)
        else:
            note_over(call)
        if call.step == Stage.TALKING == order.payload["stage"]:
            # The colleague has left and no turn of the caller's own may come: asked until it works.
            fetch_caller(work, call, delay_s=ASK_AGAIN_S)


def _over(ask: Callable[[], None]) -> bool:
    """Ask something of a live call; True when Twilio says that the call is not in the state for it, mostly over."""
    try:
        ask()
    except RestError as error:
        if error.code in (str(CALL_NOT_LIVE), str(NOT_FOUND)):
            return True
        raise
    return False


def effects(twilio: TwilioApi, public_url: str) -> Mapping[str, Effect]:
    """The effects of calls, by kind of order."""
    return {
        "place_leg": PlaceLeg(twilio, public_url),
        "disbelieve_leg": DisbelieveLeg(twilio),
        "cancel_leg": CancelLeg(twilio),
        "redirect_caller": RedirectCaller(twilio, public_url),
    }
