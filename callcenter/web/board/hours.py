"""In which hours of the week calls are answered: sums of hourly buckets."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from callcenter.reachability.queries import Bucket
from callcenter.web import formats
from callcenter.web.board.charts import PARTS, parts_of


@dataclass(slots=True)
class Hours:
    """Sums over several hours: offered, answered, and the four parts of a bar."""

    offered: int = 0
    answered: int = 0
    parts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))

    def add(self, bucket: Bucket) -> None:
        """Add one bucket's counts."""
        self.offered += bucket.figures.offered
        self.answered += bucket.figures.answered
        for part, count in parts_of(bucket.figures.outcomes).items():
            self.parts[part] += count


def by_hour(buckets: Iterable[Bucket]) -> dict[int, Hours]:
    """The sums by local hour of the day, without hours in which no call was offered."""
    found: dict[int, Hours] = {}
    for bucket in buckets:
        if bucket.figures.offered:
            found.setdefault(formats.local(bucket.start).hour, Hours()).add(bucket)
    return dict(sorted(found.items()))


def by_weekday_and_hour(buckets: Iterable[Bucket]) -> dict[tuple[int, int], Hours]:
    """The sums by weekday (0 is Monday) and local hour."""
    found: dict[tuple[int, int], Hours] = {}
    for bucket in buckets:
        there = formats.local(bucket.start)
        found.setdefault((there.weekday(), there.hour), Hours()).add(bucket)
    return found
