"""What would Prometheus have scraped from a demo's days? Simulates them and gives a real Prometheus that holds them."""

import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import yaml
from prometheus_client import CollectorRegistry, Metric

from callcenter.clock import SystemClock
from callcenter.demo.days import demo_period
from callcenter.demo.fixtures import demo_engine, demo_rota, demo_settings
from callcenter.demo.run import Demo
from callcenter.storage.tables import metadata

_RULES = Path(__file__).parent / "prometheus" / "callcenter.rules.yml"
# Prometheus looks back five minutes for a sample.
_EVERY = timedelta(minutes=4)
_RULES_EVERY = "5m"


@contextmanager
def prometheus_of_the_demo(days: int, seed: int = 30) -> Iterator[tuple[str, datetime]]:
    """The address of a Prometheus with the scrapes of `days` working days of the demo, and the last instant (UTC).

    The recorded series are computed from the rules of this repository. Everything is removed at the end. Raises
    CalledProcessError when promtool refuses the scrapes or the rules.
    """
    with tempfile.TemporaryDirectory(prefix="callcenter-history-") as name:
        folder = Path(name)
        scrapes = folder / "scrapes.txt"
        began, ended = _simulated(folder, scrapes, days, seed)
        data = folder / "data"
        # One block: promtool reads the scrapes again for each.
        _promtool("tsdb", "create-blocks-from", "--max-block-duration=744h", "openmetrics", str(scrapes), str(data))
        scrapes.unlink()
        (folder / "prometheus.yml").write_text("")
        with _running(folder) as address:
            period = [f"--start={began.timestamp():.0f}", f"--end={ended.timestamp():.0f}"]
            how = [f"--url={address}", f"--output-dir={data}", f"--eval-interval={_RULES_EVERY}"]
            _promtool("tsdb", "create-blocks-from", "rules", *period, *how, str(_recorded(folder)))
        with _running(folder) as address:
            yield address, ended


def _recorded(folder: Path) -> Path:
    """The rules without the alerts, which no dashboard draws."""
    groups = yaml.safe_load(_RULES.read_text(encoding="utf-8"))["groups"]
    for group in groups:
        group["rules"] = [rule for rule in group["rules"] if "record" in rule]
    found = folder / "recorded.yml"
    found.write_text(yaml.safe_dump({"groups": [group for group in groups if group["rules"]]}), encoding="utf-8")
    return found


def _simulated(folder: Path, scrapes: Path, days: int, seed: int) -> tuple[datetime, datetime]:
    metadata()
    now = SystemClock().now()
    period = demo_period(demo_rota(now), now, days)
    engine = demo_engine(demo_settings(folder, "http://127.0.0.1:8000"))
    try:
        demo = Demo(demo_settings(folder, "http://127.0.0.1:8000"), engine, period, seed)
        registry: CollectorRegistry = demo.app.extensions["callcenter_registry"]
        history = _History()
        clock = demo.standin.world.clock
        demo.standin.world.every(_EVERY.total_seconds(), lambda: history.add(registry.collect(), clock.now()))
        demo.simulate_past(threading.Event(), lambda day: None)
        history.add(registry.collect(), clock.now())
        history.write(scrapes)
        return period.starts_at, clock.now()
    finally:
        engine.dispose()


class _History:
    """Scrapes as promtool reads them: the samples of a metric stand together, each with its time."""

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}
        self._samples: dict[str, dict[str, list[str]]] = {}

    def add(self, families: Iterable[Metric], at: datetime) -> None:
        for family in families:
            self._kinds[family.name] = family.type
            of_family = self._samples.setdefault(family.name, {})
            for sample in family.samples:
                labels = {
                    **sample.labels,
                    "instance": "demo",
                    **({} if "job" in sample.labels else {"job": "callcenter"}),
                }
                shown = ",".join(f"{label}={json.dumps(value)}" for label, value in labels.items())
                series = of_family.setdefault(f"{sample.name}{{{shown}}}", [])
                series.append(f"{sample.value} {at.timestamp():.3f}")

    def write(self, into: Path) -> None:
        with into.open("w", encoding="utf-8") as out:
            for name, of_family in self._samples.items():
                # No type: OpenMetrics has an order for the samples of a type, and Prometheus does not keep it anyway.
                out.write(f"# TYPE {name}_family unknown\n")
                for series, values in of_family.items():
                    out.writelines(f"{series} {value}\n" for value in values)
            out.write("# EOF\n")


def _promtool(*arguments: str) -> None:
    subprocess.run(["promtool", *arguments], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _running(folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    binary = shutil.which("prometheus") or "prometheus"
    arguments = [f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
    arguments += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=error", "--storage.tsdb.retention.time=400d"]
    process = subprocess.Popen([binary, *arguments])
    address = f"http://127.0.0.1:{port}"
    try:
        _until_ready(address)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def _until_ready(address: str) -> None:
    for _ in range(300):
        try:
            with urlopen(f"{address}/-/ready", timeout=5):
                return
        except URLError:
            time.sleep(0.1)
    raise TimeoutError(f"Prometheus did not start at {address}")
