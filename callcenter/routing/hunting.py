"""How does the hunt go on? Applies its next step to a stored call: rings, waits, or lets the caller leave word."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import or_, select

from callcenter.callbacks.rules import due_at
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.stages import LegResult, Stage
from callcenter.presence import claims
from callcenter.rota.model import Tier
from callcenter.routing.claims import GRACE_S
from callcenter.routing.fetching import fetch_caller
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
from callcenter.routing.plan import Plan, make_plan
from callcenter.routing.turn import Waiting, owed
from callcenter.routing.waiting import FIRST_IN_LINE, caller_of, preferred_seconds, turn_of
from callcenter.routing.work import Work, decide, line_number_of, live_legs, move, store_new

# The longest message, and the time it takes to hear the prompts around it.
STILL_SPEAKING = timedelta(minutes=4)
# A caller for whom more mobiles could ring than were free joins those who wait this long after.
LOOK_AGAIN = timedelta(seconds=1)


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
        # Of those nobody knows whether they were rung: `dial_next` sees to them.
        _end_tier_in_time(work, call, [leg for leg in legs if not is_doubted(leg)])
        # One is dialled at a time, in the caller's own turn, and only while no other mobile rings.
        call.next_due_at, call.places = call.deadline_at, 0 if _rings_surely(legs) else 1
        if work.now >= call.deadline_at:
            give_up(work, call, legs)
        return
    tiers = work.rota.policy.hunt.tiers
    look = Look(work, call)
    missed: frozenset[str] = frozenset()
    while True:
        _end_tier_in_time(work, call, legs)
        step = next_step(_hunt(call, legs, tiers, work.now), tiers, look.candidates, look.free_at, work.now)
        if isinstance(step, Wait):
            _wait(work, call, step, legs, look)
            return
        if isinstance(step, TakeMessage):
            give_up(work, call, legs)
            store_new(work, call)
            decide(work, call, f"message: {step.reason}", look.plan.reasons(None))
            return
        if _ring(work, call, step, look, line_number):
            return
        # Somebody waits who comes first, or others were quicker.
        missed |= frozenset(step.consultants) if look.line_is_known else frozenset()
        look = Look(work, call, missed)


class Look:
    """Who may be rung for a call now, and who later: worked out when the hunt first asks, which most turns do not."""

    def __init__(self, work: Work, call: Call, missed: frozenset[str] = frozenset()) -> None:
        self._work, self._call, self._missed = work, call, missed

    @cached_property
    def _seen(self) -> tuple[Plan, bool]:
        return _plan(self._work, self._call, self._missed)

    @property
    def plan(self) -> Plan:
        """Everybody on duty, as this caller may ring them; whose turn it is to serve another caller is left out."""
        return self._seen[0]

    @property
    def line_is_known(self) -> bool:
        """Whether it is known who else waits."""
        return self._seen[1]

    @cached_property
    def awaited(self) -> Mapping[str, datetime | None]:
        """Who could be rung within the cap, though not now, as `Plan.awaited`."""
        assert self._call.deadline_at is not None
        return self.plan.awaited(self._call.deadline_at - timedelta(seconds=MIN_RING_S))

    def candidates(self, tier: Tier) -> Sequence[str]:
        """Who of a tier may be rung now, in order."""
        return self.plan.candidates(tier)

    def free_at(self) -> Sequence[datetime | None]:
        """When those who are waited for come free, where that is known."""
        return list(self.awaited.values())


def advance_and_fetch(work: Work, call: Call) -> None:
    """Take a hunting call as far as it goes; when that ends the hunt, fetch the caller out of the hold turn."""
    advance(work, call)
    if call.step in (Stage.OFFERING, Stage.KEYING) and call.message_at == work.now:
        fetch_caller(work, call)


def dial_next(work: Work, call: Call) -> tuple[int, str, int] | None:
    """REST is down: the next colleague to be rung by the caller's own <Dial>: leg id, mobile and seconds to ring.

    None when a mobile still rings or somebody may come free (wait for that), or when nobody is left: then the call has
    moved on to a message.
    """
    assert work.rota is not None
    assert call.deadline_at is not None
    legs = live_legs(work.session, call)
    doubted = [leg for leg in legs if is_doubted(leg)]
    if _rings_surely(legs):
        return None
    look = Look(work, call)
    plan = look.plan
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
    if left_s >= MIN_RING_S and look.awaited:
        return None
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


def _plan(work: Work, call: Call, missed: frozenset[str] = frozenset()) -> tuple[Plan, bool]:
    """The plan, and whether it is known who else waits: then those whose turn it is to serve another are left out.

    missed: consultants whom another call is taking at this moment.
    """
    assert work.rota is not None
    states, waiting = work.look()
    plan = make_plan(work.rota, caller_of(call), states, work.now)
    unknown = [person.consultant for person in plan.on_duty if person.consultant not in plan.states]
    claims.know(work.session, unknown)
    others = [turn_of(other, plan) for other in waiting or () if other.caller.key != call.call_sid]
    if others and (mine := plan.may_ring(work.rota.policy.hunt.tiers)):
        me = Waiting(call.call_sid, call.received_at, call.preferred, len(mine), lambda: mine)
        behind_all = len(others) >= FIRST_IN_LINE and not work.for_the_clock
        missed = missed | (frozenset(mine) if behind_all else owed(me, others, preferred_seconds(work.rota), work.now))
    return (plan.with_owed(missed) if missed else plan), waiting is not None


def all_colleagues_talk(work: Work, call: Call) -> bool:
    """Whether every colleague who is there is on the telephone or being rung."""
    assert work.rota is not None
    states, _ = work.look()
    return make_plan(work.rota, caller_of(call), states, work.now).all_talk()


def is_first_in_line(work: Work, call: Call) -> bool:
    """Whether whoever comes free serves this caller before any other: nobody has waited longer, and nobody has refused
    this caller, who could serve a later one first."""
    assert work.rota is not None
    if call.offered_to:
        return False
    own_s = preferred_seconds(work.rota)
    hunting = (Call.ended_at.is_(None), Call.step.in_((Stage.HUNTING, Stage.DIALLING)), Call.id != call.id)
    ahead = [Call.received_at < call.received_at]
    if own_s is not None and (work.now - call.received_at).total_seconds() <= own_s:
        ahead.append(Call.preferred.is_not(None))  # a colleague serves the own caller first for so long
    return work.session.scalar(select(Call.id).where(*hunting, or_(*ahead)).limit(1)) is None


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


def _rings_surely(legs: Sequence[Leg]) -> bool:
    """Whether a mobile rings or was picked up, as far as anybody can say."""
    return any((is_ringing(leg) or is_screening(leg)) and not is_doubted(leg) for leg in legs)


def _hunt(call: Call, legs: list[Leg], tiers: Sequence[Tier], now: datetime) -> Hunt:
    assert call.deadline_at is not None
    current = tiers[call.tier].name if 0 <= call.tier < len(tiers) else None
    holding = [leg for leg in legs if holds_a_place(leg, now)]
    known = {tier.name for tier in tiers}  # a rota loaded meanwhile may call this tier otherwise
    return Hunt(
        tier=call.tier,
        tier_ends_at=call.tier_ends_at,
        deadline_at=call.deadline_at,
        order=tuple(call.tier_list),
        ringing=sum(leg.tier == current or leg.tier not in known for leg in holding),
        ringing_in_all=len(holding),
        screening=sum(is_screening(leg) for leg in legs),
    )


def _wait(work: Work, call: Call, step: Wait, legs: list[Leg], look: Look) -> None:
    """Nothing to do this second. When all tiers were tried, the decision record says for whom the caller waits."""
    assert work.rota is not None
    assert call.deadline_at is not None
    all_tried = step.position == len(work.rota.policy.hunt.tiers) and not any(
        holds_a_place(leg, work.now) for leg in legs
    )
    begins = all_tried and (call.tier != step.position or call.tier_ends_at is not None)
    if begins:
        call.tier_ends_at, call.tier_list = None, []
    call.tier, call.places = step.position, step.places
    looks = [leg.picked_up_at + PATIENCE for leg in legs if is_screening(leg) and leg.picked_up_at]
    if call.tier_ends_at is not None:
        looks.append(call.tier_ends_at)
    call.next_due_at = min([step.until, call.deadline_at, *(at for at in looks if at > work.now)])
    store_new(work, call)
    if begins and look.awaited:
        decide(work, call, "wait", look.plan.reasons(None, look.awaited))


def _end_tier_in_time(work: Work, call: Call, legs: list[Leg]) -> None:
    if call.tier_ends_at is not None and work.now >= call.tier_ends_at:
        stop(work, call, legs, LegResult.NO_ANSWER)
        call.tier_list = []


def _ring(work: Work, call: Call, step: Ring, look: Look, line_number: str | None) -> bool:
    """Ring some of a tier; False when other calls took them all meanwhile, or when it must first be known who waits."""
    assert work.rota is not None
    assert call.deadline_at is not None
    ring_s = ring_seconds(step.until, work.now)
    got, left = claim_some(work, call, step.consultants, ring_s, step.places, if_nobody_waits=not look.line_is_known)
    if not got:
        return False
    starts = step.starts or call.tier_ends_at is None
    call.tier = step.position
    call.tier_ends_at = step.until if starts else max(step.until, call.tier_ends_at or step.until)
    call.tier_list = left
    call.places = 0
    call.offered_to = [*call.offered_to, *got]
    call.next_due_at = min(step.until, call.deadline_at)
    if len(got) < step.places:
        # More could ring, were somebody free: the next look says so. Until then the call keeps nobody from others.
        call.next_due_at = min(call.next_due_at, work.now + LOOK_AGAIN)
    store_new(work, call)  # a new call is stored only now, complete
    decide(work, call, step.tier.name, look.plan.reasons(step.tier))
    place(work, call, line_number or line_number_of(work, call), got, step.tier.name, ring_s)
    return True


def late_start(work: Work, call: Call, leg: Leg) -> None:
    """Twilio began to ring later than we asked (its queue): the tier and the claim last as long from there."""
    until = work.now + timedelta(seconds=leg.ring_timeout_s)
    leg.expires_at = until + timedelta(seconds=GRACE_S)
    claims.extend(work.session, leg.consultant, call.call_sid, leg.expires_at)
    if call.tier_ends_at is not None and call.deadline_at is not None:
        call.tier_ends_at = min(max(call.tier_ends_at, until), call.deadline_at)
        call.next_due_at = min(call.next_due_at or call.tier_ends_at, call.tier_ends_at)
