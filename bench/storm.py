"""A storm in real time: two hundred schools ring within two minutes, 24 consultants answer."""

import json
import subprocess
import sys
from pathlib import Path

from bench import servers
from bench.load import BenchFailed
from bench.places import Fresh
from bench.town import LINE, SETTINGS, furnished
from callcenter.storage.engine import make_engine

CALLS, SECONDS = 200, 120
# The figures that are reported, by their names in the output of `callcenter simulate`.
FIGURES = (
    "first_answer_p50_s",
    "first_answer_p95_s",
    "first_answer_p99_s",
    "longest_silence_s",
    "longest_wait_s",
    "calls",
    "answered",
    "messages",
    "gave_up",
    "callbacks",
    "double_rings",
    "without_outcome",
    "without_callback",
)


def storm(fresh: Fresh, work: Path, *, workers: int) -> dict[str, float]:
    """The figures of one storm against an installation with a scheduler. Raises BenchFailed."""
    address = fresh()
    engine = make_engine(address)
    schools = furnished(engine, free_at_once=False)
    engine.dispose()
    numbers = work / "schools"
    numbers.write_text("\n".join(schools[:CALLS]))
    rest = f"127.0.0.1:{servers.free_port()}"
    with servers.serving(address, f"http://{rest}", work, "--workers", str(workers)) as product:
        drill = [sys.executable, "-c", "from callcenter.cli import main; main()", "simulate", "--json"]
        drill += ["--target", product.url, "--public-url", SETTINGS["CALLCENTER_PUBLIC_URL"], "--line", LINE]
        drill += ["--account-sid", SETTINGS["TWILIO_ACCOUNT_SID"], "--auth-token", SETTINGS["TWILIO_AUTH_TOKEN"]]
        drill += ["--storm", str(CALLS), "--seconds", str(SECONDS), "--rest-bind", rest, "--numbers", str(numbers)]
        said = subprocess.run(drill, stdout=subprocess.PIPE, text=True, check=False)
    try:
        found = json.loads(said.stdout)
    except ValueError:
        raise BenchFailed("the storm told nothing") from None
    return {name: found[name] for name in FIGURES}
