"""Takes the pictures: `python -m pictures` simulates days of the demo and stops its clock at each moment."""

import argparse
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from callcenter.demo.callers import Crowd
from callcenter.demo.days import DemoPeriod, demo_period
from callcenter.demo.fixtures import LINE, LOGINS, demo_engine, demo_rota, demo_settings, demo_shape
from callcenter.demo.run import Demo
from callcenter.demo.web_server import HOST, WebServer
from callcenter.storage.tables import metadata
from pictures.camera import Camera, camera
from pictures.moments import CLOSED_AT, DAY, DAYS_BEFORE, MOMENTS, RUSH_AT, RUSH_CALLERS, RUSH_GAP_S, Moment

_INTO = Path(__file__).parents[1] / "docs" / "pictures"
_ZONE = ZoneInfo("Europe/Amsterdam")
# The demo stops its clock after so much of the day.
_SLICE = timedelta(minutes=10)
_LONGEST_TALK_S = 900.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Photograph every page of the table, or those whose names begin with one of the given words."""
    parser = argparse.ArgumentParser(prog="python -m pictures", description=main.__doc__)
    parser.add_argument("names", nargs="*", help="the pictures to take, such as 'board'; all")
    parser.add_argument("--days", type=int, default=DAYS_BEFORE, help="working days to simulate before the day")
    parser.add_argument("--port", type=int, default=8931)
    parser.add_argument("--into", type=Path, default=_INTO, help="the folder of the pictures")
    chosen = parser.parse_args(arguments)
    wanted = [one for one in MOMENTS if not chosen.names or one.name.startswith(tuple(chosen.names))]
    chosen.into.mkdir(parents=True, exist_ok=True)
    metadata()
    with tempfile.TemporaryDirectory(prefix="callcenter-pictures-") as folder:
        settings = demo_settings(Path(folder), f"http://{HOST}:{chosen.port}")
        engine = demo_engine(settings)
        try:
            demo = Demo(settings, engine, _period(chosen.days), seed=1)
            server = WebServer(demo.app, chosen.port)
            try:
                with camera(settings.public_url, {one.email: one.password for one in LOGINS}, chosen.into) as eye:
                    _live_through(demo, wanted, eye)
            finally:
                server.stop()
        finally:
            engine.dispose()


def _period(days: int) -> DemoPeriod:
    """The day of the pictures up to the evening, and so many working days before it."""
    noon = datetime.combine(DAY, time(12), _ZONE)
    return replace(demo_period(demo_rota(noon), noon, days), live_from=datetime.combine(DAY, CLOSED_AT, _ZONE))


def _live_through(demo: Demo, wanted: Sequence[Moment], eye: Camera) -> None:
    """Simulate the days. After each slice of the last one the clock stands still, and its moments are photographed."""
    crowd = Crowd(Random(1), demo.fixtures.numbers, demo_shape())

    def step(day: date) -> None:
        now = demo.standin.world.now().astimezone(_ZONE)
        if day != DAY:
            return
        for moment in wanted:
            if moment.at == now.time():
                eye.photograph(moment)
        if now + _SLICE == datetime.combine(DAY, RUSH_AT, _ZONE):
            first_s = _SLICE.total_seconds() - RUSH_CALLERS * RUSH_GAP_S
            for number in range(RUSH_CALLERS):
                demo.standin.dials(crowd.next(_LONGEST_TALK_S), LINE, after=first_s + number * RUSH_GAP_S)

    demo.simulate_past(threading.Event(), step)


if __name__ == "__main__":
    main()
