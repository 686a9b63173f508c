"""Who may be rung this second, in which order, and why not the others? Pure: duty, presence and load in, lists out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from callcenter.rota.duty import present
from callcenter.rota.model import OnDuty, Role, Rota, Tier
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
    _by_tier: dict[Tier, "_InTier"] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def _people(self) -> Mapping[str, PersonState]:
        codes = (person.consultant for person in self.on_duty)
        return {code: self.states.get(code) or PersonState(code) for code in codes}

    @cached_property
    def standings(self) -> Mapping[str, Standing]:
        """Each person on duty: may he or she be rung, and if not, why."""
        until = {person.consultant: person.until for person in self.on_duty}
        return eligibility(self._people, until, self.now, self.rota.policy.presence)

    def candidates(self, tier: Tier) -> Sequence[str]:
        """Who of a tier may be rung now, in the order of rota-rules.md ("Load, order, tiers")."""
        return self._in(tier).ranked

    def reasons(self, tier: Tier | None) -> list[dict[str, object]]:
        """Each person on duty with the reason that he or she is rung (`rank`) or not in a tier, as stored."""
        if tier:
            why_not, ranked = self._in(tier)
        else:
            why_not, ranked = [self._why_not(person, in_wrap_up=False) for person in self.on_duty], ()
        found: list[dict[str, object]] = []
        for person, reason in zip(self.on_duty, why_not, strict=True):
            code = person.consultant
            if code in ranked:
                found.append({"consultant": code, "reason": "offered", "rank": ranked.index(code) + 1})
                continue
            until = self.standings[code].until if reason == self.standings[code].why_not else None
            found.append({"consultant": code, "reason": reason, "until": until.isoformat() if until else None})
        return found

    def _in(self, tier: Tier) -> "_InTier":
        if tier not in self._by_tier:
            last_for = {role: self._is_last_for(tier, role) for role in {person.role for person in self.on_duty}}
            why_not = [self._why_not_in(tier, person, is_last=last_for[person.role]) for person in self.on_duty]
            fit = [person.consultant for person, why in zip(self.on_duty, why_not, strict=True) if why is None]
            ranked = ring_order(self._people, {code: self.standings[code] for code in fit}, self.caller.key)
            self._by_tier[tier] = _InTier(why_not, ranked)
        return self._by_tier[tier]

    def _why_not_in(self, tier: Tier, person: OnDuty, *, is_last: bool) -> str | None:
        code = person.consultant
        if tier.who == "preferred":
            # A caller's own consultant is rung whatever role he or she has now.
            if code != self.caller.preferred:
                return "not_preferred"
        elif person.role != ("backup" if tier.who == "backup" else "line"):
            return "outside_role"
        if tier.who == "region" and not self._same_region(code):
            return "other_region"
        return self._why_not(person, in_wrap_up=is_last)

    def _why_not(self, person: OnDuty, *, in_wrap_up: bool) -> str | None:
        if person.consultant in self.offered:
            return "already_offered"
        found = self.standings[person.consultant]
        return None if may_ring(found, last_tier=in_wrap_up) else found.why_not

    def _same_region(self, code: str) -> bool:
        consultant = self.rota.consultants.get(code)
        return consultant is not None and any(r.casefold() in self.caller.areas for r in consultant.regions)

    def _is_last_for(self, tier: Tier, role: Role) -> bool:
        """Whether no later tier could ring people in this role: there, wrap-up does not count."""
        later = self.rota.policy.hunt.tiers[self.rota.policy.hunt.tiers.index(tier) + 1 :]
        serves = "backup" if role == "backup" else "anyone"
        return not any(t.who == serves for t in later)


class _InTier(NamedTuple):
    """Why each person on duty is not rung in a tier, None for who may be, and those in their order."""

    why_not: Sequence[str | None]
    ranked: Sequence[str]


def make_plan(
    rota: Rota, caller: Caller, states: Mapping[str, PersonState], now: datetime, offered: Collection[str] = ()
) -> Plan:
    """The plan at an instant. offered: consultants already rung in this hunt; each is asked once a call."""
    return Plan(rota, caller, present(rota, now), states, now, frozenset(offered))
