"""Times the first ten calls after a start: `python -m bench.first_call [URL]`."""

import sys
import tempfile
import time
from pathlib import Path

import requests

from bench.outside import first_webhook, twilio
from bench.servers import Served, serving
from bench.town import furnished
from callcenter.storage.engine import make_engine
from callcenter.storage.migrate import upgrade

CALLS = 10
_PAUSE_S = 1.5
_READY_WITHIN_S = 60


def rings(served: Served, number: int) -> float:
    """Send a caller's first webhook; returns the seconds until its answer."""
    params, headers = first_webhook(f"+3178614{number:04}", number)
    began = time.perf_counter()
    answer = requests.post(f"{served.url}/webhooks/voice", params, headers=headers, timeout=10)
    assert b"<Gather" in answer.content
    return time.perf_counter() - began


def wait_until_ready(served: Served) -> None:
    """Wait until `/readyz` answers 200."""
    began = time.perf_counter()
    while requests.get(f"{served.url}/readyz", timeout=5).status_code != 200:
        if time.perf_counter() - began > _READY_WITHIN_S:
            raise TimeoutError(requests.get(f"{served.url}/readyz", timeout=5).text)
        time.sleep(0.02)


def measured(database_url: str, work: Path) -> list[tuple[float, float]]:
    """For each call: seconds to the first answer, and from its webhook to the first request that creates a leg."""
    engine = make_engine(database_url)
    upgrade(engine)
    furnished(engine)
    engine.dispose()
    found = []
    with twilio() as server, serving(database_url, server.url, work) as served:
        began = time.perf_counter()
        wait_until_ready(served)
        print(f"ready {served.ready_s + time.perf_counter() - began:.2f} s after the start")
        for number in range(CALLS):
            server.asked_at.clear()
            began = time.perf_counter()
            answered_s = rings(served, number)
            while not server.asked_at and time.perf_counter() - began < 10:
                time.sleep(0.001)
            found.append((answered_s, server.asked_at[0] - began if server.asked_at else float("nan")))
            time.sleep(_PAUSE_S)
    return found


def main() -> int:
    """Print a table of the calls."""
    with tempfile.TemporaryDirectory() as folder:
        address = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{Path(folder) / 'office.db'}"
        for number, (answered_s, asked_s) in enumerate(measured(address, Path(folder)), 1):
            print(f"call {number:2}: first answer {answered_s * 1000:6.0f} ms, first leg {asked_s * 1000:6.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
