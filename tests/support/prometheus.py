"""A real Prometheus that scrapes what a test serves, until the test ends, with a past and an Alertmanager if wanted."""

import json
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from callcenter.clock import SystemClock
from tests.support.missing import missing
from tests.support.waiting import wait_until

RULES = Path(__file__).parents[2] / "grafana" / "prometheus" / "callcenter.rules.yml"
_CONFIG = """
global: {{scrape_interval: {every}, scrape_timeout: {every}, evaluation_interval: {every}}}
rule_files: ["{rules}"]
alerting: {{alertmanagers: [{{static_configs: [{{targets: {alertmanagers}}}]}}]}}
scrape_configs:
  - job_name: callcenter
    honor_labels: true
    static_configs: [{{targets: ["{target}"]}}]
"""


def program(name: str) -> str:
    """The path of prometheus or promtool; skips the test where it is not installed."""
    return shutil.which(name) or missing("prometheus")


class Prometheus:
    """A running server, queried through the API that Grafana uses. url: its address."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path: str, **parameters: str) -> Any:
        """The `data` of an answer. Raises AssertionError with Prometheus's error when it refuses the request."""
        try:
            with urlopen(f"{self.url}/api/v1/{path}?{urlencode(parameters)}", timeout=10) as answer:
                return json.load(answer)["data"]
        except URLError as error:
            told = error.read().decode() if hasattr(error, "read") else str(error)
            raise AssertionError(f"{parameters.get('query', path)}: {told}") from None

    def query(self, expr: str) -> list[tuple[Mapping[str, str], float]]:
        """The present result of an expression: labels and value of each series."""
        found: Sequence[Mapping[str, Any]] = self.get("query", query=expr)["result"]
        return [(one["metric"], float(one["value"][1])) for one in found]

    def value(self, expr: str) -> float | None:
        """The present value of an expression with one series; None when it has no series."""
        found = self.query(expr)
        assert len(found) < 2, f"{expr} gives {len(found)} series"
        return found[0][1] if found else None

    def is_ready(self) -> bool:
        """Whether the server answers requests."""
        try:
            self.get("status/runtimeinfo")
        except AssertionError:
            return False
        return True


class _Quiet(WSGIRequestHandler):
    """A request handler that does not log scrapes."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return None


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve the app on a loopback port; yields HOST:PORT."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


# The ends of the windows that rules and dashboards look back to, in seconds.
_WINDOWS_S = tuple(int(timedelta(hours=hours).total_seconds()) for hours in (6, 24, 7 * 24, 28 * 24))
# Prometheus looks back five minutes for a sample.
_STEP_S = 240


def past_of(metrics: str, target: str) -> str:
    """OpenMetrics of a past in which nothing happened: the samples of `metrics` throughout the last 75 minutes and
    around the start of each longer window.

    metrics: an answer of `/metrics` in OpenMetrics; target: HOST:PORT, the label `instance`.
    """
    now_s = int(SystemClock().now().timestamp())
    at_s = [*range(now_s - 75 * 60, now_s, _STEP_S)]
    for window_s in _WINDOWS_S:
        at_s = [*range(now_s - window_s - _STEP_S, now_s - window_s + 3 * _STEP_S, _STEP_S), *at_s]
    lines = []
    for line in metrics.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = re.fullmatch(r"([\w:]+)(?:\{(.*)\})? (\S+)", line).groups()  # type: ignore[union-attr]
        own = [labels] if labels else []
        if 'job="' not in (labels or ""):  # honor_labels
            own.append('job="callcenter"')
        series = name + "{" + ",".join([*own, f'instance="{target}"']) + "}"
        lines += [f"{series} {value} {at}" for at in at_s]
    for record in re.findall(r"record: (callcenter:\w+:total)", RULES.read_text()):
        lines += [f"{record} 0 {at}" for at in at_s]
    return "\n".join([*lines, "# EOF\n"])


def free_port() -> int:
    """A port of the loopback that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def running(*command: str) -> Iterator[None]:
    """A program that runs until the end of the block."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def scraping(
    target: str, past: str | None = None, alertmanager: str | None = None, *, at_once: bool = False
) -> Iterator[Prometheus]:
    """A real Prometheus with the product's rules that scrapes HOST:PORT every second, or thrice if `at_once`.

    past: what `past_of` gives; alertmanager: HOST:PORT to which alerts go; at_once: alerts do not wait for their `for`,
    and stay no longer than their cause.
    """
    binary = program("prometheus")
    with tempfile.TemporaryDirectory(prefix="cc-prometheus-") as name:
        folder = Path(name)
        config = folder / "prometheus.yml"
        # The rules are evaluated at this server's interval, not at the one of their file.
        rules = folder / RULES.name
        waits = r"^ +(interval|for|keep_firing_for): .*\n" if at_once else r"^ +interval: .*\n"
        rules.write_text(re.sub(waits, "", RULES.read_text(), flags=re.MULTILINE))
        every = "330ms" if at_once else "1s"
        alertmanagers = [alertmanager] if alertmanager else []
        config.write_text(_CONFIG.format(every=every, rules=rules, target=target, alertmanagers=alertmanagers))
        if past is not None:
            _write_past(folder, past)
        port = free_port()
        arguments = [f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
        arguments += ["--storage.tsdb.retention.time=400d"]
        arguments += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
        with running(binary, *arguments):
            prometheus = Prometheus(port)
            wait_until(prometheus.is_ready, "Prometheus to start", within_s=30)
            yield prometheus


def _write_past(folder: Path, past: str) -> None:
    (folder / "past.txt").write_text(past)
    blocks = ["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=1000h"]
    told = subprocess.run(
        [program("promtool"), *blocks, str(folder / "past.txt"), str(folder / "data")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
