"""Reads the stored totals and turns them into Prometheus metric families, with zeros for labels known beforehand."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator

from prometheus_client import Metric
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.reachability.catalogue import TOTALS, TotalMetric
from callcenter.storage.records import MetricTotal
from callcenter.storage.totals import BUCKETS, canonical

Cells = dict[str, dict[str, float]]


def stored_totals(session: Session) -> Cells:
    """Every total by name and canonical labels. The size depends on the label values, not on the number of calls."""
    cells: Cells = defaultdict(dict)
    for name, labels, value in session.execute(select(MetricTotal.name, MetricTotal.labels, MetricTotal.value)):
        cells[name][labels] = value
    return cells


def total_families(cells: Cells, lines: Iterable[str], tiers: Iterable[str]) -> Iterator[Metric]:
    """The metric families of the catalogue, in its order."""
    lines, tiers = list(lines), list(tiers)
    for total in TOTALS:
        zeros = [canonical(labels) for labels in total.zero_labels(lines, tiers)]
        yield _counter(total, cells, zeros) if total.kind == "counter" else _histogram(total, cells, zeros)


def _counter(total: TotalMetric, cells: Cells, zeros: list[str]) -> Metric:
    family = Metric(total.name.removesuffix("_total"), total.help, "counter")
    for labels, value in sorted({**dict.fromkeys(zeros, 0.0), **cells.get(total.name, {})}.items()):
        family.add_sample(total.name, json.loads(labels), value)
    return family


def _histogram(total: TotalMetric, cells: Cells, zeros: list[str]) -> Metric:
    family = Metric(total.name, total.help, "histogram")
    by_series: dict[str, dict[str, float]] = {labels: {} for labels in zeros}
    for cell, value in cells.get(f"{total.name}_bucket", {}).items():
        labels = json.loads(cell)
        le = labels.pop("le")
        by_series.setdefault(canonical(labels), {})[le] = value
    sums = cells.get(f"{total.name}_sum", {})
    for series, counted in sorted(by_series.items()):
        labels, running = json.loads(series), 0.0
        # A stored bucket has its own observations only; a Prometheus bucket includes those of all lower bounds.
        for le in [*(str(bound) for bound in BUCKETS[total.name]), "+Inf"]:
            running += counted.get(le, 0.0)
            bound = le if le == "+Inf" else str(float(le))
            family.add_sample(f"{total.name}_bucket", {**labels, "le": bound}, running)
        family.add_sample(f"{total.name}_count", labels, running)
        family.add_sample(f"{total.name}_sum", labels, sums.get(series, 0.0))
    return family
