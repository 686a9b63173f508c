"""Seconds from the consultant's key 1 until both hear each other, one call after another, through a real server."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import select

from bench import servers, town
from bench.load import BenchFailed
from bench.places import Fresh
from callcenter.calls.call import Call
from callcenter.clock import SystemClock
from callcenter.standin.people.scripts import ACCEPTS, CallerScript
from callcenter.standin.rest.latency import Latency
from callcenter.standin.server import Server
from callcenter.standin.stand_in import StandIn
from callcenter.standin.transport import Http
from callcenter.standin.world import World
from callcenter.storage.engine import make_engine

CALLS = 5
_GAP_S = 3.0
# Longer than greeting, ring, screening and talk take, however slow REST is.
_LAST_CALL_S = 15.0


def accept_to_connected_s(fresh: Fresh, work: Path, rest_s: float) -> float:
    """The median of five calls, in seconds. rest_s: seconds that each REST request takes. Raises BenchFailed."""
    address = fresh()
    engine = make_engine(address)
    town.furnished(engine)
    twilio = _Twilio()
    rest = Server(twilio)
    try:
        with servers.product(address, rest.url, work) as product:
            office = twilio.open(product.url, rest.url, rest_s)
            callers = [
                office.dials(CallerScript(f"+3161111{n:04d}", talk_s=1), town.LINE, after=1 + n * _GAP_S)
                for n in range(CALLS)
            ]
            stop = threading.Event()
            office.world.call_later(CALLS * _GAP_S + _LAST_CALL_S, stop.set)
            office.world.run_paced(stop)
            office.transport.close()
    finally:
        rest.stop()
    joined = {call.sid: call.first_talk_at for caller in callers for call in caller.calls}
    with engine.connect() as connection:
        accepted = dict(connection.execute(select(Call.call_sid, Call.accepted_at)).tuples().all())
    engine.dispose()
    both = [(at, accepted.get(sid)) for sid, at in joined.items()]
    took = [(at - pressed) / timedelta(seconds=1) for at, pressed in both if at and pressed]
    if not took:
        raise BenchFailed("nobody was connected")
    return median(took)


class _Twilio:
    """A stand-in whose REST API is served before the product's address is known."""

    def __init__(self) -> None:
        self._office: StandIn | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        assert self._office is not None
        return self._office.rest(environ, start_response)

    def open(self, product_url: str, rest_url: str, rest_s: float) -> StandIn:
        """Start in front of this product. Every mobile is picked up after a second, and 1 is pressed."""
        clock = SystemClock()
        world = World(clock)
        office = self._office = StandIn(
            clock,
            transport=Http(world, town.PUBLIC_URL, product_url),
            base_url=town.PUBLIC_URL,
            account_sid=town.ACCOUNT_SID,
            auth_token=town.AUTH_TOKEN,
            default_phone=replace(ACCEPTS, after_s=1.0),
            world=world,
        )
        office.rest.latencies.rules = [Latency(rest_s)]
        office.platform.api_base_url = rest_url
        office.line(town.LINE)
        return office
