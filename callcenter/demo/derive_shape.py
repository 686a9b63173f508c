"""Derives `shape.json`, the distributions of real calls, from a month of a bank's call centre. Run by hand.

    python -m callcenter.demo.derive_shape calls_1999-08.csv.gz > callcenter/demo/shape.json

Only the derived numbers are shipped. Patience is estimated by the Kaplan-Meier method, because an answered call gives
only a lower bound of its caller's patience. An estimate from abandoned calls alone would be far too low.
"""

import csv
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_STEPS = 50  # quantiles at 0, 2, 4 … 100%
_WEEKEND = {6, 7}  # Friday and Saturday there; day 1 was a Sunday, a working day
_OPENS_S, _CLOSES_S = 8 * 3600, 18 * 3600
_LONGEST = 0.998  # top quantile of each distribution; longer calls are receivers that were not put down
# 36% of identified callers who gave up called again within the hour (from the data's documentation; a lower bound). The
# file does not hold how soon: the mean of ten minutes is an assumption.
_REDIAL_SHARE, _REDIAL_MEAN_S = 0.36, 600.0

SOURCE = 'Ilan Guedj and Avi Mandelbaum, Technion, "Anonymous Bank", August 1999'
ACKNOWLEDGEMENT = (
    "Call arrival, patience and talk-time shapes derived from the Anonymous Bank data of Ilan Guedj and "
    "Avi Mandelbaum (Technion), which is free for use with acknowledgement."
)


@dataclass(frozen=True)
class Row:
    """One real call. arrival_s: seconds since midnight; queue_s, service_s: durations in seconds."""

    day: int
    arrival_s: int
    queue_s: float
    outcome: str
    service_s: float


def read(path: Path) -> list[Row]:
    """The calls of the file, without its phantom calls."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = [
            Row(int(r["day"]), _of_day(r["arrival"]), float(r["queue_s"]), r["outcome"], float(r["service_s"]))
            for r in csv.DictReader(file)
        ]
    return [row for row in rows if row.outcome in ("AGENT", "HANG")]


def _of_day(text: str) -> int:
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    return hours * 3600 + minutes * 60 + seconds


def half_hours(rows: Iterable[Row]) -> dict[str, float]:
    """The share of a working day's calls that arrive in each half-hour from 8 to 18."""
    counts: Counter[int] = Counter()
    for row in rows:
        if (row.day - 1) % 7 + 1 not in _WEEKEND and _OPENS_S <= row.arrival_s < _CLOSES_S:
            counts[row.arrival_s // 1800] += 1
    total = counts.total()
    return {f"{half // 2:02d}:{half % 2 * 30:02d}": round(n / total, 5) for half, n in sorted(counts.items())}


def quantiles(values: Iterable[float]) -> list[float]:
    """Equally spaced quantiles, from the smallest value to the top quantile `_LONGEST`."""
    ordered = sorted(values)
    top = (len(ordered) - 1) * _LONGEST
    places = [step / _STEPS * (len(ordered) - 1) for step in range(_STEPS)] + [top]
    return [round(ordered[round(place)], 1) for place in places]


def patience(rows: Iterable[Row]) -> list[float]:
    """Quantiles of how many seconds callers are willing to wait (Kaplan-Meier estimate on calls that queued).

    Beyond the end of the data the curve is continued as an exponential tail.
    """
    waited = sorted((row.queue_s, row.outcome == "HANG") for row in rows if row.queue_s > 0)
    at_risk, alive = len(waited), 1.0
    curve: list[tuple[float, float]] = [(0.0, 1.0)]
    for seconds, gave_up in waited:
        if gave_up:
            alive *= 1 - 1 / at_risk
            curve.append((seconds, alive))
        at_risk -= 1
    return [round(_time_at(curve, 1 - step / _STEPS), 1) for step in range(_STEPS + 1)]


def _time_at(curve: Sequence[tuple[float, float]], alive: float) -> float:
    for seconds, left in curve:
        if left <= alive:
            return seconds
    last_s, left = curve[-1]
    halfway = next(seconds for seconds, share in curve if share <= (1 + left) / 2)
    return last_s + (last_s - halfway) * (left - alive) / max(left, 0.02)


def derive(rows: Sequence[Row]) -> dict[str, object]:
    """The content of `shape.json`."""
    return {
        "source": SOURCE,
        "acknowledgement": ACKNOWLEDGEMENT,
        "half_hours": half_hours(rows),
        "patience_s": patience(rows),
        "talk_s": quantiles(row.service_s for row in rows if row.outcome == "AGENT" and row.service_s > 0),
        "redial_share": _REDIAL_SHARE,
        "redial_mean_s": _REDIAL_MEAN_S,
    }


if __name__ == "__main__":
    lines = (f" {json.dumps(name)}: {json.dumps(value)}" for name, value in derive(read(Path(sys.argv[1]))).items())
    sys.stdout.write("{\n" + ",\n".join(lines) + "\n}\n")
