"""Speed of virtual time: calls of the stand-in alone, and a week of the whole office."""

import tempfile
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from callcenter.clock import VirtualClock
from callcenter.demo.days import demo_period
from callcenter.demo.fixtures import LINE, demo_engine, demo_rota, demo_settings
from callcenter.demo.run import Demo
from callcenter.standin.people.scripts import CallerScript
from callcenter.standin.stand_in import StandIn

_CALLS = 2_000
# Ten minutes after the demo's line opened, so that only the five days before are simulated.
WEDNESDAY_MORNING = datetime(2027, 6, 9, 6, 40, tzinfo=UTC)
_HELLO = b"<Response><Say>Goedemorgen.</Say><Pause length='2'/><Hangup/></Response>"


def standin_calls_per_s() -> float:
    """Calls a second that the stand-in plays against a product which only says good morning."""

    def product(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        is_voice = environ["PATH_INFO"] == "/webhooks/voice"
        start_response("200 OK" if is_voice else "204 No Content", [("Content-Type", "text/xml")])
        return [_HELLO if is_voice else b""]

    standin = StandIn(VirtualClock(datetime(2027, 6, 8, 8, tzinfo=UTC)), app=product, keep_log=False)
    standin.line(LINE)
    for n in range(_CALLS):
        standin.dials(CallerScript(f"+3178{6_140_000 + n}"), LINE, after=n * 0.5 + 0.001)
    began = perf_counter()
    standin.settle()
    return len(standin.calls) / (perf_counter() - began)


def lived_week() -> tuple[float, int]:
    """Seconds that five working days of the demo take, and the number of their calls."""
    now = WEDNESDAY_MORNING
    with tempfile.TemporaryDirectory(prefix="callcenter-bench-") as folder:
        settings = demo_settings(Path(folder), "http://127.0.0.1:8000")
        engine = demo_engine(settings)
        began = perf_counter()
        demo = Demo(settings, engine, demo_period(demo_rota(now), now, 5), seed=30)
        calls = [0]
        demo.simulate_past(threading.Event(), lambda _day: None)
        took_s = perf_counter() - began
        calls[0] = sum(call.direction == "inbound" for call in demo.standin.calls)
        engine.dispose()
    return took_s, calls[0]
