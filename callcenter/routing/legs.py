"""What happens to our call to one mobile? Offered, ringing, picked up, accepted, stopped, ended: each once."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.stages import LegResult
from callcenter.presence import claims
from callcenter.presence.eligibility import counts_as_not_accepted
from callcenter.routing.claims import GRACE_S, claim, release
from callcenter.routing.work import Work
from callcenter.storage.base import table_of
from callcenter.storage.later import write_later
from callcenter.storage.prepared import PreparedRows
from callcenter.storage.totals import add, count
from callcenter.telephony.outbox import Order, put

# A person who picked up presses 1 within this time. After it the leg may still be accepted, but it keeps no colleague
# from being rung: it is mostly a personal voicemail.
PATIENCE = timedelta(seconds=8)
# A busy signal comes at once; a `busy` after ringing is a person who pressed it away.
DECLINE_S = 3
DOUBTED = "doubted"

_NEW_LEG = ("id", "call_id", "consultant", "tier", "kind", "state", "offered_at", "ring_timeout_s", "expires_at")
_INSERT = PreparedRows(table_of(Leg), _NEW_LEG)
_INSERT_AND_NUMBER = PreparedRows(table_of(Leg), _NEW_LEG, ("consultant", "id"))
# Consultants who were claimed, in the order in which they are rung, and the id that each one's leg will have if known.
Claimed = Mapping[str, int | None]


def claim_some(
    work: Work, call: Call, consultants: Sequence[str], ring_s: int, room: int, *, if_nobody_waits: bool = False
) -> tuple[Claimed, list[str]]:
    """Claim up to `room` of these consultants, in order. Returns whom we got and who is left for later; someone whom
    another call took meanwhile is in neither. if_nobody_waits: as in `claim`."""
    assert work.rota is not None
    until = work.now + timedelta(seconds=ring_s + GRACE_S)
    left = list(consultants)
    got: dict[str, int | None] = {}
    while left and len(got) < room:
        wanted, left = left[: room - len(got)], left[room - len(got) :]
        wanted = claims.one_a_mobile(work.session, work.rota, wanted, work.now)
        claimed = (
            claim(work.session, wanted, call.call_sid, until, work.now, if_nobody_waits=if_nobody_waits)
            if wanted
            else {}
        )
        got |= {code: claimed[code] for code in wanted if code in claimed}
    return got, left


def place(work: Work, call: Call, line_number: str, claimed: Claimed, tier: str, ring_s: int) -> None:
    """Ring the mobiles of consultants already claimed, for `ring_s` seconds."""
    assert work.rota is not None
    ids = _new_legs(work, call, claimed, tier, ring_s, kind="rest")
    orders = [
        Order(
            "place_leg",
            {"to": work.rota.consultants[code].mobile, "from": line_number, "timeout_s": ring_s},
            expires_in_s=max(ring_s - 3, 3),
            call_id=call.id,
            leg_id=leg_id,
        )
        for code, leg_id in ids.items()
    ]
    put(work.session, work.now, *orders)


def place_by_dial(work: Work, call: Call, claimed: Claimed, tier: str, ring_s: int) -> int:
    """A leg that the caller's own <Dial> rings, for when REST is down. Returns its id."""
    (leg_id,) = _new_legs(work, call, claimed, tier, ring_s, kind="dial").values()
    return leg_id


def _new_legs(work: Work, call: Call, claimed: Claimed, tier: str, ring_s: int, kind: str) -> Mapping[str, int]:
    until = work.now + timedelta(seconds=ring_s + GRACE_S)
    rows = [
        dict(zip(_NEW_LEG, (leg_id, call.id, code, tier, kind, "queued", work.now, ring_s, until), strict=True))
        for code, leg_id in claimed.items()
    ]
    if None in claimed.values():
        # The database does not promise an order; within one batch a consultant occurs once.
        ids: dict[str, int] = dict(_INSERT_AND_NUMBER(work.session.connection(), rows))
    else:
        write_later(work.session, *_INSERT.of(rows))
        ids = {code: leg_id for code, leg_id in claimed.items() if leg_id is not None}
    return {code: ids[code] for code in claimed}


def ring_seconds(until: datetime, now: datetime) -> int:
    """Whole seconds a mobile may ring until an instant; at least Twilio's shortest useful timeout."""
    return max(5, math.ceil((until - now).total_seconds()))


def is_ringing(leg: Leg) -> bool:
    """Whether this mobile rings, or will in a moment."""
    return leg.result is None and leg.picked_up_at is None


def is_doubted(leg: Leg) -> bool:
    """Whether nobody can say if this mobile rings: neither Twilio's answer, nor an event, nor its list."""
    return leg.result is None and leg.state == DOUBTED


def doubt(leg: Leg) -> bool:
    """Nobody can say whether Twilio made this leg. False when it has told so itself by now, or nobody needs it."""
    if leg.result is not None or leg.leg_sid is not None or leg.initiated_at is not None:
        return False
    leg.state = DOUBTED
    return True


def is_screening(leg: Leg) -> bool:
    """Whether somebody, or a personal voicemail, picked up and has not chosen yet."""
    return leg.result is None and leg.picked_up_at is not None


def holds_a_place(leg: Leg, now: datetime) -> bool:
    """Whether this leg counts among those a tier rings at once."""
    if leg.picked_up_at is None:
        return is_ringing(leg) and not is_doubted(leg)
    return is_screening(leg) and now < leg.picked_up_at + PATIENCE


def set_result(work: Work, call: Call, leg: Leg, result: LegResult, *, refusal: bool = True) -> None:
    """Fix what became of a leg; the first result stays. refusal: whether not accepting it counts towards a pause."""
    if leg.result is not None:
        return
    leg.result = result
    until = leg.picked_up_at or work.now
    leg.ring_s = round(max(0.0, (until - (leg.initiated_at or leg.offered_at)).total_seconds()), 1)
    add(work.session, count("callcenter_legs_total", line=str(call.line_id), tier=leg.tier, result=result))
    if refusal and work.rota is not None and counts_as_not_accepted(result, leg.ring_s):
        presence = work.rota.policy.presence
        claims.note_not_accepted(
            work.session,
            leg.consultant,
            work.now,
            after=presence.no_answer_after,
            pause_min=presence.no_answer_pause_min,
        )


def stop(work: Work, call: Call, legs: Iterable[Leg], result: LegResult) -> None:
    """Hang up legs that still ring. The claim stays until the leg's end is reported or the claim runs out: until then
    the mobile may still ring."""
    orders = []
    for leg in legs:
        if not is_ringing(leg):
            continue
        set_result(work, call, leg, result)
        if leg.kind == "rest":
            leg.state = "cancelling"
            orders.append(Order("cancel_leg", {}, expires_in_s=30, call_id=call.id, leg_id=leg.id))
    put(work.session, work.now, *orders)


def end(work: Work, call: Call, leg: Leg, result: LegResult, *, refusal: bool = True) -> bool:
    """The leg is over: fix its result and free the consultant. Returns False when that was known already."""
    if leg.ended_at is not None:
        return False
    set_result(work, call, leg, result, refusal=refusal)
    leg.ended_at = work.now
    leg.state = "ended"
    if leg.accepted_at is not None:
        wrap_up_s = work.rota.policy.hunt.wrap_up_s if work.rota else 0
        claims.end_talk(work.session, leg.consultant, call.call_sid, work.now, wrap_up_s)
    else:
        release(work.session, leg, call.call_sid)
    return True


def result_of_status(leg: Leg, status: str, now: datetime) -> LegResult:
    """The result that Twilio's final CallStatus means for a leg without one."""
    if status == "busy":
        since = (now - (leg.initiated_at or leg.offered_at)).total_seconds()
        return LegResult.DECLINED if leg.state == "ringing" or since >= DECLINE_S else LegResult.BUSY
    if status == "completed":
        return LegResult.VOICEMAIL
    return {
        "no-answer": LegResult.NO_ANSWER,
        "canceled": LegResult.CANCELLED,
    }.get(status, LegResult.FAILED)


def hang_up(work: Work, call: Call, leg: Leg, *, delay_s: float = 0) -> None:
    """End a leg that was picked up, unless it ends by itself within the delay; its own last event then frees the
    consultant."""
    order = Order("cancel_leg", {}, expires_in_s=60, delay_s=delay_s, call_id=call.id, leg_id=leg.id)
    put(work.session, work.now, order)
