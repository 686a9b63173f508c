"""The generated dashboards, and Grafana's part in a query: the values of its variables."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "grafana" / "dashboards"
FILES = tuple(sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.json")))


def dashboard(name: str) -> dict[str, Any]:
    """A dashboard by the path of its file below grafana/dashboards."""
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found


def panel(name: str, title: str) -> dict[str, Any]:
    """The panel of a dashboard with this title."""
    (found,) = [one for one in dashboard(name)["panels"] if one["title"] == title]
    return dict(found)


def queries(name: str) -> Iterator[tuple[str, str]]:
    """Each query of a dashboard, its events too, with the title of what it draws."""
    whole = dashboard(name)
    for event in whole["annotations"]["list"]:
        yield event["name"], event["expr"]
    for one in whole["panels"]:
        for target in one["targets"]:
            yield one["title"], target["expr"]


def in_grafana(expr: str, values: Mapping[str, str]) -> str:
    """The query that Grafana sends: each variable is replaced by its value, the longest names first."""
    for name in sorted(values, key=len, reverse=True):
        expr = expr.replace(name, values[name])
    return expr
