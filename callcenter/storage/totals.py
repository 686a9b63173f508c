"""How much has been counted so far? Counters and histograms that live in the database, the same from every host."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import event
from sqlalchemy.orm import Session

from callcenter.storage.base import table_of
from callcenter.storage.later import write_later
from callcenter.storage.prepared import PreparedRows
from callcenter.storage.records import MetricTotal

# Upper bounds in seconds, by histogram; "+Inf" is added to each.
BUCKETS: Mapping[str, tuple[float, ...]] = {
    "callcenter_call_wait_seconds": (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300),
    "callcenter_call_talk_seconds": (15, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600),
    "callcenter_callback_age_seconds": (300, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800),
    "callcenter_webhook_seconds": (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
}


_COUNTED = "callcenter_counted"
_TABLE = table_of(MetricTotal)
# Every end of a call and of a leg counts, mostly in several totals.
_ADD = PreparedRows(
    _TABLE,
    ("name", "labels", "value"),
    so=lambda insert: insert.on_conflict_do_update(
        index_elements=["name", "labels"], set_={"value": _TABLE.c.value + insert.excluded.value}
    ),
)


@dataclass(frozen=True, slots=True)
class Increment:
    """One step of a counter (`le` None) or of a histogram's cell. labels: canonical JSON."""

    name: str
    labels: str
    value: float


def canonical(labels: Mapping[str, str]) -> str:
    """The one text that stands for a set of labels."""
    return _canonical(tuple(sorted(labels.items())))


@lru_cache(maxsize=4096)
def _canonical(labels: tuple[tuple[str, str], ...]) -> str:
    return json.dumps(dict(labels), ensure_ascii=False, separators=(",", ":"))


def count(name: str, value: float = 1, **labels: str) -> list[Increment]:
    """A step of a counter."""
    return [Increment(name, canonical(labels), value)]


def observe(name: str, value: float, **labels: str) -> list[Increment]:
    """One observation of a histogram: its own cell (not cumulative) and the sum; the reader adds cells up."""
    le = next((str(bound) for bound in BUCKETS[name] if value <= bound), "+Inf")
    return [
        Increment(f"{name}_bucket", canonical({**labels, "le": le}), 1),
        Increment(f"{name}_sum", canonical(labels), value),
    ]


def add(session: Session, increments: Iterable[Increment]) -> None:
    """Add to the totals in the caller's transaction, when that commits.

    All steps of a transaction are written together, last and in one order everywhere, so that two transactions never
    wait for each other's rows in a circle, and hold them only for a moment.
    """
    session.info.setdefault(_COUNTED, []).extend(increments)


def write_counted(session: Session) -> None:
    """Write the steps of this transaction, with its last writes; at the latest as it commits."""
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for step in session.info.pop(_COUNTED, ()):
        sums[step.name, step.labels] += step.value
    if not sums:
        return
    rows = [{"name": name, "labels": labels, "value": value} for (name, labels), value in sorted(sums.items())]
    write_later(session, *_ADD.of(rows))


# First of all that is done before a commit: what waits for the last write is written then.
event.listen(Session, "before_commit", write_counted, insert=True)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_COUNTED, None)


class PendingTotals:
    """Steps counted outside a transaction (refused webhooks, times of requests), kept until somebody writes them.

    Loses at most what came since the last write when the process dies: these are figures about ourselves, not calls.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._steps: list[Increment] = []

    def add(self, increments: Iterable[Increment]) -> None:
        """Keep these steps."""
        with self._lock:
            self._steps.extend(increments)

    @property
    def waiting(self) -> bool:
        """Whether anything was kept."""
        return bool(self._steps)

    def write(self, session: Session) -> None:
        """Write what was kept, in the caller's transaction."""
        with self._lock:
            steps, self._steps = self._steps, []
        add(session, steps)
