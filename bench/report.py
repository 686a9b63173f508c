"""Prints the results as a table and writes them all to a file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.machine import facts
from bench.rounds import Cell

RESULTS = Path(__file__).parent / "results"
_HEAD = (
    f"{'database':<11}{'step':<10}{'conn':>5}{'work':>5}{'history':>9} {'product/s':>10}{'floor/s':>9}{'ratio':>7}"
    f"{'(spread)':>13}{'p50':>8}{'p95':>8}{'p99':>8}{'p95/floor':>10}{'cpu ms':>8}{'floor':>7}"
)


def tell_head() -> None:
    """Print the head of the table."""
    print(f"\nMilliseconds; medians of the rounds; ratio: the product's rate as a share of the floor's.\n{_HEAD}")


def tell(cell: Cell) -> None:
    """Print one line of the table."""
    low, high = cell.spread
    spread = f"({low:.2f}-{high:.2f})"
    cpu, floor_cpu = cell.cpu_ms()
    print(
        f"{cell.database:<11}{cell.step:<10}{cell.connections:>5}{cell.workers:>5}{cell.history:>9} "
        f"{cell.product('per_s'):>10.0f}{cell.floor('per_s'):>9.0f}{cell.ratio:>7.0%}{spread:>13}"
        f"{cell.product('p50_ms'):>8.1f}{cell.product('p95_ms'):>8.1f}{cell.product('p99_ms'):>8.1f}"
        f"{cell.product('p95_ms') / cell.floor('p95_ms'):>10.1f}{cpu:>8.2f}{floor_cpu:>7.2f}",
        flush=True,
    )


def tell_others(title: str, figures: Mapping[str, float], unit: str) -> None:
    """Print figures that have no floor."""
    print(f"\n{title}")
    for name, value in figures.items():
        print(f"  {name:<52}{value:>12.3g} {unit}", flush=True)


def keep(cells: Sequence[Cell], others: Mapping[str, Any], *, full: bool) -> Path:
    """Write all results to a new file; returns its path."""
    now = datetime.now(UTC)
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{now:%Y%m%d-%H%M%S}{'-full' if full else ''}.json"
    told = {
        "at": now.isoformat(timespec="seconds"),
        "full": full,
        "machine": facts(),
        "calls": [{**asdict(cell), "ratio": cell.ratio, "spread": cell.spread} for cell in cells],
        "others": dict(others),
    }
    file.write_text(json.dumps(told, indent=1) + "\n")
    return file
