"""UTC minutes: instants, wall-clock times and clock changes, and set operations on spans of minutes.

Every rule of a rota starts and ends on a whole minute, so integers are exact and fast. Spans are sorted, disjoint and
half-open. Local time is handled here only.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# Minutes since 1970-01-01T00:00Z, from the first one to before the second.
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


DAY_MIN = 1440


@lru_cache(maxsize=64)
def load_zone(name: str) -> ZoneInfo | None:
    """The time zone of that IANA name, or None when it cannot be loaded."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _folds(zone: ZoneInfo, day: date, minute: int) -> tuple[datetime, datetime]:
    # Python adds within one zone by the wall clock, which is intended here.
    local = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minute)
    return local.replace(fold=0), local.replace(fold=1)


def _jump(zone: ZoneInfo, before: int, after: int) -> int:
    """The minute at which the zone's offset changes between two UTC minutes."""
    offset = instant_of(before).astimezone(zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if instant_of(middle).astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def _map(zone: ZoneInfo, day: date, minute: int, end: bool) -> int:
    first, last = _folds(zone, day, minute)
    before, after = first.utcoffset(), last.utcoffset()
    if before == after:
        return minute_of(first)
    if before is not None and after is not None and before > after:  # the hour that occurs twice
        return minute_of(last if end else first)
    # PEP 495: in a gap, fold 0 counts with the offset before the jump and so lies after it, fold 1 before it.
    return _jump(zone, minute_of(last), minute_of(first))


@lru_cache(maxsize=8192)
def _day(zone: ZoneInfo, day: date) -> tuple[int, bool]:
    """The UTC minute at which a local day begins, and whether it is an ordinary day of 24 hours."""
    start, following = _map(zone, day, 0, False), _map(zone, day, DAY_MIN, False)
    return start, following - start == DAY_MIN


def to_minute(zone: ZoneInfo, day: date, minute: int, *, end: bool) -> int:
    """The UTC minute of a wall-clock minute of a local day; 1440 and more lie in the next day.

    A start (`end` False) is the first occurrence, an end the last; a time that does not exist is the instant
    of the jump (docs/rota-rules.md, "Time").
    """
    if minute >= DAY_MIN:
        day, minute = day + timedelta(days=minute // DAY_MIN), minute % DAY_MIN
    start, ordinary = _day(zone, day)
    if ordinary and minute:
        return start + minute
    return _map(zone, day, minute, end)


def window(zone: ZoneInfo, day: date, start: int, end: int) -> tuple[int, int]:
    """The UTC minutes of a wall-clock window that starts on a local day.

    The start is not before the end when a clock change removes the window.
    """
    base, ordinary = _day(zone, day)
    if ordinary and 0 < start < end < DAY_MIN:
        return base + start, base + end
    return to_minute(zone, day, start, end=False), to_minute(zone, day, end, end=True)


def midnight(zone: ZoneInfo, day: date) -> int:
    """The UTC minute at which a local day begins."""
    return _day(zone, day)[0]


def start_of_day(zone: ZoneInfo, t: datetime) -> datetime:
    """The local midnight with which the local day of an aware instant begins."""
    return t.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def local_date(zone: ZoneInfo, minute: int) -> date:
    """The local date at a UTC minute."""
    return instant_of(minute).astimezone(zone).date()


def occurrence_fault(zone: ZoneInfo, day: date, minute: int) -> str | None:
    """None for a wall-clock moment that occurs exactly once, else `missing` or `twice`."""
    first, last = _folds(zone, day, minute)
    before, after = first.utcoffset(), last.utcoffset()
    if before == after or before is None or after is None:
        return None
    return "twice" if before > after else "missing"


def changes(zone: ZoneInfo, first: date, last: date) -> list[date]:
    """The local dates from `first` to `last` on which the clock changes."""
    found, day = [], first
    while day <= last:
        if not _day(zone, day)[1]:
            found.append(day)
        day += timedelta(days=1)
    return found


def as_utc(t: datetime) -> datetime:
    """An aware instant in UTC. Raises ValueError for a naive one, whose zone would be a guess."""
    if t.tzinfo is None:
        raise ValueError("an instant without a time zone was given to the rota")
    return t if t.tzinfo is UTC else t.astimezone(UTC)
