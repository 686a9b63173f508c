"""What surrounds the demo? A temporary folder, a web server and a way to stop, all gone when it ends."""

import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from callcenter.clock import SystemClock
from callcenter.demo.days import course
from callcenter.demo.furnish import demo_engine, demo_rota, demo_settings
from callcenter.demo.run import Demo
from callcenter.demo.web_server import HOST, WebServer, refuse_taken_port
from callcenter.storage.tables import metadata

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# The world moves on in pieces shorter than this, so its thread is gone by then.
_LAST_PIECE_S = 2.0


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked. speed: virtual seconds in a real one, once live; days: past working days to be lived."""

    port: int
    speed: float
    seed: int
    days: int

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"


@dataclass(frozen=True, slots=True)
class Ready:
    """What a newcomer is told. token: for the API; shows: the demo's own present, None when it is the machine's."""

    address: str
    token: str
    shows: datetime | None


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that is set by Ctrl-C, SIGTERM and a closed terminal, instead of what they usually do."""
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
    """Run the demo until `stop` is set. lived: makes the demo live its past; ready: told once the pages can be had.

    Raises PortTaken. Nothing is left behind, whatever happens.
    """
    refuse_taken_port(options.port)
    metadata()
    now = SystemClock().now()
    its_course = course(demo_rota(now), now, options.days)
    with tempfile.TemporaryDirectory(prefix="callcenter-demo-") as folder:
        settings = demo_settings(Path(folder), options.address)
        engine = demo_engine(settings)
        try:
            demo = Demo(settings, engine, its_course, options.seed)
            lived(demo, stop)
            if not stop.is_set():
                shows = None if its_course.live_from == now else its_course.live_from
                _live(demo, options, stop, lambda: ready(Ready(options.address, demo.furniture.token, shows)))
        finally:
            engine.dispose()


def _live(demo: Demo, options: Options, stop: threading.Event, ready: Callable[[], None]) -> None:
    world = threading.Thread(target=demo.live_on, args=(stop, options.speed), name="world", daemon=True)
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
