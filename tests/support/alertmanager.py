"""A real Alertmanager with the product's example configuration, until the test ends."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

from tests.support.missing import missing
from tests.support.prometheus import RULES, free_port, running
from tests.support.waiting import wait_until

CONFIG = RULES.parent / "alertmanager.yml"


class Alertmanager:
    """A running server. target: its HOST:PORT."""

    def __init__(self, target: str) -> None:
        self.target = target

    def alerts(self) -> set[str]:
        """The names of the alerts that are firing and that no other one inhibits."""
        with urlopen(f"http://{self.target}/api/v2/alerts?active=true&inhibited=false", timeout=10) as answer:
            return {alert["labels"]["alertname"] for alert in json.load(answer)}

    def is_ready(self) -> bool:
        """Whether the server answers requests."""
        try:
            self.alerts()
        except URLError:
            return False
        return True


@contextmanager
def alertmanager() -> Iterator[Alertmanager]:
    """A real Alertmanager; skips the test where it is not installed."""
    binary = shutil.which("prometheus-alertmanager") or missing("prometheus-alertmanager")
    target = f"127.0.0.1:{free_port()}"
    with tempfile.TemporaryDirectory(prefix="cc-alertmanager-") as folder:
        listens = [f"--web.listen-address={target}", "--cluster.listen-address="]
        with running(binary, f"--config.file={CONFIG}", f"--storage.path={folder}", *listens):
            server = Alertmanager(target)
            wait_until(server.is_ready, "Alertmanager to start", within_s=30)
            yield server
