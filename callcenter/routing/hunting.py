"""The hunt of a stored call: takes its next moves, rings mobiles, waits, or lets the caller leave a message."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import or_, select

from callcenter.callbacks.rules import due_at
from callcenter.calls.call import Call
from callcenter.calls.leg import PATIENCE, Leg
from callcenter.calls.stages import LegResult, Stage
from callcenter.presence import claims
from callcenter.rota.model import Tier
from callcenter.routing.hunt import MIN_RING_S, Hunt, Ring, TakeMessage, Wait, next_move
from callcenter.routing.plan import Caller, Plan, make_plan
from callcenter.routing.redirects import redirect_caller
from callcenter.routing.ringing import Claimed, claim_free, end_leg, ring, ring_by_dial, stop_ringing
from callcenter.routing.transaction import CallTransaction, line_number_of, live_legs, record_decision
from callcenter.routing.turn import WaitingCaller, assigned_to_others
from callcenter.routing.waiting_callers import (
    FIRST_IN_LINE,
    NOT_RUNG_AFTER_FORWARDING,
    instants_of,
    preferred_seconds,
    waiting_caller,
)

# The longest message and the prompts around it take this long.
STILL_SPEAKING = timedelta(minutes=4)
# If fewer mobiles were free than could ring, the call joins the waiting calls after this time.
JOIN_WAITING_AFTER = timedelta(seconds=1)
# Twilio's shortest useful timeout for a leg.
SHORTEST_RING_S = 5


@dataclass(frozen=True, slots=True)
class HuntResult:
    """The result of one step of a hunt: the decision to record, if any, and the consultants claimed to be rung.

    title, reasons: of the decision record; with consultants, the title is the tier's name. ring_s: seconds to ring.
    """

    title: str | None = None
    reasons: list[dict[str, object]] = field(default_factory=list)
    claimed: Claimed = field(default_factory=dict)
    ring_s: int = 0


def advance(tx: CallTransaction, call: Call) -> None:
    """Take the next move of a stored call's hunt and carry it out. Does nothing when the call is not hunting."""
    if not call.is_hunting:
        return
    legs = live_legs(tx.session, call)
    if call.rest_down:
        _wait_for_dial(tx, call, legs)
    else:
        carry_out(tx, call, take_move(tx, call, legs))


def take_move(tx: CallTransaction, call: Call, legs: list[Leg]) -> HuntResult:
    """Decide the next move, claim the consultants to be rung, and change the call. `carry_out` orders the ringing.

    The call need not be stored yet. legs: its live legs.
    """
    assert tx.rota is not None
    tiers = tx.rota.policy.hunt.tiers
    view = View(tx, call)
    missed: frozenset[str] = frozenset()
    while True:
        _end_tier_in_time(tx, call, legs)
        move = next_move(_hunt(call, legs, tiers, tx.now), tiers, view.candidates, view.free_at, tx.now)
        if isinstance(move, Wait):
            return _wait(tx, call, move, legs, view)
        if isinstance(move, TakeMessage):
            give_up(tx, call, legs)
            return HuntResult(f"message: {move.reason}", view.plan.reasons(None))
        taken = _claim(tx, call, move, view)
        if taken is not None:
            return taken
        # The consultants are assigned to another caller, or another call claimed them meanwhile: decide again.
        missed |= frozenset(move.consultants) if view.waiting_is_known else frozenset()
        view = View(tx, call, missed)


def carry_out(tx: CallTransaction, call: Call, move: HuntResult, line_number: str | None = None) -> None:
    """Record the decision of a move and order the ringing. line_number: of the call's line, None to read it."""
    if move.title is None:
        return
    record_decision(tx, call, move.title, move.reasons)
    if move.claimed:
        ring(tx, call, line_number or line_number_of(tx, call), move.claimed, move.title, move.ring_s)


class View:
    """The consultants who may be rung for a call now, and those who may be later. Computed on first use.

    missed: consultants whom another call is claiming at this moment.
    """

    def __init__(self, tx: CallTransaction, call: Call, missed: frozenset[str] = frozenset()) -> None:
        self._tx, self._call, self._missed = tx, call, missed

    @cached_property
    def _seen(self) -> tuple[Plan, bool]:
        return _plan(self._tx, self._call, self._missed)

    @property
    def plan(self) -> Plan:
        """The plan for this caller, without consultants who are assigned to another caller."""
        return self._seen[0]

    @property
    def waiting_is_known(self) -> bool:
        """Whether the other waiting callers were read."""
        return self._seen[1]

    @cached_property
    def free_later(self) -> Mapping[str, datetime | None]:
        """The consultants who may be rung later within the cap, as `Plan.free_later`."""
        assert self._call.deadline_at is not None
        return self.plan.free_later(self._call.deadline_at - timedelta(seconds=MIN_RING_S))

    def candidates(self, tier: Tier) -> Sequence[str]:
        """The consultants of a tier who may be rung now, in order."""
        return self.plan.candidates(tier)

    def free_at(self) -> Sequence[datetime | None]:
        """When each consultant of `free_later` comes free (UTC); None where that depends on an event."""
        return list(self.free_later.values())


def advance_and_redirect(tx: CallTransaction, call: Call) -> None:
    """`advance`; when that ends the hunt, redirect the caller out of the hold turn."""
    advance(tx, call)
    if call.stage in (Stage.OFFERING, Stage.KEYING) and call.message_at == tx.now:
        redirect_caller(tx, call)


def dial_next(tx: CallTransaction, call: Call) -> tuple[int, str, int] | None:
    """Choose the next consultant for the caller's own <Dial>, while REST is down.

    Returns the leg's id, the mobile (E.164) and the seconds to ring. Returns None to wait while a mobile rings or
    somebody may come free, and after `give_up` when nobody is left.
    """
    assert tx.rota is not None
    assert call.deadline_at is not None
    legs = live_legs(tx.session, call)
    doubted = [leg for leg in legs if leg.is_doubted]
    if _rings_surely(legs):
        return None
    view = View(tx, call)
    plan = view.plan
    left_s = int((call.deadline_at - tx.now).total_seconds())
    for tier in tx.rota.policy.hunt.tiers:
        for code in plan.candidates(tier):
            ring_s = min(tier.ring_s, left_s)
            if ring_s >= MIN_RING_S and (claimed := claim_free(tx, call, [code], ring_s, 1)[0]):
                call.offer_to([code])
                record_decision(tx, call, f"dial: {tier.name}", plan.reasons(tier))
                call.go_to(Stage.DIALLING, tx.now)
                return ring_by_dial(tx, call, claimed, tier.name, ring_s), tx.rota.consultants[code].mobile, ring_s
    if doubted:
        # No event of these legs came, so the mobiles probably did not ring. Nobody else is left: dial them.
        for leg in doubted:
            end_leg(tx, call, leg, LegResult.FAILED)
        call.withdraw_offer({leg.consultant for leg in doubted})
        return dial_next(tx, call)
    if left_s >= MIN_RING_S and view.free_later:
        return None
    record_decision(tx, call, "message: exhausted", plan.reasons(None))
    give_up(tx, call, legs)
    return None


def leave_dial(tx: CallTransaction, call: Call) -> None:
    """End the <Dial> legs of a call: the document never reached the caller, or its end was never reported.

    The hunt goes on. A consultant whose mobile did not ring may be rung again.
    """
    for leg in live_legs(tx.session, call):
        if leg.kind != "dial":
            continue
        rung = leg.initiated_at is not None or leg.picked_up_at is not None
        end_leg(tx, call, leg, LegResult.NO_ANSWER if rung else LegResult.FAILED, refusal=False)
        if not rung:
            call.withdraw_offer([leg.consultant])
    call.go_to(Stage.HUNTING, tx.now)


def caller_of(call: Call) -> Caller:
    """The `Caller` of a call, for the plan."""
    return Caller(
        call.call_sid,
        call.preferred,
        frozenset(call.areas),
        frozenset(call.offered_to),
        call.rescued_for,
        call.received_at + NOT_RUNG_AFTER_FORWARDING,
        call.staff,
        instants_of(call.engaged),
    )


def _plan(tx: CallTransaction, call: Call, missed: frozenset[str] = frozenset()) -> tuple[Plan, bool]:
    """The plan, and whether the other waiting callers were read.

    If they were, the plan leaves out the consultants assigned to another caller.
    """
    assert tx.rota is not None
    states, waiting = tx.states_and_waiting()
    plan = make_plan(tx.rota, caller_of(call), states, tx.now)
    claims.insert_missing(
        tx.session, [person.consultant for person in plan.on_duty if person.consultant not in plan.states]
    )
    others = [waiting_caller(other, plan) for other in waiting or () if other.caller.key != call.call_sid]
    if others and (mine := plan.may_ring(tx.rota.policy.hunt.tiers)):
        me = WaitingCaller(call.call_sid, call.received_at, call.preferred, len(mine), lambda: mine)
        behind_all = len(others) >= FIRST_IN_LINE and not tx.for_the_clock
        missed = missed | (
            frozenset(mine) if behind_all else assigned_to_others(me, others, preferred_seconds(tx.rota), tx.now)
        )
    return (plan.without(missed) if missed else plan), waiting is not None


def all_are_occupied(tx: CallTransaction, call: Call) -> bool:
    """Whether every available consultant is on the telephone or being rung."""
    assert tx.rota is not None
    states = claims.person_states(tx.session)
    return make_plan(tx.rota, caller_of(call), states, tx.now).all_are_occupied()


def is_first_in_line(tx: CallTransaction, call: Call) -> bool:
    """Whether the next consultant who comes free certainly serves this caller.

    That is so when no other caller has waited longer and no consultant was offered this caller yet: a consultant who
    refused this caller would serve a later one.
    """
    assert tx.rota is not None
    if call.offered_to:
        return False
    own_s = preferred_seconds(tx.rota)
    hunting = (Call.ended_at.is_(None), Call.stage.in_((Stage.HUNTING, Stage.DIALLING)), Call.id != call.id)
    ahead = [Call.received_at < call.received_at]
    if own_s is not None and (tx.now - call.received_at).total_seconds() <= own_s:
        ahead.append(Call.preferred.is_not(None))  # within this time a preferred consultant serves the own caller first
    return tx.session.scalar(select(Call.id).where(*hunting, or_(*ahead)).limit(1)) is None


def give_up(tx: CallTransaction, call: Call, legs: list[Leg]) -> None:
    """End the hunt without an answer: stop the mobiles and let the caller leave a message or key in a number."""
    stop_ringing(tx, call, legs, LegResult.NO_ANSWER)
    call.offer_message(tx.now, stage=Stage.OFFERING if call.from_number else Stage.KEYING)
    store_promised_time(tx, call, later_reason(tx))


def later_reason(tx: CallTransaction) -> str:
    """The callback reason with the later due time. The caller may leave a message or hang up, and the promised time
    must hold in both cases."""
    policy = tx.rota.policy.callbacks if tx.rota else None
    return "voicemail" if policy and policy.voicemail_min > policy.missed_min else "missed"


def store_promised_time(tx: CallTransaction, call: Call, reason: str) -> None:
    """Store the time promised to the caller; the callback is created at the end of the call. It counts from the longest
    message's end, so that the callback's due time is never later than the promise."""
    if tx.rota is not None:
        call.promise(due_at(tx.rota, reason, tx.now + STILL_SPEAKING))


def _wait_for_dial(tx: CallTransaction, call: Call, legs: list[Leg]) -> None:
    """Prepare the call for `dial_next`: the caller's own hold turn dials one mobile, while no other mobile rings."""
    assert call.deadline_at is not None
    # `dial_next` ends the doubted legs.
    _end_tier_in_time(tx, call, [leg for leg in legs if not leg.is_doubted])
    call.wait_for_dial(0 if _rings_surely(legs) else 1)
    if tx.now >= call.deadline_at:
        give_up(tx, call, legs)


def _rings_surely(legs: Sequence[Leg]) -> bool:
    """Whether a mobile rings or was picked up. Legs that Twilio may not have created do not count."""
    return any((leg.is_ringing or leg.is_screening) and not leg.is_doubted for leg in legs)


def _hunt(call: Call, legs: list[Leg], tiers: Sequence[Tier], now: datetime) -> Hunt:
    assert call.deadline_at is not None
    current = tiers[call.tier].name if 0 <= call.tier < len(tiers) else None
    holding = [leg for leg in legs if leg.holds_a_place(now)]
    known = {tier.name for tier in tiers}  # a rota loaded meanwhile may have renamed the tier
    return Hunt(
        tier=call.tier,
        tier_ends_at=call.tier_ends_at,
        deadline_at=call.deadline_at,
        order=tuple(call.tier_list),
        ringing=sum(leg.tier == current or leg.tier not in known for leg in holding),
        ringing_in_all=len(holding),
        screening=sum(leg.is_screening for leg in legs),
    )


def _wait(tx: CallTransaction, call: Call, move: Wait, legs: list[Leg], view: View) -> HuntResult:
    """Wait until the next event or instant. After the last tier, the decision names those for whom the caller waits."""
    assert tx.rota is not None
    assert call.deadline_at is not None
    all_tried = move.position == len(tx.rota.policy.hunt.tiers) and not any(leg.holds_a_place(tx.now) for leg in legs)
    begins = all_tried and (call.tier != move.position or call.tier_ends_at is not None)
    if begins:
        call.wait_past_tiers()
    call.wait(move.position, move.places)
    looks = [leg.picked_up_at + PATIENCE for leg in legs if leg.is_screening and leg.picked_up_at]
    if call.tier_ends_at is not None:
        looks.append(call.tier_ends_at)
    call.advance_at(min([move.until, call.deadline_at, *(at for at in looks if at > tx.now)]))
    if begins and view.free_later:
        return HuntResult("wait", view.plan.reasons(None, view.free_later))
    return HuntResult()


def _end_tier_in_time(tx: CallTransaction, call: Call, legs: list[Leg]) -> None:
    if call.tier_ends_at is not None and tx.now >= call.tier_ends_at:
        stop_ringing(tx, call, legs, LegResult.NO_ANSWER)
        call.end_tier()


def _claim(tx: CallTransaction, call: Call, move: Ring, view: View) -> HuntResult | None:
    """Claim consultants of a tier. None when other calls claimed them all meanwhile, or when the waiting callers must
    be read first."""
    ring_s = max(SHORTEST_RING_S, math.ceil((move.until - tx.now).total_seconds()))
    claimed, left = claim_free(
        tx, call, move.consultants, ring_s, move.places, if_nobody_waits=not view.waiting_is_known
    )
    if not claimed:
        return None
    call.ring(move.position, claimed, left, move.until, starts=move.starts)
    if len(claimed) < move.places:
        # More mobiles could ring. The next check stores that in `places`; until then any call may claim a consultant.
        call.advance_by(tx.now + JOIN_WAITING_AFTER)
    return HuntResult(move.tier.name, view.plan.reasons(move.tier), claimed, ring_s)
