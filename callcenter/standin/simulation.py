"""Fire drills: sends callers to a running installation in real time, and reports what became of them."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from callcenter.clock import SystemClock
from callcenter.standin.faults import FaultRule
from callcenter.standin.log import longest_silence_s
from callcenter.standin.people.callers import Caller
from callcenter.standin.people.crowd import called_back, ordinary_phone
from callcenter.standin.people.scripts import CallerScript, PhoneScript
from callcenter.standin.people.shape import CallShape
from callcenter.standin.rest.latency import Latency
from callcenter.standin.server import Server
from callcenter.standin.stand_in import StandIn
from callcenter.standin.transport import Http
from callcenter.standin.twilio.calls import Call
from callcenter.standin.world import World

_TAIL_S = 2.0  # after the last call: recordings become ready, last events are answered


@dataclass(frozen=True)
class Target:
    """The installation under test, as it is configured.

    url: where it is reached. public_url: its own public address, for which webhooks are signed.
    """

    url: str
    public_url: str
    account_sid: str
    auth_token: str
    line: str
    api_key: str = ""
    api_secret: str = ""


@dataclass(frozen=True)
class Options:
    """The settings of a drill. rest_host, rest_port: where the REST API is served."""

    seed: int = 0
    rest_host: str = "127.0.0.1"
    rest_port: int = 8090
    latencies: tuple[Latency, ...] = ()
    calls_per_second: float | None = None
    faults: tuple[FaultRule, ...] = ()
    patience_after_s: float = 600.0  # the drill ends this long after the last call came in, at the latest


@dataclass(frozen=True)
class Report:
    """The results of a drill; times in seconds."""

    calls: int
    answered: int
    messages: int
    gave_up: int
    other: int
    first_answer_p50_s: float
    first_answer_p95_s: float
    first_answer_p99_s: float
    longest_silence_s: float
    longest_wait_s: float
    double_rings: int
    torn_talks: int
    without_end: int
    legs: dict[str, int]
    webhooks: int
    errors: dict[str, int]
    rest_requests: dict[str, int]

    @property
    def is_sound(self) -> bool:
        """Whether no telephone rang twice at once, no talk was torn, and every call ended."""
        return self.double_rings == self.torn_talks == self.without_end == 0


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share (0..1) of the values lies; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Drill:
    """One run against one installation."""

    def __init__(self, target: Target, options: Options, shape: CallShape, callers: Sequence[str]) -> None:
        clock = SystemClock()
        self._world = World(clock)
        self._rng, self._shape = Random(options.seed), shape
        self._options, self._target = options, target
        self._numbers = frozenset(callers)
        self._callers: list[Caller] = []
        self._is_quiet = False
        self.stop = threading.Event()
        self.stand_in = StandIn(
            clock,
            transport=Http(self._world, target.public_url, target.url),
            base_url=target.public_url,
            account_sid=target.account_sid,
            auth_token=target.auth_token,
            faults=options.faults,
            latencies=options.latencies,
            default_phone=self._phone,
            calls_per_second=options.calls_per_second,
            seed=options.seed,
            world=self._world,
        )
        if target.api_key:
            self.stand_in.rest.account.keys[target.api_key] = target.api_secret
        self.stand_in.line(target.line)

    def _phone(self, number: str) -> PhoneScript:
        if number in self._numbers:
            return called_back(self._rng, self._shape)
        return ordinary_phone(self._rng, self._shape)

    def run(
        self, crowd: Sequence[tuple[float, CallerScript]], progress: Callable[[str], None], every_s: float = 1.0
    ) -> Report:
        """Serve the REST API, let everybody ring, and wait for the last call to end.

        crowd: pairs of a second and the caller who rings then. progress: called with `standing()` every `every_s`
        seconds. Raises OSError when the port is taken.
        """
        server = Server(self.stand_in.rest, self._options.rest_host, self._options.rest_port)
        try:
            self.stand_in.platform.api_base_url = server.url
            self._callers = [self.stand_in.dials(script, self._target.line, after=at) for at, script in crowd]
            last_s = max((at for at, _ in crowd), default=0.0)
            self._world.call_later(last_s + self._options.patience_after_s, self.stop.set)
            self._world.every(every_s, lambda: progress(self.standing()))
            self._world.call_later(last_s + 0.5, lambda: self._world.every(0.25, self._stop_when_quiet))
            self._world.run_paced(self.stop)
        finally:
            server.stop()
            self.stand_in.transport.close()
        return self.report()

    def _stop_when_quiet(self) -> None:
        if not self.stand_in.exchange.has_live_calls() and not self._is_quiet:
            self._is_quiet = True
            self._world.call_later(_TAIL_S, self.stop.set)

    def standing(self) -> str:
        """The present state in one line."""
        inbound = self._inbound()
        live = sum(call.is_live for call in inbound)
        talking = sum(call.talking for call in inbound)
        errors = len(self.stand_in.alerts)
        return f"{len(inbound)} called, {live} on the line, {talking} talking, {errors} errors"

    def _inbound(self) -> list[Call]:
        return [call for caller in self._callers for call in caller.calls]

    def report(self) -> Report:
        """The results so far."""
        calls, now = self._inbound(), self._world.now()
        unhelped = [call for call in calls if call.first_talk_at is None and call.recorded_s < 1]
        gave_up = sum(call.hung_up_by_person for call in unhelped)
        firsts = [call.webhooks[0].took_s for call in calls if call.webhooks and call.webhooks[0].status == 200]
        ends = [(call, call.ended_at or now) for call in calls]
        silences = [longest_silence_s(call.heard, call.created_at, end) for call, end in ends]
        waits = [((call.first_talk_at or end) - call.created_at).total_seconds() for call, end in ends]
        legs = Counter(call.status for call in self.stand_in.calls if call.direction != "inbound")
        return Report(
            calls=len(calls),
            answered=sum(call.first_talk_at is not None for call in calls),
            messages=sum(call.first_talk_at is None and call.recorded_s >= 1 for call in calls),
            gave_up=gave_up,
            other=len(unhelped) - gave_up,
            first_answer_p50_s=round(quantile(firsts, 0.5), 4),
            first_answer_p95_s=round(quantile(firsts, 0.95), 4),
            first_answer_p99_s=round(quantile(firsts, 0.99), 4),
            longest_silence_s=round(max(silences, default=0.0), 2),
            longest_wait_s=round(max(waits, default=0.0), 1),
            double_rings=len(self.stand_in.double_rings()),
            torn_talks=len(self.stand_in.torn_talks()),
            without_end=sum(call.is_live for call in calls),
            legs=dict(legs),
            webhooks=self.stand_in.sender.sent,
            errors={str(code): n for code, n in Counter(alert.code for alert in self.stand_in.alerts).items()},
            rest_requests=dict(self.stand_in.rest.requests),
        )
