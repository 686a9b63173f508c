"""How are sets of instants combined? Algebra on sorted, disjoint, half-open intervals of whole UTC minutes."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

# Minutes since 1970-01-01T00:00Z. Every rule is on a whole minute, so integers are exact and fast.
Span = tuple[int, int]
Spans = list[Span]

# An instant beyond every rota, for what has no end.
FOREVER = 10**9
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


def minute_of(t: datetime) -> int:
    """The whole minute that holds the aware instant `t` (rounded down)."""
    return (t - _EPOCH) // _MINUTE


def minute_after(t: datetime) -> int:
    """The first whole minute at or after the aware instant `t` (rounded up)."""
    return -((_EPOCH - t) // _MINUTE)


def instant_of(minute: int) -> datetime:
    """The UTC instant at which a minute begins."""
    return _EPOCH + minute * _MINUTE


def merged(spans: Iterable[Span]) -> Spans:
    """The union, sorted; touching intervals become one and empty ones vanish."""
    result: Spans = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            if end > result[-1][1]:
                result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return result


def common(left: Sequence[Span], right: Sequence[Span]) -> Spans:
    """The instants in both; both sides sorted and disjoint."""
    result: Spans = []
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i][0], right[j][0])
        end = min(left[i][1], right[j][1])
        if start < end:
            result.append((start, end))
        if left[i][1] <= right[j][1]:
            i += 1
        else:
            j += 1
    return result


def without(left: Sequence[Span], right: Sequence[Span]) -> Spans:
    """The instants of `left` that are not in `right`; both sides sorted and disjoint."""
    result: Spans = []
    j = 0
    for start, end in left:
        at = start
        while j < len(right) and right[j][1] <= at:
            j += 1
        k = j
        while k < len(right) and right[k][0] < end:
            if right[k][0] > at:
                result.append((at, right[k][0]))
            at = max(at, right[k][1])
            k += 1
        if at < end:
            result.append((at, end))
    return result


def length(spans: Iterable[Span]) -> int:
    """The minutes in a disjoint set."""
    return sum(end - start for start, end in spans)


def holds(spans: Iterable[Span], minute: int) -> bool:
    """Whether the instant at which `minute` begins is in the set."""
    return any(start <= minute < end for start, end in spans)


def at_least(sets: Iterable[Sequence[Span]], count: int) -> Spans:
    """The instants that are in `count` or more of the given disjoint sets (count 1 or more)."""
    steps: dict[int, int] = {}
    for spans in sets:
        for start, end in spans:
            steps[start] = steps.get(start, 0) + 1
            steps[end] = steps.get(end, 0) - 1
    result: Spans = []
    depth, since = 0, 0
    for at in sorted(steps):
        before, depth = depth, depth + steps[at]
        if before < count <= depth:
            since = at
        elif depth < count <= before:
            result.append((since, at))
    return result
