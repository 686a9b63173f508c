"""Waits of callers as counts: percentiles, and how long it takes to reach a person (Kaplan-Meier); pure.

All waits are counted in tenths of a second, so that sums of days stay exact.
"""

from collections.abc import Mapping
from math import ceil

Tenths = Mapping[int, int]  # number of calls by wait


def percentile(waits: Tenths, share: float) -> float | None:
    """The wait in seconds that a `share` (0..1) of the calls did not exceed; None without calls.

    By the nearest-rank definition, so it is always a wait that occurred, equal for stored counts and for calls.
    """
    total = sum(waits.values())
    if not total:
        return None
    rank = max(1, ceil(share * total))
    for tenths in sorted(waits):
        rank -= waits[tenths]
        if rank <= 0:
            return tenths / 10
    raise AssertionError("a rank within the total is always found")


def time_to_person(answered: Tenths, gave_up: Tenths, share: float) -> float | None:
    """After how many seconds a `share` (0..1) of the callers has a person, if everybody waits; None: not that many do.

    Kaplan, E. L. and Meier, P. (1958), "Nonparametric estimation from incomplete observations", Journal of the American
    Statistical Association 53, 457-481. Who gave up, or left a message, waited at least that long: the wait is
    censored. So a line that fails fast is not fast. At the same tenth, answers come before those who gave up.
    """
    waiting = sum(answered.values()) + sum(gave_up.values())
    without = 1.0  # the share that has no person yet
    for tenths in sorted({*answered, *gave_up}):
        if now := answered.get(tenths, 0):
            without *= 1 - now / waiting
            # The product of many fractions is not exact.
            if without <= 1 - share + 1e-12:
                return tenths / 10
        waiting -= now + gave_up.get(tenths, 0)
    return None


def within(waits: Tenths, seconds: float) -> int:
    """The number of waits of at most this many seconds."""
    return sum(n for tenths, n in waits.items() if tenths <= round(seconds * 10))
