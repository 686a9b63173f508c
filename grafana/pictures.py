"""Pictures of the dashboards for the docs: `python -m grafana.pictures`, drawn from a real Prometheus.

Without `--prometheus` the data are those of a demo that is simulated first. It is a drawing after the dashboards' JSON
with their queries, colours and units, not a photograph of Grafana.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from grafana.asking import Source
from grafana.build import DASHBOARDS, FOLDERS
from grafana.drawing import WIDTH, page

_INTO = Path(__file__).parents[1] / "docs" / "dashboards"
_CHROMIUM = "/usr/bin/chromium"
# The chosen time of each picture; None: today, from midnight in Amsterdam.
_SPANS = {"reachability.json": timedelta(days=7), "operations.json": timedelta(days=1), "wall.json": None}


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw every dashboard and store it as a picture."""
    parser = argparse.ArgumentParser(prog="python -m grafana.pictures", description=main.__doc__)
    parser.add_argument("--prometheus", help="the address of a Prometheus, instead of the simulated demo")
    parser.add_argument("--at", type=datetime.fromisoformat, help="the last instant drawn, with its zone; now")
    parser.add_argument("--days", type=int, default=8, help="working days of the demo to simulate")
    parser.add_argument("--language", choices=sorted(FOLDERS), default="nl")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--into", type=Path, default=_INTO, help="the folder of the pictures")
    chosen = parser.parse_args(arguments)
    chosen.into.mkdir(parents=True, exist_ok=True)
    with _prometheus(chosen.prometheus, chosen.at, chosen.days) as (address, until):
        for name in DASHBOARDS:
            dashboard = json.loads((FOLDERS[chosen.language] / name).read_text(encoding="utf-8"))
            html, height = page(dashboard, Source(address, _since(name, until), until), chosen.theme)
            _photograph(html, height, chosen.into / f"{Path(name).stem}.png")


@contextmanager
def _prometheus(address: str | None, at: datetime | None, days: int) -> Iterator[tuple[str, datetime]]:
    if address is not None:
        yield address.rstrip("/"), at or datetime.now(UTC)
        return
    from grafana.demo_history import prometheus_of_the_demo

    with prometheus_of_the_demo(days) as found:
        yield found


def _since(name: str, until: datetime) -> datetime:
    span = _SPANS[name]
    midnight = until.astimezone(ZoneInfo("Europe/Amsterdam")).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if span is None else until - span


def _photograph(html: str, height: int, into: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        shot = browser.new_page(viewport={"width": WIDTH, "height": height})
        shot.set_content(html)
        shot.screenshot(path=into)
        browser.close()


if __name__ == "__main__":
    main()
