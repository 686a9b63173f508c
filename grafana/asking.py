"""What would Grafana draw in a panel? Asks a Prometheus the panel's queries, as Grafana does."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isnan
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

_STEPS_S = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400)
_SCRAPED_EVERY_S = 15
_UNITS = {"s": 1, "m": 60, "h": 3600}
Panel = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One series of a panel: its name, text, colour and line, and its points as (seconds since 1970, value)."""

    name: str
    labels: Mapping[str, str]
    points: Sequence[tuple[float, float]]
    colour: str
    dashed: bool = False
    width: int = 2
    ref: str = "A"


@dataclass(frozen=True)
class Source:
    """A Prometheus and the time that the reader chose. values: of the variables `$line` and `$group`."""

    address: str
    since: datetime
    until: datetime
    values: Mapping[str, str] = field(default_factory=lambda: {"$line": ".*", "$group": ".*"})

    def series(self, panel: Panel, pixels: int) -> list[Drawn]:
        """Every series of a panel that is `pixels` wide. Raises HTTPError when Prometheus refuses a query."""
        step = self.step(panel, pixels)
        return [
            _looked(panel, target, found)
            for target in panel["targets"]
            for found in self._asked(target["expr"], step, instant=target.get("instant", False))
            if found["values"]
        ]

    def step(self, panel: Panel, pixels: int) -> int:
        """The seconds between two points: one for each pixel at most, and not less than the panel's interval."""
        span = (self.until - self.since).total_seconds()
        least = panel.get("interval", "15s")
        wanted = max(span / panel.get("maxDataPoints", pixels), int(least[:-1]) * _UNITS[least[-1]])
        return next((step for step in _STEPS_S if step >= wanted), _STEPS_S[-1])

    def events(self, annotation: Mapping[str, Any]) -> list[tuple[float, float]]:
        """From when to when (seconds since 1970) each event of an annotation lasted, within the chosen time."""
        found = self._asked(annotation["expr"], 600, instant=False)
        begin, end = self.since.timestamp(), self.until.timestamp()
        if annotation["useValueForTime"]:
            instants = {value / 1000 for one in found for _, value in one["values"]}
            return [(at, at) for at in sorted(instants) if begin <= at <= end]
        spans: list[tuple[float, float]] = []
        for at in sorted(at for one in found for at, value in one["values"] if value > 0):
            if spans and at - spans[-1][1] <= 600:
                spans[-1] = (spans[-1][0], at)
            else:
                spans.append((at, at))
        return spans

    def _asked(self, expr: str, step: int, *, instant: bool) -> list[dict[str, Any]]:
        span = int((self.until - self.since).total_seconds())
        windows = {
            "$__rate_interval": f"{max(step + _SCRAPED_EVERY_S, 4 * _SCRAPED_EVERY_S)}s",
            "$__interval": f"{step}s",
            "$__range": f"{span}s",
        }
        for name, value in {**windows, **self.values}.items():
            expr = expr.replace(name, value)
        if instant:
            answer = self._get("query", query=expr, time=str(self.until.timestamp()))
            return [{"metric": one["metric"], "values": _points([one["value"]])} for one in answer]
        # Grafana asks at whole steps.
        start, end = (instant.timestamp() // step * step for instant in (self.since, self.until))
        answer = self._get("query_range", query=expr, start=str(start), end=str(end), step=str(step))
        return [{"metric": one["metric"], "values": _points(one["values"])} for one in answer]

    def _get(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        with urlopen(f"{self.address}/api/v1/{path}?{urlencode(parameters)}", timeout=60) as answer:
            result: list[dict[str, Any]] = json.load(answer)["data"]["result"]
            return result


def _points(pairs: Sequence[Sequence[Any]]) -> list[tuple[float, float]]:
    """The points of a series; Grafana draws none where a value is not a number."""
    return [(float(at), float(value)) for at, value in pairs if not isnan(float(value))]


def _looked(panel: Panel, target: Mapping[str, Any], found: Mapping[str, Any]) -> Drawn:
    """A series with the name of its legend and what the overrides of that name say."""
    name = str(target["legendFormat"])
    for label, value in found["metric"].items():
        name = name.replace(f"{{{{{label}}}}}", value)
    look = overrides(panel, name)
    colour = look.get("color", {}).get("fixedColor", "#7f8894")
    text, dashed = look.get("displayName", name), look.get("custom.lineStyle", {}).get("fill") == "dash"
    width = look.get("custom.lineWidth", 2)
    return Drawn(text, found["metric"], found["values"], colour, dashed, width, target["refId"])


def overrides(panel: Panel, name: str) -> dict[str, Any]:
    """The properties that a panel gives to fields of a name."""
    return {
        one["id"]: one["value"]
        for override in panel["fieldConfig"]["overrides"]
        if override["matcher"] == {"id": "byName", "options": name}
        for one in override["properties"]
    }
