"""The consultants who may be rung for a caller at one instant, in order, and why the others may not. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from callcenter.presence.eligibility import PersonState, Standing, eligibility, may_ring, ring_order
from callcenter.rota.duty import present
from callcenter.rota.explain import explain
from callcenter.rota.model import OnDuty, Role, Rota, Tier


@dataclass(frozen=True, slots=True)
class Caller:
    """The properties of a caller on which the plan depends.

    key: stable per call; areas: case-folded municipalities and regions; offered: consultants already rung in this
    hunt, who are not rung again; forwarded_by: the consultant whose mobile forwarded this caller to the line, not rung
    before `forwarded_until`; staff: the consultant who rings the line, never rung for this call; engaged: the instant
    (UTC) from which a consultant whose mobile was engaged is rung once more.
    """

    key: str
    preferred: str | None = None
    areas: frozenset[str] = frozenset()
    offered: frozenset[str] = frozenset()
    forwarded_by: str | None = None
    forwarded_until: datetime | None = None
    staff: str | None = None
    engaged: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """The consultants on duty at one instant, and whether each may be rung for one caller.

    left_out: consultants who are free, but assigned to another caller (`routing.turn`).
    """

    rota: Rota
    caller: Caller
    on_duty: Sequence[OnDuty]
    states: Mapping[str, PersonState]
    now: datetime
    left_out: frozenset[str] = frozenset()
    _by_tier: dict[Tier, "_InTier"] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def _people(self) -> Mapping[str, PersonState]:
        codes = (person.consultant for person in self.on_duty)
        return {code: self.states.get(code) or PersonState(code) for code in codes}

    @cached_property
    def standings(self) -> Mapping[str, Standing]:
        """Whether each person on duty may be rung, and if not, why."""
        until = {person.consultant: person.until for person in self.on_duty}
        return eligibility(self._people, until, self.now, self.rota.policy.presence)

    def candidates(self, tier: Tier) -> Sequence[str]:
        """The consultants of a tier who may be rung now, in the order of docs/rota-rules.md ("Load, order, tiers")."""
        return self._in(tier).ranked

    def may_ring(self, tiers: Sequence[Tier]) -> Sequence[str]:
        """The consultants of some tiers who may be rung now, tier by tier."""
        return tuple(dict.fromkeys(code for tier in tiers for code in self.candidates(tier)))

    def free_later(self, last_start: datetime) -> Mapping[str, datetime | None]:
        """The consultants who may not be rung now but could be by `last_start` (UTC), each with the instant from which.

        The instant is None where it depends on an event, such as the end of a talk.
        """
        found: dict[str, datetime | None] = {}
        for person in self.on_duty:
            for tier in self.rota.policy.hunt.tiers:
                waits, free_at = self._comes_free(tier, person)
                if waits and (free_at is None or free_at <= last_start):
                    found[person.consultant] = free_at
                    break
        return found

    def all_are_occupied(self) -> bool:
        """Whether every available colleague is on the telephone or being rung. Colleagues who are busy, on a break or
        away do not count."""
        elsewhere = (self.caller.forwarded_by, self.caller.staff)
        why_not = {found.why_not for code, found in self.standings.items() if code not in elsewhere}
        here = why_not - {"busy", "break", "away"}
        return bool(here) and here <= {"on_call", "reserved"}

    def for_caller(self, caller: Caller) -> "Plan":
        """The plan of the same consultants and instant for another caller."""
        return self._sharing(replace(self, caller=caller, left_out=frozenset()))

    def without(self, left_out: frozenset[str]) -> "Plan":
        """The same plan without consultants who are assigned to another caller."""
        return self._sharing(replace(self, left_out=left_out))

    def _sharing(self, other: "Plan") -> "Plan":
        """Give another plan the values that do not depend on the caller, so that they are computed once."""
        vars(other).update(_people=self._people, standings=self.standings)
        return other

    def reasons(self, tier: Tier | None, free_later: Collection[str] = ()) -> list[dict[str, object]]:
        """The reasons of a decision as they are stored: for each person on duty the rank in the tier, or why not rung.

        tier: None when nobody is rung; free_later: the consultants for whom the caller waits (`waited_for`).
        """
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
            entry: dict[str, object] = {
                "consultant": code,
                "reason": reason,
                "until": until.isoformat() if until else None,
            }
            found.append({**entry, "waited_for": True} if code in free_later else entry)
        return found

    def _in(self, tier: Tier) -> "_InTier":
        if tier not in self._by_tier:
            last_for = {role: self._is_last_for(tier, role) for role in {person.role for person in self.on_duty}}
            why_not = [
                self._outside(tier, person) or self._why_not(person, in_wrap_up=last_for[person.role])
                for person in self.on_duty
            ]
            fit = [person.consultant for person, why in zip(self.on_duty, why_not, strict=True) if why is None]
            standings = {code: self.standings[code] for code in fit}
            ranked = ring_order(self._people, standings, self.caller.key) if fit else []
            self._by_tier[tier] = _InTier(why_not, ranked)
        return self._by_tier[tier]

    def _outside(self, tier: Tier, person: OnDuty) -> str | None:
        """Why a consultant does not belong to a tier, whatever their present state; None for one who does."""
        code = person.consultant
        if tier.who == "preferred":
            # A caller's own consultant is rung in any role.
            return None if code == self.caller.preferred else "not_preferred"
        if person.role != ("backup" if tier.who == "backup" else "line"):
            return "outside_role"
        return "other_region" if tier.who == "region" and not self._same_region(code) else None

    def _why_not(self, person: OnDuty, *, in_wrap_up: bool) -> str | None:
        code = person.consultant
        if code == self.caller.staff:
            return "is_the_caller"
        if code in self.caller.offered:
            return "already_offered"
        if self._forwarded_until(code) is not None:
            return "just_let_go"
        if self.now < self.caller.engaged.get(code, self.now):
            return "engaged"
        found = self.standings[code]
        if not may_ring(found, last_tier=in_wrap_up):
            return found.why_not
        return "turn_of_another" if code in self.left_out else None

    def _forwarded_until(self, code: str) -> datetime | None:
        until = self.caller.forwarded_until
        return until if code == self.caller.forwarded_by and until is not None and self.now < until else None

    def _comes_free(self, tier: Tier, person: OnDuty) -> tuple[bool, datetime | None]:
        """Whether a consultant who may not be rung in a tier now could be later, and from which instant if known."""
        code, is_last = person.consultant, self._is_last_for(tier, person.role)
        if self._outside(tier, person):
            return False, None
        why_not = self._why_not(person, in_wrap_up=is_last)
        if why_not is None or why_not in ("already_offered", "is_the_caller"):
            return False, None
        found = self.standings[code]
        instants = [at for at in (self._forwarded_until(code), self.caller.engaged.get(code)) if at is not None]
        if found.why_not == "not_planned":
            return False, None
        if not (found.why_not in ("on_call", "reserved") or may_ring(found, last_tier=is_last)):
            if found.until is None:
                return False, None
            instants.append(found.until)
        return True, max(instants, default=None)

    def _same_region(self, code: str) -> bool:
        consultant = self.rota.consultants.get(code)
        return consultant is not None and any(r.casefold() in self.caller.areas for r in consultant.regions)

    def _is_last_for(self, tier: Tier, role: Role) -> bool:
        """Whether no later tier could ring people in this role. In such a tier, people in wrap-up may be rung."""
        later = self.rota.policy.hunt.tiers[self.rota.policy.hunt.tiers.index(tier) + 1 :]
        serves = "backup" if role == "backup" else "anyone"
        return not any(t.who == serves for t in later)


class _InTier(NamedTuple):
    """One tier. why_not: for each person on duty, None for those who may be rung; ranked: those, in order."""

    why_not: Sequence[str | None]
    ranked: Sequence[str]


def make_plan(rota: Rota, caller: Caller, states: Mapping[str, PersonState], now: datetime) -> Plan:
    """The plan at an instant (UTC). states: the stored state of each consultant, by code."""
    return Plan(rota, caller, present(rota, now), states, now)


def absence_reasons(rota: Rota, named: Iterable[str], at: datetime) -> dict[str, str]:
    """The rota's reason for the absence of each consultant whom a decision does not name, by code."""
    known = set(named)
    return {code: explain(rota, code, at)[-1].code for code in rota.consultants if code not in known}


def with_absent_consultants(
    rota: Rota | None, reasons: Sequence[Mapping[str, Any]], at: datetime
) -> list[Mapping[str, Any]]:
    """A decision's reasons, completed with the consultants not on duty. rota: the one that decided, None if unknown."""
    named = [str(entry["consultant"]) for entry in reasons if "consultant" in entry]
    if rota is None or not named:
        return list(reasons)
    others = absence_reasons(rota, named, at)
    return [*reasons, *({"consultant": code, "reason": reason, "until": None} for code, reason in others.items())]
