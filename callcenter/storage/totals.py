"""Counters and histograms in the database: shared by all hosts, and correct after a crash."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from callcenter.storage.base import table_of
from callcenter.storage.records import MetricTotal
from callcenter.storage.statements import Batch, prepared_upsert

# Upper bounds in seconds, by histogram; "+Inf" is added to each.
BUCKETS: Mapping[str, tuple[float, ...]] = {
    "callcenter_call_wait_seconds": (5, 8, 10, 12, 15, 20, 25, 30, 45, 60, 90, 120, 180, 300),
    "callcenter_call_talk_seconds": (15, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600),
    "callcenter_callback_age_seconds": (300, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800),
    "callcenter_webhook_seconds": (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
}


_COUNTED = "callcenter_counted"
_TABLE = table_of(MetricTotal)
_ADD = prepared_upsert(
    _TABLE,
    ("name", "labels", "value"),
    lambda insert: insert.on_conflict_do_update(
        index_elements=["name", "labels"], set_={"value": _TABLE.c.value + insert.excluded.value}
    ),
)


@dataclass(frozen=True, slots=True)
class Increment:
    """An addition to a counter or to one bucket of a histogram. labels: canonical JSON."""

    name: str
    labels: str
    value: float


def canonical(labels: Mapping[str, str]) -> str:
    """A set of labels as JSON, always with the same text."""
    return _canonical(tuple(sorted(labels.items())))


@lru_cache(maxsize=4096)
def _canonical(labels: tuple[tuple[str, str], ...]) -> str:
    return json.dumps(dict(labels), ensure_ascii=False, separators=(",", ":"))


def count(name: str, value: float = 1, **labels: str) -> list[Increment]:
    """An increment of a counter."""
    return [Increment(name, canonical(labels), value)]


def observe(name: str, value: float, **labels: str) -> list[Increment]:
    """One observation of a histogram: its bucket, not cumulative, and the sum. The reader adds buckets up."""
    le = next((str(bound) for bound in BUCKETS[name] if value <= bound), "+Inf")
    return [
        Increment(f"{name}_bucket", canonical({**labels, "le": le}), 1),
        Increment(f"{name}_sum", canonical(labels), value),
    ]


def add(session: Session, increments: Iterable[Increment]) -> None:
    """Add to the totals in the caller's transaction, at its commit.

    All increments of a transaction are written last, together, sorted by name and labels. So transactions cannot
    deadlock on these rows, and hold their row locks only briefly.
    """
    session.info.setdefault(_COUNTED, []).extend(increments)


def write_counted(session: Session, batch: Batch | None = None) -> None:
    """Write the increments of this transaction with the batch. Without this call they are written at the commit."""
    counted = session.info.pop(_COUNTED, None)
    if not counted:
        return
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for increment in counted:
        sums[increment.name, increment.labels] += increment.value
    rows = [{"name": name, "labels": labels, "value": value} for (name, labels), value in sorted(sums.items())]
    (batch or Batch(session)).add_all(_ADD, rows)


@event.listens_for(Session, "before_commit")
def _write_counted(session: Session) -> None:
    if _COUNTED in session.info:
        session.flush()  # the totals are locked last
        write_counted(session)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_COUNTED, None)


class PendingTotals:
    """Increments that are counted outside transactions (refused webhooks, request times), added up in memory.

    They wait while the database is away: the requests that failed meanwhile are what an alert looks for. A process that
    dies loses those since its last write. They measure the software, not the calls.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: dict[tuple[str, str], float] = {}

    def add(self, increments: Iterable[Increment]) -> None:
        """Add these increments. Thread-safe. The memory used depends on the number of series."""
        with self._lock:
            for one in increments:
                key = one.name, one.labels
                self._sums[key] = self._sums.get(key, 0) + one.value

    @property
    def waiting(self) -> bool:
        """Whether anything waits to be written."""
        return bool(self._sums)

    def write(self, sessions: sessionmaker[Session]) -> None:
        """Write what waits, in a transaction of its own. When that fails, it waits again, and the error is raised."""
        with self._lock:
            taken, self._sums = self._sums, {}
        increments = [Increment(*key, value) for key, value in taken.items()]
        try:
            with sessions.begin() as session:
                add(session, increments)
        except BaseException:
            self.add(increments)
            raise
