"""Checks of the promises to waiting callers; each breach is one line.

A talk is not broken off, a hunt is not given up too early, nobody is passed over, and no message is closed unheard. The
checks use stored rows and what the stand-in recorded, not the reasons that the product stores. A call is skipped where
these do not suffice: REST was away, a rota was loaded meanwhile, or a consultant changed his or her presence.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision, Voicemail
from callcenter.calls.stages import LegResult, Outcome
from callcenter.lines.records import BlockedNumber
from callcenter.rota import versions
from callcenter.rota.model import Rota
from callcenter.routing.hunt import MIN_RING_S
from callcenter.standin.people.phones import Forwarded
from callcenter.standin.people.scripts import WITHHELD

if TYPE_CHECKING:
    from tests.support.town import Town

# A leg with one of these results was no offer: the same colleague may be rung again in this hunt.
NO_OFFER = frozenset({LegResult.CANCELLED, LegResult.FAILED})
REFUSED = frozenset({LegResult.DECLINED, LegResult.NO_ANSWER, LegResult.VOICEMAIL, LegResult.BUSY})
# Two events this close together may be decided in either order.
AT_ONCE = timedelta(seconds=1)
# A consultant who comes free with less than this left before the deadline cannot be rung in time.
TO_RING = timedelta(seconds=MIN_RING_S + 2)
# A caller whom the product redirects out of a talk must be back in it within this time.
PUT_BACK_S = 3.0


def breaches_of_turn(town: "Town") -> list[str]:
    """Every breach that the checks of this module find."""
    return [breach for check in CHECKS for breach in check(town)]


def torn_talks(town: "Town") -> Iterator[str]:
    """No REST request of the product ends a talk while both people are in it."""
    for torn in town.standin.torn_talks(PUT_BACK_S):
        ended_at = town.standin.exchange.calls[torn.call_sid].ended_at
        left = ended_at is not None and (ended_at - torn.at).total_seconds() <= PUT_BACK_S and torn.how == "redirect"
        if not left:  # a caller who hangs up at that moment cannot be put back
            yield f"the talk of {torn.call_sid} was torn by a {torn.how}"


def given_up(town: "Town") -> Iterator[str]:
    """No hunt ends while a consultant who was not rung could still come free within the cap."""
    story = _told(town)
    for call in story.calls:
        at = story.gave_up_at(call)
        if at is None or not story.is_plain(call):
            continue
        asked = {leg.consultant for leg in story.legs if leg.call_id == call.id and _was_made(leg)} | {call.staff}
        for code in story.on_duty(call, at):
            free_at = story.free_at(code, call, at)
            if code not in asked and free_at is not None and free_at + TO_RING < _deadline(call):
                yield f"call {call.id} was given up {(free_at - at).total_seconds():.1f} s before {code} came free"


def out_of_turn(town: "Town") -> Iterator[str]:
    """A consultant is rung for the caller who has waited longest, of those whom he or she may serve."""
    story = _told(town)
    by_id = {call.id: call for call in story.calls}
    for leg in story.legs:
        younger = by_id.get(leg.call_id or 0)
        if younger is None or leg.kind != "rest" or leg.consultant in town.spoken_for:
            continue
        for older in story.calls:
            if older.received_at < younger.received_at and story.is_passed_over(older, younger, leg):
                yield f"{leg.consultant} was rung for call {younger.id} while call {older.id} waited longer"


def closed_unheard(town: "Town") -> Iterator[str]:
    """No call closes a callback that holds a message nobody has heard."""
    closed = {callback.id for callback in town.callbacks() if callback.state == "resolved"}
    with town.session() as session:
        left = session.execute(select(Call.callback_id, Voicemail).join(Voicemail, Voicemail.id == Call.voicemail_id))
        for callback_id, voicemail in left:
            if callback_id in closed and voicemail.heard_at is None:
                yield f"callback {callback_id} was closed with a message that nobody has heard"


def rung_twice(town: "Town") -> Iterator[str]:
    """A consultant is rung once in a hunt, unless the earlier ring was cancelled, never made, or met an engaged
    mobile."""
    with town.session() as session:
        offers = session.execute(
            # A leg without any event was never made: the server was away until its order had expired.
            select(Leg.call_id, Leg.consultant).where(
                Leg.call_id.is_not(None), Leg.result.not_in({*NO_OFFER, LegResult.BUSY}), Leg.initiated_at.is_not(None)
            )
        )
        for (call_id, code), times in Counter((call_id, code) for call_id, code in offers).items():
            if times > 1:
                yield f"{code} was rung {times} times for call {call_id}"


def turned_away(town: "Town") -> Iterator[str]:
    """Only our own legs that come back, and blocked numbers, are rejected; every other number is a caller."""
    ours = {*town.lines, *town.mobiles, WITHHELD, ""}
    rejected = {call.call_sid for call in town.calls() if call.outcome == Outcome.REJECTED}
    with town.session() as session:
        ours |= set(session.scalars(select(BlockedNumber.number)))
    for telephone in town.standin.calls:
        if telephone.sid in rejected and telephone.from_ not in ours and not isinstance(telephone.person, Forwarded):
            yield f"{telephone.sid} is a caller and was turned away"


CHECKS: tuple[Callable[["Town"], Iterable[str]], ...] = (
    torn_talks,
    given_up,
    out_of_turn,
    closed_unheard,
    rung_twice,
    turned_away,
)


def _was_made(leg: Leg) -> bool:
    """Whether the leg counts as an offer: the mobile rang or could not be reached, and the ring was not cancelled."""
    return leg.result not in NO_OFFER or (leg.result == LegResult.FAILED and leg.leg_sid is not None)


def _deadline(call: Call) -> datetime:
    assert call.deadline_at is not None
    return call.deadline_at


@dataclass(frozen=True)
class _Story:
    """The stored rows about the calls of one journey."""

    town: "Town"
    rota: Rota
    calls: list[Call]
    legs: list[Leg]
    decisions: list[CallDecision]

    def is_plain(self, call: Call) -> bool:
        """Whether this hunt used REST legs only, under one rota."""
        legs = [leg for leg in self.legs if leg.call_id == call.id]
        if call.rest_down or call.deadline_at is None or any(leg.kind != "rest" for leg in legs):
            return False
        return not any(call.received_at <= at <= call.deadline_at for at in self.town.loaded_at)

    def gave_up_at(self, call: Call) -> datetime | None:
        """When the hunt ended before its cap and not by a key of the caller; None when it did not."""
        ends = (d.at for d in self.decisions if d.call_id == call.id and d.title.startswith("message:"))
        at = next(ends, None)
        return at if at is not None and call.deadline_at is not None and at < call.deadline_at else None

    def on_duty(self, call: Call, at: datetime) -> set[str]:
        """Consultants in the stored decision of that instant who did not change their presence in this journey."""
        told = next(d for d in self.decisions if d.call_id == call.id and d.at == at)
        names = {str(why["consultant"]) for why in told.reasons if "consultant" in why}
        return names - self.town.spoken_for

    def free_at(self, code: str, call: Call, at: datetime) -> datetime | None:
        """When a consultant whom another call held at an instant was free again.

        None when no other call held the consultant, or when unanswered rings paused him or her.
        """
        held = [leg for leg in self.legs if leg.consultant == code and leg.call_id != call.id and leg.ended_at]
        now = next((leg for leg in held if leg.offered_at < at - AT_ONCE and leg.ended_at and leg.ended_at > at), None)
        if now is None or now.ended_at is None:
            return None
        ended_at = now.ended_at
        before = [leg for leg in self.legs if leg.consultant == code and leg.ended_at and leg.ended_at <= ended_at]
        in_a_row = self.rota.policy.presence.no_answer_after
        last = sorted(before, key=lambda leg: leg.ended_at or at)[-in_a_row:]
        if len(last) == in_a_row and all(leg.result in REFUSED for leg in last):
            return None
        return ended_at + timedelta(seconds=self.rota.policy.hunt.wrap_up_s if now.accepted_at else 0)

    def is_passed_over(self, older: Call, younger: Call, leg: Leg) -> bool:
        """Whether `older`, who waited longer, could have had this ring."""
        at = leg.offered_at
        if not self.is_plain(older) or not self._waits(older, at):
            return False
        if leg.consultant in (older.rescued_for, older.staff):
            return False
        offers = [other for other in self.legs if other.call_id == older.id]
        if any(other.consultant == leg.consultant and other.offered_at <= at for other in offers):
            return False
        if younger.preferred == leg.consultant and at - older.received_at < self._preferred_first():
            return False
        began = self._anyone_since(older, at)
        if began is None or at - began < AT_ONCE:
            return False
        ringing = sum(o.offered_at <= at and (o.ended_at is None or o.ended_at > at - AT_ONCE) for o in offers)
        tiers = self.rota.policy.hunt.tiers
        anyone = next(tier for tier in tiers if tier.who == "anyone")
        # When mobiles begin to ring late, the tier lasts longer by the same time.
        nearly_over = -TO_RING <= began + timedelta(seconds=anyone.ring_s) - at <= TO_RING
        return ringing < min(tier.at_once for tier in tiers) and not nearly_over

    def _waits(self, call: Call, at: datetime) -> bool:
        """Whether a caller waits for a consultant at an instant, with time left to ring one."""
        if call.outcome == Outcome.REJECTED or call.deadline_at is None or call.deadline_at - at < TO_RING:
            return False
        if call.message_at is None and (call.wants_callback or call.voicemail_id or call.keyed_number):
            return False
        taken = [o.accepted_at for o in self.legs if o.call_id == call.id and o.accepted_at]
        ends = [end for end in (*taken, call.connected_at, call.message_at, call.ended_at) if end is not None]
        return call.received_at + AT_ONCE < at < min(ends, default=at) - AT_ONCE

    def _anyone_since(self, call: Call, at: datetime) -> datetime | None:
        """When a caller's hunt last reached the tier `anyone`; None when it has not by that instant."""
        name = next((tier.name for tier in self.rota.policy.hunt.tiers if tier.who == "anyone"), "")
        steps = [d.at for d in self.decisions if d.call_id == call.id and d.title == name and d.at <= at]
        return max(steps, default=None)

    def _preferred_first(self) -> timedelta:
        tiers = self.rota.policy.hunt.tiers
        return timedelta(seconds=next((tier.ring_s for tier in tiers if tier.who == "preferred"), 0))


def _told(town: "Town") -> _Story:
    with town.session() as session:
        active = versions.active(session)
        assert active is not None
        return _Story(
            town,
            active[1],
            list(session.scalars(select(Call).order_by(Call.id))),
            list(session.scalars(select(Leg).order_by(Leg.id))),
            list(session.scalars(select(CallDecision).order_by(CallDecision.id))),
        )
