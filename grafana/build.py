"""Writes the dashboards' JSON files from code: `python -m grafana.build`."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana import operations, reachability, wall
from grafana.board import EXAMPLE
from grafana.words import Language, Say, speaking

FOLDER = Path(__file__).parent / "dashboards"
FOLDERS: Mapping[Language, Path] = {"nl": FOLDER, "en": FOLDER / "en"}
DASHBOARDS: Mapping[str, Callable[[Say, str], builders.Dashboard]] = {
    "reachability.json": reachability.dashboard,
    "wall.json": wall.dashboard,
    "operations.json": operations.dashboard,
}


def rendered(name: str, language: Language, product: str = EXAMPLE) -> str:
    """The JSON of a dashboard, identical on every run. product: the address of the product's pages."""
    dashboard = DASHBOARDS[name](speaking(language), product.rstrip("/"))
    return JSONEncoder(sort_keys=True, indent=2).encode(dashboard.build()) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the dashboards of a language into their files."""
    parser = argparse.ArgumentParser(prog="python -m grafana.build", description=main.__doc__)
    parser.add_argument("--language", choices=sorted(FOLDERS), default="nl", help="of titles, texts and legends")
    parser.add_argument("--product", default=EXAMPLE, help="the address of callcenter's pages, for the links")
    parser.add_argument("--into", type=Path, help="another folder than the one in this repository")
    chosen = parser.parse_args(arguments)
    folder: Path = chosen.into or FOLDERS[chosen.language]
    folder.mkdir(parents=True, exist_ok=True)
    for name in DASHBOARDS:
        (folder / name).write_text(rendered(name, chosen.language, chosen.product), encoding="utf-8")


if __name__ == "__main__":
    main()
