"""Writes the dashboards' JSON files from code: `python -m grafana.build`."""

from pathlib import Path

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana import operations, reachability

FOLDER = Path(__file__).parent / "dashboards"
DASHBOARDS = {"reachability.json": reachability.dashboard, "operations.json": operations.dashboard}


def rendered(dashboard: builders.Dashboard) -> str:
    """The JSON of a dashboard, identical on every run."""
    return JSONEncoder(sort_keys=True, indent=2).encode(dashboard.build()) + "\n"


def main() -> None:
    """Write every dashboard into its file."""
    FOLDER.mkdir(exist_ok=True)
    for name, dashboard in DASHBOARDS.items():
        (FOLDER / name).write_text(rendered(dashboard()), encoding="utf-8")


if __name__ == "__main__":
    main()
