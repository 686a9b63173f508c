"""Set operations on sorted, disjoint, half-open intervals of whole UTC minutes."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

# Minutes since 1970-01-01T00:00Z. Every rule starts and ends on a whole minute, so integers are exact and fast.
Span = tuple[int, int]
Spans = list[Span]

# A minute after the end of every rota, for rows without an end.
FOREVER = 10**9
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


def minute_of(t: datetime) -> int:
    """The whole minute that contains the aware instant `t` (rounded down)."""
    return (t - _EPOCH) // _MINUTE


def minute_after(t: datetime) -> int:
    """The first whole minute at or after the aware instant `t` (rounded up)."""
    return -((_EPOCH - t) // _MINUTE)


def instant_of(minute: int) -> datetime:
    """The UTC instant at which a minute begins."""
    return _EPOCH + minute * _MINUTE


def merged(spans: Iterable[Span]) -> Spans:
    """The union, sorted. Adjoining intervals are merged and empty ones dropped."""
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
    """The intersection. Both arguments are sorted and disjoint."""
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
    """The instants of `left` that are not in `right`. Both arguments are sorted and disjoint."""
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
    """The number of minutes in a disjoint set."""
    return sum(end - start for start, end in spans)


def contains(spans: Iterable[Span], minute: int) -> bool:
    """Whether the set contains the instant at which `minute` begins."""
    return any(start <= minute < end for start, end in spans)


def at_least(sets: Iterable[Sequence[Span]], count: int) -> Spans:
    """The instants that are in at least `count` (1 or more) of the given disjoint sets."""
    edges: dict[int, int] = {}
    for spans in sets:
        for start, end in spans:
            edges[start] = edges.get(start, 0) + 1
            edges[end] = edges.get(end, 0) - 1
    result: Spans = []
    depth, since = 0, 0
    for at in sorted(edges):
        before, depth = depth, depth + edges[at]
        if before < count <= depth:
            since = at
        elif depth < count <= before:
            result.append((since, at))
    return result
