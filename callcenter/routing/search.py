"""How does the hunt go on? Applies its next step to a stored call: rings, waits, or lets the caller leave word."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property

from callcenter.callbacks.rules import due_at
from callcenter.rota import claims
from callcenter.rota.model import Tier
from callcenter.routing.claims import GRACE_S
from callcenter.routing.hunt import MIN_RING_S, Hunt, Ring, TakeMessage, Wait, next_step
from callcenter.routing.legs import (
    PATIENCE,
    claim_some,
    end,
    holds_a_place,
    is_doubted,
    is_ringing,
    is_screening,
    place,
    place_by_dial,
    ring_seconds,
    stop,
)
from callcenter.routing.plan import Caller, Plan, make_plan
from callcenter.routing.records import Call, Leg
from callcenter.routing.states import LegResult, Stage
from callcenter.routing.work import Work, decide, line_number_of, live_legs, move, store_new
from callcenter.telephony.outbox import Order, put

# The longest message, and the time it takes to hear the prompts around it.
STILL_SPEAKING = timedelta(minutes=4)


def advance(work: Work, call: Call, line_number: str | None = None, legs: list[Leg] | None = None) -> None:
    """Take a hunting call as far as it goes now. Does nothing when the call is not in the hunt.

    line_number: the line's own number when the caller of this function knows it already; legs likewise.
    """
    if call.step != Stage.HUNTING:
        return
    assert work.rota is not None
    assert call.deadline_at is not None
    if legs is None:
        legs = live_legs(work.session, call)
    if call.rest_down:
        _end_tier_in_time(work, call, legs)
        call.next_due_at = call.deadline_at
        if work.now >= call.deadline_at:
            give_up(work, call, legs)
        return
    tiers = work.rota.policy.hunt.tiers
    look = _Look(work, call)
    while True:
        _end_tier_in_time(work, call, legs)
        step = next_step(_hunt(call, legs, tiers, work.now), tiers, look.candidates, work.now)
        if isinstance(step, Wait):
            places = [leg.picked_up_at + PATIENCE for leg in legs if is_screening(leg) and leg.picked_up_at]
            call.next_due_at = min([step.until, call.deadline_at, *(at for at in places if at > work.now)])
            return
        if isinstance(step, TakeMessage):
            give_up(work, call, legs)
            store_new(work, call)
            decide(work, call, f"message: {step.reason}", look.plan.reasons(None))
            return
        if _ring(work, call, step, look.plan, line_number):
            return
        look = _Look(work, call)  # somebody was taken by another call meanwhile


class _Look:
    """A plan that is made when the hunt first asks for one: most turns of waiting do not."""

    def __init__(self, work: Work, call: Call) -> None:
        self._work, self._call = work, call

    @cached_property
    def plan(self) -> Plan:
        """Who may be rung now."""
        return plan_for(self._work, self._call)

    def candidates(self, tier: Tier) -> Sequence[str]:
        """Who of a tier may be rung now, in order."""
        return self.plan.candidates(tier)


def advance_and_fetch(work: Work, call: Call) -> None:
    """Take a hunting call as far as it goes; when that ends the hunt, fetch the caller out of the hold turn."""
    advance(work, call)
    if call.step in (Stage.OFFERING, Stage.KEYING) and call.message_at == work.now:
        fetch_caller(work, call)


def dial_next(work: Work, call: Call) -> tuple[int, str, int] | None:
    """REST is down: the next colleague to be rung by the caller's own <Dial>: leg id, mobile and seconds to ring.

    None when a mobile still rings (wait for it), or when nobody is left: then the call has moved on to a message.
    """
    assert work.rota is not None
    assert call.deadline_at is not None
    legs = live_legs(work.session, call)
    doubted = [leg for leg in legs if is_doubted(leg)]
    if any((is_ringing(leg) or is_screening(leg)) and leg not in doubted for leg in legs):
        return None
    plan = plan_for(work, call)
    left_s = int((call.deadline_at - work.now).total_seconds())
    for tier in work.rota.policy.hunt.tiers:
        for code in plan.candidates(tier):
            ring_s = min(tier.ring_s, left_s)
            if ring_s >= MIN_RING_S and (claimed := claim_some(work, call, [code], ring_s, 1)[0]):
                call.offered_to = [*call.offered_to, code]
                decide(work, call, f"dial: {tier.name}", plan.reasons(tier))
                move(call, Stage.DIALLING, work.now)
                return place_by_dial(work, call, claimed, tier.name, ring_s), work.rota.consultants[code].mobile, ring_s
    if doubted:
        # REST is gone altogether and no event came either: they were hardly rung, and nobody else is left.
        for leg in doubted:
            end(work, call, leg, LegResult.FAILED)
        call.offered_to = [code for code in call.offered_to if code not in {leg.consultant for leg in doubted}]
        return dial_next(work, call)
    decide(work, call, "message: exhausted", plan.reasons(None))
    give_up(work, call, legs)
    return None


def leave_dial(work: Work, call: Call) -> None:
    """No <Dial> of this call is running: its document never reached the caller, or its end was never told. The hunt
    goes on; who was not rung may be rung again."""
    for leg in live_legs(work.session, call):
        if leg.kind != "dial":
            continue
        rung = leg.initiated_at is not None or leg.picked_up_at is not None
        end(work, call, leg, LegResult.NO_ANSWER if rung else LegResult.FAILED, refusal=False)
        if not rung:
            call.offered_to = [code for code in call.offered_to if code != leg.consultant]
    move(call, Stage.HUNTING, work.now)


def plan_for(work: Work, call: Call) -> Plan:
    """Who may be rung for this call now."""
    assert work.rota is not None
    caller = Caller(call.call_sid, call.preferred, frozenset(call.areas))
    plan = make_plan(work.rota, caller, work.states(), work.now, call.offered_to)
    unknown = [person.consultant for person in plan.on_duty if person.consultant not in plan.states]
    claims.know(work.session, unknown)
    return plan


def give_up(work: Work, call: Call, legs: list[Leg]) -> None:
    """Nobody comes: the caller may leave a message or key in a number; what still rings is stopped."""
    stop(work, call, legs, LegResult.NO_ANSWER)
    move(call, Stage.OFFERING if call.from_number else Stage.KEYING, work.now)
    call.message_at = work.now
    note_promise(work, call, later_reason(work))


def later_reason(work: Work) -> str:
    """The caller may leave a message or hang up: the time we tell must hold for both."""
    policy = work.rota.policy.callbacks if work.rota else None
    return "voicemail" if policy and policy.voicemail_min > policy.missed_min else "missed"


def note_promise(work: Work, call: Call, reason: str) -> None:
    """Fix the time by which we tell the caller that we ring back: what is due by the policy, counted from the end of
    what the caller may still say, so that what is told is never earlier than what is kept."""
    if work.rota is not None:
        call.promised_at = due_at(work.rota, reason, work.now + STILL_SPEAKING)


def fetch_caller(work: Work, call: Call, *, delay_s: float = 0, only_in: Stage | None = None) -> None:
    """Make the caller's call ask what to do now, instead of at the end of its hold turn. Were this request to fail,
    the next hold turn does the same."""
    wanted_in = str(only_in or call.step)
    put(
        work.session,
        work.now,
        Order("redirect_caller", {"stage": wanted_in}, expires_in_s=15, delay_s=delay_s, call_id=call.id),
    )


def _hunt(call: Call, legs: list[Leg], tiers: Sequence[Tier], now: datetime) -> Hunt:
    assert call.deadline_at is not None
    current = tiers[call.tier].name if call.tier >= 0 else None
    return Hunt(
        tier=call.tier,
        tier_ends_at=call.tier_ends_at,
        deadline_at=call.deadline_at,
        waiting=tuple(call.tier_list),
        ringing=sum(leg.tier == current and holds_a_place(leg, now) for leg in legs),
        screening=sum(is_screening(leg) for leg in legs),
    )


def _end_tier_in_time(work: Work, call: Call, legs: list[Leg]) -> None:
    if call.tier_ends_at is not None and work.now >= call.tier_ends_at:
        stop(work, call, legs, LegResult.NO_ANSWER)
        call.tier_list = []


def _ring(work: Work, call: Call, step: Ring, plan: Plan, line_number: str | None) -> bool:
    """Ring some of a tier; False when other calls took them all meanwhile."""
    assert work.rota is not None
    assert call.deadline_at is not None
    tier = work.rota.policy.hunt.tiers[step.tier]
    ring_s = ring_seconds(step.until, work.now)
    got, left = claim_some(work, call, step.consultants, ring_s, step.at_once)
    call.tier = step.tier
    call.tier_ends_at = step.until
    call.tier_list = left
    call.offered_to = [*call.offered_to, *got]
    call.next_due_at = min(step.until, call.deadline_at)
    store_new(work, call)  # a new call is stored only now, complete
    if step.starts_tier:
        decide(work, call, tier.name, plan.reasons(tier))
    if got:
        place(work, call, line_number or line_number_of(work, call), got, tier.name, ring_s)
    return bool(got)


def late_start(work: Work, call: Call, leg: Leg) -> None:
    """Twilio began to ring later than we asked (its queue): the tier and the claim last as long from there."""
    until = work.now + timedelta(seconds=leg.ring_timeout_s)
    leg.expires_at = until + timedelta(seconds=GRACE_S)
    claims.extend(work.session, leg.consultant, call.call_sid, leg.expires_at)
    if call.tier_ends_at is not None and call.deadline_at is not None:
        call.tier_ends_at = min(max(call.tier_ends_at, until), call.deadline_at)
        call.next_due_at = call.tier_ends_at
