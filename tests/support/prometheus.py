"""A real Prometheus that scrapes what a test serves, until the test ends."""

import json
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.support.missing import missing
from tests.support.waiting import wait_until

RULES = Path(__file__).parents[2] / "grafana" / "prometheus" / "callcenter.rules.yml"
_CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: callcenter
    honor_labels: true
    static_configs: [{{targets: ["{target}"]}}]
"""


def program(name: str) -> str:
    """The path of prometheus or promtool; skips the test where it is not installed."""
    return shutil.which(name) or missing("prometheus")


class Prometheus:
    """A running server, queried through the API that Grafana uses."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def get(self, path: str, **parameters: str) -> Any:
        """The `data` of an answer. Raises AssertionError with Prometheus's error when it refuses the request."""
        try:
            with urlopen(f"{self.address}/api/v1/{path}?{urlencode(parameters)}", timeout=10) as answer:
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


@contextmanager
def scraping(target: str) -> Iterator[Prometheus]:
    """A real Prometheus with the product's rules that scrapes HOST:PORT every second."""
    binary = program("prometheus")
    with tempfile.TemporaryDirectory(prefix="cc-prometheus-") as name, socket.socket() as free:
        folder = Path(name)
        config = folder / "prometheus.yml"
        # The rules are evaluated at this server's interval, not at the one of their file.
        rules = folder / RULES.name
        rules.write_text(re.sub(r"^ +interval: .*\n", "", RULES.read_text(), flags=re.MULTILINE))
        config.write_text(_CONFIG.format(rules=rules, target=target))
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        arguments = [f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
        arguments += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
        process = subprocess.Popen([binary, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            prometheus = Prometheus(port)
            wait_until(prometheus.is_ready, "Prometheus to start", within_s=30)
            yield prometheus
        finally:
            process.terminate()
            process.wait(timeout=20)
