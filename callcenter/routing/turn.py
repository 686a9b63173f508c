"""Assigns free consultants to waiting callers, the longest wait first. Pure functions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property


@dataclass(frozen=True)
class WaitingCaller:
    """A caller for whom more mobiles could ring now.

    since: when the call came in, UTC; preferred: this caller's own consultant; places: how many more mobiles could
    ring; compute_may_ring: returns the consultants who may be rung for this caller now, in order.
    """

    key: str
    since: datetime
    preferred: str | None
    places: int
    compute_may_ring: Callable[[], Sequence[str]]

    @cached_property
    def may_ring(self) -> Sequence[str]:
        """The consultants who may be rung for this caller now, in order; computed once."""
        return self.compute_may_ring()


def assign_consultants(
    waiting: Iterable[WaitingCaller], preferred_s: float | None, now: datetime
) -> Mapping[str, Sequence[str]]:
    """The consultants assigned to each waiting caller, by the caller's key (docs/rota-rules.md, Turn).

    The caller who has waited longest chooses first. No consultant is assigned twice. preferred_s: seconds that the
    policy's tier of own consultants lasts, None without such a tier. A preferred consultant serves the own caller
    first, as long as no other caller whom that consultant may serve has waited longer than `preferred_s`.
    """
    in_line = sorted(waiting, key=lambda caller: (caller.since, caller.key))
    own = {} if preferred_s is None else _own_first(in_line, timedelta(seconds=preferred_s), now)
    taken: set[str] = set()
    given: dict[str, Sequence[str]] = {}
    for caller in in_line:
        fit = [code for code in caller.may_ring if code not in taken and own.get(code, caller.key) == caller.key]
        fit.sort(key=lambda code: code not in own)  # a consultant who is only for this caller comes first
        given[caller.key] = fit[: caller.places]
        taken.update(given[caller.key])
    return given


def assigned_to_others(
    me: WaitingCaller, others: Iterable[WaitingCaller], preferred_s: float | None, now: datetime
) -> frozenset[str]:
    """The consultants who may be rung for `me`, but are assigned to another caller."""
    given = assign_consultants([me, *others], preferred_s, now)
    to_others = {code for key, codes in given.items() if key != me.key for code in codes}
    return frozenset(to_others.intersection(me.may_ring))


def _own_first(in_line: Sequence[WaitingCaller], within: timedelta, now: datetime) -> Mapping[str, str]:
    """The key of the own caller whom each preferred consultant serves first, by consultant."""
    found: dict[str, str] = {}
    for caller in in_line:
        code = caller.preferred
        if code is None or code in found or caller.places < 1 or code not in caller.may_ring:
            continue
        longest = next(other for other in in_line if code in other.may_ring)
        if now - longest.since <= within:
            found[code] = caller.key
    return found
