"""Runs the demo with a temporary folder and a web server, and removes everything when it ends."""

import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from callcenter.clock import SystemClock
from callcenter.demo.days import demo_period
from callcenter.demo.fixtures import demo_engine, demo_rota, demo_settings
from callcenter.demo.run import Demo
from callcenter.demo.web_server import HOST, WebServer, refuse_taken_port
from callcenter.storage.tables import metadata

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# The world runs in slices shorter than this, so its thread has ended by then.
_LAST_PIECE_S = 2.0


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the demo. speed: virtual seconds per real second, once live; days: simulated past working days."""

    port: int
    speed: float
    seed: int
    days: int

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"


@dataclass(frozen=True, slots=True)
class Ready:
    """What the command prints when the demo is ready.

    token: for the API; shows: the demo's clock, None when it shows the real time.
    """

    address: str
    token: str
    shows: datetime | None


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that Ctrl-C, SIGTERM and a closed terminal set, instead of ending the process."""
    stop = threading.Event()
    before = [(number, signal.signal(number, lambda *_: stop.set())) for number in _SIGNALS]
    try:
        yield stop
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def run(
    options: Options,
    stop: threading.Event,
    lived: Callable[[Demo, threading.Event], None],
    ready: Callable[[Ready], None],
) -> None:
    """Run the demo until `stop` is set. Raises PortTaken. All files are removed, also after an error.

    lived: called to simulate the past; ready: called when the pages are available.
    """
    refuse_taken_port(options.port)
    metadata()
    now = SystemClock().now()
    period = demo_period(demo_rota(now), now, options.days)
    with tempfile.TemporaryDirectory(prefix="callcenter-demo-") as folder:
        settings = demo_settings(Path(folder), options.address)
        engine = demo_engine(settings)
        try:
            demo = Demo(settings, engine, period, options.seed)
            lived(demo, stop)
            if not stop.is_set():
                shows = None if period.live_from == now else period.live_from
                _live(demo, options, stop, lambda: ready(Ready(options.address, demo.fixtures.token, shows)))
        finally:
            engine.dispose()


def _live(demo: Demo, options: Options, stop: threading.Event, ready: Callable[[], None]) -> None:
    world = threading.Thread(target=demo.run_live, args=(stop, options.speed), name="world", daemon=True)
    world.start()
    server = WebServer(demo.app, options.port)
    try:
        ready()
        while world.is_alive() and not stop.wait(0.5):
            continue
    finally:
        stop.set()
        server.stop()
        world.join(_LAST_PIECE_S)
