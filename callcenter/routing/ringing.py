"""Rings the mobiles of consultants: claims them, orders the legs, stops and ends them.

The states of a leg are in `calls.leg`. This module adds the claim on the consultant, the order to Twilio and the
counters.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.stages import LegResult
from callcenter.presence import claims
from callcenter.presence.claims import GRACE_S
from callcenter.presence.eligibility import counts_as_not_accepted
from callcenter.routing.transaction import CallTransaction
from callcenter.storage.base import numbered_rows, table_of
from callcenter.storage.statements import Prepared
from callcenter.storage.totals import add, count
from callcenter.telephony.outbox import Order, enqueue

_NEW_LEG = ("call_id", "consultant", "tier", "kind", "state", "offered_at", "ring_timeout_s", "expires_at")
_LEGS = table_of(Leg)
_INSERT = Prepared(insert(_LEGS), ("id", *_NEW_LEG))
_INSERT_RETURNING_IDS = Prepared(insert(_LEGS).returning(_LEGS.c.consultant, _LEGS.c.id), _NEW_LEG)
# Consultants who were claimed, in the order in which they are rung, each with the id of the leg where it is known.
Claimed = Mapping[str, int | None]


def claim_free(
    tx: CallTransaction,
    call: Call,
    consultants: Sequence[str],
    ring_s: int,
    room: int,
    *,
    if_nobody_waits: bool = False,
) -> tuple[Claimed, list[str]]:
    """Claim up to `room` of these consultants, in order, to ring them for `ring_s` seconds.

    Returns the claimed ones and those left over. A consultant whom another call claimed meanwhile is in neither.
    if_nobody_waits: as in `claims.claim`.
    """
    assert tx.rota is not None
    until = tx.now + timedelta(seconds=ring_s + GRACE_S)
    left = list(consultants)
    claimed: dict[str, int | None] = {}
    while left and len(claimed) < room:
        wanted, left = left[: room - len(claimed)], left[room - len(claimed) :]
        wanted = claims.lock_free_mobiles(tx.session, tx.rota, wanted, tx.now)
        if not wanted:
            continue
        got = claims.claim(tx.session, wanted, call.call_sid, until, tx.now, if_nobody_waits=if_nobody_waits)
        claimed |= {code: got[code] for code in wanted if code in got}
    return claimed, left


def ring(tx: CallTransaction, call: Call, line_number: str, claimed: Claimed, tier: str, ring_s: int) -> None:
    """Order Twilio to ring the mobiles of claimed consultants, for `ring_s` seconds."""
    assert tx.rota is not None
    legs = _insert_legs(tx, call, claimed, tier, ring_s, kind="rest")
    orders = [
        Order(
            "place_leg",
            {"to": tx.rota.consultants[code].mobile, "from": line_number, "timeout_s": ring_s},
            expires_in_s=max(ring_s - 3, 3),
            call_id=call.id,
            leg_id=leg_id,
        )
        for code, leg_id in legs.items()
    ]
    enqueue(tx.session, tx.now, *orders, batch=tx.batch)


def ring_by_dial(tx: CallTransaction, call: Call, claimed: Claimed, tier: str, ring_s: int) -> int:
    """Insert a leg that the caller's own <Dial> will ring, while REST is down. Returns its id."""
    (leg_id,) = _insert_legs(tx, call, claimed, tier, ring_s, kind="dial").values()
    return leg_id


def _insert_legs(
    tx: CallTransaction, call: Call, claimed: Claimed, tier: str, ring_s: int, kind: str
) -> Mapping[str, int]:
    until = tx.now + timedelta(seconds=ring_s + GRACE_S)
    new = [
        dict(zip(_NEW_LEG, (call.id, code, tier, kind, "queued", tx.now, ring_s, until), strict=True))
        for code in claimed
    ]
    if None in claimed.values():
        insert_legs = _INSERT_RETURNING_IDS.of_rows(len(new))
        ids: dict[str, int] = dict(insert_legs(tx.session.connection(), numbered_rows(new)))
        return {code: ids[code] for code in claimed}  # the order of the returned rows is not specified
    tx.batch.add_all(_INSERT, [{"id": leg_id, **row} for leg_id, row in zip(claimed.values(), new, strict=True)])
    return {code: leg_id for code, leg_id in claimed.items() if leg_id is not None}


def begin(tx: CallTransaction, call: Call, leg: Leg) -> None:
    """Twilio began to call this mobile. If that is later than ordered, the claim and the tier are prolonged."""
    if not leg.begin(tx.now):
        return
    if leg.state == "cancelling":
        # Cancelled while it was unknown whether Twilio had created it. Now it exists and must be ended.
        hang_up(tx, call, leg)
    elif leg.result is None and call.is_hunting:
        until = tx.now + timedelta(seconds=leg.ring_timeout_s)
        leg.prolong(until + timedelta(seconds=GRACE_S))
        claims.extend(tx.session, leg.consultant, call.call_sid, leg.expires_at)
        call.prolong_tier(until)


def note_result(tx: CallTransaction, call: Call, leg: Leg, result: LegResult, *, refusal: bool = True) -> None:
    """Store the result of the offer; the first result stays.

    refusal: if the consultant did not accept, count it towards the automatic pause.
    """
    if not leg.fix_result(result, tx.now):
        return
    add(tx.session, count("callcenter_legs_total", line=str(call.line_id), tier=leg.tier, result=result))
    if refusal and tx.rota is not None and counts_as_not_accepted(result, leg.ring_s):
        presence = tx.rota.policy.presence
        claims.note_not_accepted(
            tx.session,
            leg.consultant,
            tx.now,
            after=presence.no_answer_after,
            pause_min=presence.no_answer_pause_min,
        )


def stop_ringing(tx: CallTransaction, call: Call, legs: Iterable[Leg], result: LegResult) -> None:
    """Store the result of the legs that still ring, and order the end of those created by REST. Each claim stays until
    its leg's end is reported or the claim expires, because the mobile may ring until then."""
    orders = []
    for leg in legs:
        if not leg.is_ringing:
            continue
        note_result(tx, call, leg, result)
        if leg.kind == "rest":
            leg.cancel()
            orders.append(Order("cancel_leg", {}, expires_in_s=30, call_id=call.id, leg_id=leg.id))
    enqueue(tx.session, tx.now, *orders, batch=tx.batch)


def end_leg(
    tx: CallTransaction,
    call: Call,
    leg: Leg,
    result: LegResult,
    *,
    refusal: bool = True,
    at: datetime | None = None,
) -> bool:
    """The leg is over: fix its result and free the consultant. at: when it ended (UTC), if before now. Returns False
    when its end was stored before."""
    if leg.ended_at is not None:
        return False
    note_result(tx, call, leg, result, refusal=refusal)
    leg.end(at or tx.now)
    if leg.accepted_at is not None:
        wrap_up_s = tx.rota.policy.hunt.wrap_up_s if tx.rota else 0
        claims.end_talk(tx.session, leg.consultant, call.call_sid, tx.now, wrap_up_s)
    else:
        claims.release_after_leg(tx.session, leg, call.call_sid)
    return True


def hang_up(tx: CallTransaction, call: Call, leg: Leg, *, delay_s: float = 0) -> None:
    """Order the end of a leg after `delay_s` seconds; dropped if the leg has ended by then. The leg's last event frees
    the consultant."""
    order = Order("cancel_leg", {}, expires_in_s=60, delay_s=delay_s, call_id=call.id, leg_id=leg.id)
    enqueue(tx.session, tx.now, order, batch=tx.batch)
