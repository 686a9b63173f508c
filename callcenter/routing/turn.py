"""Whose turn is it? Whoever comes free goes to the caller who has waited longest: a pure function of who waits."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property


@dataclass(frozen=True)
class Waiting:
    """A caller for whom more mobiles could ring now.

    since: when the call came in, UTC; preferred: this caller's own consultant; places: how many more mobiles could
    ring; ask: who may be rung for this caller this second, in order.
    """

    key: str
    since: datetime
    preferred: str | None
    places: int
    ask: Callable[[], Sequence[str]]

    @cached_property
    def may_ring(self) -> Sequence[str]:
        """Who may be rung for this caller this second, in order."""
        return self.ask()


def turns(waiting: Iterable[Waiting], preferred_s: float | None, now: datetime) -> Mapping[str, Sequence[str]]:
    """Whom each waiting caller may ring now, by key, first come first (docs/rota-rules.md, Turn). Nobody is
    given twice.

    preferred_s: how long the policy's tier of own consultants lasts, None without one. A preferred consultant serves
    the own caller first, but only while none of those whom he or she may serve has waited longer than that.
    """
    in_line = sorted(waiting, key=lambda caller: (caller.since, caller.key))
    own = {} if preferred_s is None else _own_first(in_line, timedelta(seconds=preferred_s), now)
    taken: set[str] = set()
    given: dict[str, Sequence[str]] = {}
    for caller in in_line:
        fit = [code for code in caller.may_ring if code not in taken and own.get(code, caller.key) == caller.key]
        fit.sort(key=lambda code: code not in own)  # the own consultant first: nobody else may have him or her
        given[caller.key] = fit[: caller.places]
        taken.update(given[caller.key])
    return given


def owed(me: Waiting, others: Iterable[Waiting], preferred_s: float | None, now: datetime) -> frozenset[str]:
    """Those whom `me` may ring, but whose turn it is to serve another caller first."""
    given = turns([me, *others], preferred_s, now)
    to_others = {code for key, codes in given.items() if key != me.key for code in codes}
    return frozenset(to_others.intersection(me.may_ring))


def _own_first(in_line: Sequence[Waiting], within: timedelta, now: datetime) -> Mapping[str, str]:
    """The caller whom each consultant serves first as his or her own, by consultant."""
    found: dict[str, str] = {}
    for caller in in_line:
        code = caller.preferred
        if code is None or code in found or caller.places < 1 or code not in caller.may_ring:
            continue
        longest = next(other for other in in_line if code in other.may_ring)
        if now - longest.since <= within:
            found[code] = caller.key
    return found
