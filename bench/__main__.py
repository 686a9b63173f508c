"""Runs all measurements: `python -m bench [--full]`. The quick form takes under four minutes."""

import argparse
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import Any

from bench import servers
from bench.boards import with_boards
from bench.calls import Bench, bench
from bench.chart import drawing
from bench.connect import accept_to_connected_s
from bench.history import OPEN_CALLBACKS, Size
from bench.lived import lived_week, standin_calls_per_s
from bench.load import BenchFailed
from bench.memory import growth
from bench.pages import page_figures
from bench.places import KINDS, Fresh, databases
from bench.report import keep, tell, tell_head, tell_others
from bench.rota import rota_figures
from bench.rounds import Cell
from bench.startup import help_s
from bench.storm import storm

ROUNDS = 5
_WORK = Path(__file__).parent / "work"
_DRAWING = Path(__file__).parent.parent / "docs" / "performance.svg"
_CONNECTIONS = (1, 4, 16)
_REST_S = (0.0, 0.3, 1.0)
_MEMORY_REQUESTS = 50_000


def main() -> int:
    """Returns exit status 0, or 1 after printing what could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="everything, in about forty minutes")
    parser.add_argument("--only", choices=KINDS, action="append", help="one database")
    parser.add_argument("--history", type=int, default=Size().calls, metavar="CALLS", help="how long the history is")
    parser.add_argument("--chart", action="store_true", help="draw docs/performance.svg anew")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # like Ctrl-C: the servers are stopped
    shutil.rmtree(_WORK, ignore_errors=True)
    _WORK.mkdir()
    began = perf_counter()
    cells: list[Cell] = []
    others: dict[str, Any] = {}
    try:
        _measure(cells, others, options.only or KINDS, options.history, full=options.full, chart=options.chart)
    except BenchFailed as failed:
        print(f"bench: {failed}; the logs are in {_WORK}", file=sys.stderr)
        return 1
    finally:
        _tell_all(others)
    file = keep(cells, others, full=options.full)
    if options.chart:
        _DRAWING.write_text(drawing(cells))
    print(f"\n{perf_counter() - began:.0f} s; kept in {file}")
    shutil.rmtree(_WORK, ignore_errors=True)
    return 0


def _measure(
    cells: list[Cell], others: dict[str, Any], kinds: Sequence[str], history: int, *, full: bool, chart: bool
) -> None:
    with ExitStack() as stack:
        rest = stack.enter_context(servers.rest(_WORK))
        tell_head()
        for kind in kinds:
            fresh = stack.enter_context(databases(kind, _WORK))
            with bench(kind, fresh, _WORK, rest) as small:
                others[f"{kind}: serve until ready, s"] = small.product.ready_s
                if full:
                    others[f"{kind}: pages without history, ms"] = _pages(small)
                cells += _steps(small, _CONNECTIONS if full else (4,))
                cells.append(_told(with_boards(small, ROUNDS)))
                if chart and not full:
                    cells += [_told(small.cell("incoming", count, ROUNDS)) for count in _CONNECTIONS if count != 4]
            if full:
                cells += _more(kind, fresh, rest, Size(calls=history), others)
    others["rota, ms"] = rota_figures()
    others["callcenter --help, s"] = help_s()
    if full:
        others["stand-in calls a second"] = standin_calls_per_s()
        others["lived week, s"], others["lived week, calls"] = lived_week()


def _tell_all(others: Mapping[str, Any]) -> None:
    for name, found in others.items():
        tell_others(name, found if isinstance(found, dict) else {name: found}, "")


def _steps(at: Bench, connections: Sequence[int]) -> list[Cell]:
    """Every step at each number of connections; `queued` at four only, because its orders wait for Twilio."""
    wanted = [(step, count) for step in at.steps.by_name for count in (connections if step != "queued" else (4,))]
    return [_told(at.cell(step, count, ROUNDS)) for step, count in wanted]


def _told(cell: Cell) -> Cell:
    tell(cell)
    return cell


def _pages(at: Bench) -> Mapping[str, float]:
    """Page times of an office without calls in progress, in milliseconds."""
    at.forget_live_calls()
    return page_figures(at.product.url)


def _more(kind: str, fresh: Fresh, rest: servers.Served, size: Size, others: dict[str, Any]) -> list[Cell]:
    """The long form: two workers, a long history and its pages, accept to connected, memory and a storm."""
    cells: list[Cell] = []
    with bench(kind, fresh, _WORK, rest, workers=2) as two:
        cells += _steps(two, _CONNECTIONS)
    began = perf_counter()
    with bench(kind, fresh, _WORK, rest, history=size) as long:
        others[f"{kind}: writing {size.calls} calls of history, s"] = perf_counter() - began
        name = f"{kind}: pages with {size.calls} calls and {OPEN_CALLBACKS} open callbacks, ms"
        others[name] = _pages(long)
        cells += _steps(long, (4,))
    for rest_s in _REST_S:
        name = f"{kind}: press 1 until connected, REST taking {rest_s} s, s"
        others[name] = accept_to_connected_s(fresh, _WORK, rest_s)
    with bench(kind, fresh, _WORK, rest) as filling:
        found = growth(filling, _MEMORY_REQUESTS)
        others[f"{kind}: memory of a worker, MiB"] = {f"after {count} requests": mib for count, mib in found}
    workers = 1 if kind == "sqlite" else 2
    others[f"{kind}: a storm, {workers} worker(s)"] = storm(fresh, _WORK, workers=workers)
    return cells


if __name__ == "__main__":
    sys.exit(main())
