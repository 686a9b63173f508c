"""The Wilson score interval: the uncertainty of a counted share."""

from math import sqrt

# The 97.5th percentile of the normal distribution: both tails together leave 5%.
Z_95 = 1.959963984540054


def interval(successes: int, n: int, z: float = Z_95) -> tuple[float, float] | None:
    """The Wilson score interval (low, high) of `successes` out of `n`, both 0..1; None when n is 0.

    Wilson, E. B. (1927), "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22, 209-212: (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n). Unlike
    p ± z·sqrt(p(1-p)/n) it stays within 0..1 and has a width at p = 0 and p = 1, also when n is small.
    Raises ValueError when successes is not within 0..n.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} out of {n} is not a share")
    if n == 0:
        return None
    share = successes / n
    square = z * z / n
    middle = share + square / 2
    half = z * sqrt(share * (1 - share) / n + square / (4 * n))
    low, high = (middle - half) / (1 + square), (middle + half) / (1 + square)
    # At p = 0 and p = 1 the formula gives exactly 0 or 1. The bounds undo rounding errors.
    return max(0.0, min(low, share)), min(1.0, max(high, share))
