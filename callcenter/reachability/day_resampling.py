"""The uncertainty of a share of several days, when days differ more than chance; pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from math import ceil, floor
from random import Random

from callcenter.reachability import wilson

Counts = tuple[int, int]  # answered, offered
# With fewer days, resampling them gives an interval that is too narrow.
MIN_DAYS = 5
_RESAMPLES = 1000
_SEED = 2015


def interval(days: Mapping[date, Counts]) -> tuple[float, float, str] | None:
    """The 95% interval (low, high) of the share answered, and its source: "calls" or "days"; None without calls.

    "calls": Wilson's interval, which holds while calls are independent. When days differ more than chance (dispersion
    above 1), it is too narrow; then the days are resampled (bootstrap). The same counts give the same interval.
    """
    counts = tuple(days[day] for day in sorted(days) if days[day][1])
    answered, offered = sum(a for a, _ in counts), sum(n for _, n in counts)
    bounds = wilson.interval(answered, offered)
    if bounds is None:
        return None
    if len(counts) < MIN_DAYS or (dispersion(counts) or 0) <= 1:
        return *bounds, "calls"
    return *_resampled(counts), "days"


def dispersion(counts: Sequence[Counts]) -> float | None:
    """How much more days differ than chance: 1 is chance alone; None when that cannot be said.

    Pearson's chi-square of the days' answered counts against their common share, divided by its degrees of freedom
    (McCullagh, P. and Nelder, J. A. (1989), Generalized Linear Models, section 4.5).
    """
    answered, offered = sum(a for a, _ in counts), sum(n for _, n in counts)
    if len(counts) < 2 or not 0 < answered < offered:
        return None
    share = answered / offered
    square = sum((a - share * n) ** 2 / (n * share * (1 - share)) for a, n in counts if n)
    return square / (len(counts) - 1)


@lru_cache(maxsize=256)
def _resampled(counts: tuple[Counts, ...]) -> tuple[float, float]:
    """The percentile bootstrap of whole days.

    Efron, B. and Tibshirani, R. J. (1993), An Introduction to the Bootstrap, chapters 8 and 13.
    """
    chance = Random(_SEED)
    shares: list[float] = []
    for _ in range(_RESAMPLES):
        drawn = chance.choices(counts, k=len(counts))
        shares.append(sum(a for a, _ in drawn) / sum(n for _, n in drawn))
    shares.sort()
    return shares[floor(0.025 * _RESAMPLES)], shares[ceil(0.975 * _RESAMPLES) - 1]
