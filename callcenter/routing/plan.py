"""Who may be rung this second, in which order, and why not the others? Pure: duty, presence and load in, lists out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from callcenter.rota.duty import present
from callcenter.rota.model import OnDuty, Rota, Tier
from callcenter.rota.presence import PersonState, Standing, eligibility, may_ring, ring_order


@dataclass(frozen=True, slots=True)
class Caller:
    """What the plan must know of a caller. areas: case-folded municipalities and regions; key: stable per call."""

    key: str
    preferred: str | None = None
    areas: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Plan:
    """Everybody on duty at one instant, with their standing towards one caller."""

    rota: Rota
    caller: Caller
    on_duty: Sequence[OnDuty]
    states: Mapping[str, PersonState]
    now: datetime
    offered: Collection[str] = field(default_factory=frozenset)

    @cached_property
    def _people(self) -> Mapping[str, PersonState]:
        codes = (person.consultant for person in self.on_duty)
        return {code: self.states.get(code) or PersonState(code) for code in codes}

    @cached_property
    def standings(self) -> Mapping[str, Standing]:
        """Each person on duty: may he or she be rung, and if not, why."""
        until = {person.consultant: person.until for person in self.on_duty}
        return eligibility(self._people, until, self.now, self.rota.policy.presence)

    def candidates(self, tier: Tier) -> list[str]:
        """Who of a tier may be rung now, in the order of rota-rules.md ("Load, order, tiers")."""
        fit = [person.consultant for person in self.on_duty if self._why_not_in(tier, person) is None]
        standings = {code: self.standings[code] for code in fit}
        return ring_order(self._people, standings, self.caller.key)

    def reasons(self, tier: Tier | None) -> list[dict[str, object]]:
        """Each person on duty with the reason that he or she is rung (`rank`) or not in a tier, as stored."""
        ranked = self.candidates(tier) if tier else []
        found: list[dict[str, object]] = []
        for person in self.on_duty:
            code = person.consultant
            if code in ranked:
                found.append({"consultant": code, "reason": "offered", "rank": ranked.index(code) + 1})
                continue
            reason = self._why_not_in(tier, person) if tier else self._why_not(person, in_wrap_up=False)
            until = self.standings[code].until if reason == self.standings[code].why_not else None
            found.append({"consultant": code, "reason": reason, "until": until.isoformat() if until else None})
        return found

    def _why_not_in(self, tier: Tier, person: OnDuty) -> str | None:
        code = person.consultant
        if tier.who == "preferred":
            # A caller's own consultant is rung whatever role he or she has now.
            if code != self.caller.preferred:
                return "not_preferred"
        elif person.role != ("backup" if tier.who == "backup" else "line"):
            return "outside_role"
        if tier.who == "region" and not self._same_region(code):
            return "other_region"
        return self._why_not(person, in_wrap_up=self._is_last_for(tier, person))

    def _why_not(self, person: OnDuty, *, in_wrap_up: bool) -> str | None:
        if person.consultant in self.offered:
            return "already_offered"
        found = self.standings[person.consultant]
        return None if may_ring(found, last_tier=in_wrap_up) else found.why_not

    def _same_region(self, code: str) -> bool:
        consultant = self.rota.consultants.get(code)
        return consultant is not None and any(r.casefold() in self.caller.areas for r in consultant.regions)

    def _is_last_for(self, tier: Tier, person: OnDuty) -> bool:
        """Whether no later tier could ring this person: there, wrap-up does not count."""
        later = self.rota.policy.hunt.tiers[self.rota.policy.hunt.tiers.index(tier) + 1 :]
        serves = ("backup",) if person.role == "backup" else ("anyone",)
        return not any(t.who in serves for t in later)


def make_plan(
    rota: Rota, caller: Caller, states: Mapping[str, PersonState], now: datetime, offered: Collection[str] = ()
) -> Plan:
    """The plan at an instant. offered: consultants already rung in this hunt; each is asked once a call."""
    return Plan(rota, caller, present(rota, now), states, now, frozenset(offered))
