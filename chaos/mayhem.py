"""Carries out the planned faults: begins and ends each at its time, and notes what was going on at that moment."""

import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from callcenter.clock import stopwatch
from callcenter.standin.faults import FaultRule
from callcenter.standin.rest.latency import Latency
from callcenter.standin.stand_in import StandIn
from chaos.database import Database
from chaos.database_clock import DatabaseClock
from chaos.hosts import Host, is_ready
from chaos.plan import AT_ONCE, Fault
from chaos.wires import Wires
from tests.support.waiting import wait_until
from tests.support.wrong_clock import WrongClock

FRONT = "front"
# Documented: the product takes a difference of up to a minute between the clocks of its hosts.
_BOTH_WITHIN_S = 60
# A fault that had to wait for longer is left out, so that a slow machine does not make the run longer.
_TOO_LATE_S = 60
_ONE_HOST_OFF_BY_S, _ALL_HOSTS_OFF_BY_S, _DATABASE_OFF_BY_S = 50, 900, 60
_REFUSALS = (
    FaultRule("rest_429", probability=0.3),
    FaultRule("rest_error", probability=0.2, status=500),
    FaultRule("rest_error", probability=0.1, status=503, reaches=True),
    FaultRule("rest_delay", probability=0.2, seconds=6),
)
_LIES = (
    FaultRule("duplicate", probability=0.3, seconds=0.7),
    FaultRule("reorder", probability=0.2, seconds=4),
    FaultRule("delay", kind="*status", probability=0.1, seconds=20),
    FaultRule("drop", kind="*status", probability=0.15),
    FaultRule("wrong_signature", probability=0.05),
    FaultRule("error", probability=0.05, reaches=True),
    FaultRule("error", probability=0.05, reaches=False),
)


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that was carried out. began, ended: by the stopwatch; live: callers on the line when it began."""

    fault: Fault
    began: float
    ended: float
    live: int


@dataclass(frozen=True, slots=True)
class Rig:
    """What can be struck. clocks: one for each host; links: the wire of each host to the database."""

    hosts: Sequence[Host]
    clocks: Sequence[WrongClock]
    links: Sequence[str]
    database: Database
    database_clock: DatabaseClock
    wires: Wires
    stand_in: StandIn


class Mayhem:
    """Faults at their times, in threads of their own."""

    def __init__(self, rig: Rig, tell: Callable[[str], None]) -> None:
        self._rig, self._tell = rig, tell
        self._stopped = threading.Event()
        self.struck: list[Struck] = []
        self._began = 0.0

    def strike(self, faults: Sequence[Fault]) -> None:
        """Carry out all of them; returns when the last one is over, or soon after `stop`."""
        self._began = stopwatch()
        by_thing: dict[str, list[Fault]] = {}
        for fault in faults:
            by_thing.setdefault(fault.struck, []).append(fault)
        threads = [threading.Thread(target=self._one_by_one, args=(some,), daemon=True) for some in by_thing.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def stop(self) -> None:
        """Begin no more faults, and end those that last."""
        self._stopped.set()

    def _one_by_one(self, faults: Sequence[Fault]) -> None:
        for fault in faults:
            if self._stopped.wait(max(0.0, self._began + fault.at_s - stopwatch())):
                return
            if stopwatch() - self._began - fault.at_s > _TOO_LATE_S:
                continue
            if fault.struck == "hosts":
                self._wait_for_both_hosts()
            began, live = stopwatch(), self._live()
            begin, end = self._acts(fault)
            self._tell(f"{fault.kind}{self._where(fault)}, {live} callers on the line")
            begin()
            self._stopped.wait(fault.for_s)
            end()
            self.struck.append(Struck(fault, began, stopwatch(), live))

    def _wait_for_both_hosts(self) -> None:
        """The second host is there so that one may fail. Both are struck at once by the faults of the database and of
        the way to them."""
        with suppress(AssertionError):
            ready = self._rig.hosts
            wait_until(lambda: all(map(is_ready, ready)), "both hosts", within_s=_BOTH_WITHIN_S, every_s=0.5)

    def _live(self) -> int:
        with self._rig.stand_in.world.lock:
            return sum(call.direction == "inbound" for call in self._rig.stand_in.exchange.live.values())

    def _where(self, fault: Fault) -> str:
        of_one_host = "host" in fault.kind.split() or fault.kind in AT_ONCE
        name = f" ({self._rig.hosts[fault.host].name})" if of_one_host else ""
        return f"{name} for {fault.for_s:.1f} s" if fault.for_s else name

    def _acts(self, fault: Fault) -> tuple[Callable[[], object], Callable[[], object]]:
        """How the fault begins and how it ends."""
        rig, host = self._rig, self._rig.hosts[fault.host % len(self._rig.hosts)]
        acts: Mapping[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "worker killed": (lambda: host.send(host.workers()[:1], signal.SIGKILL), _nothing),
            "server killed": (lambda: host.send(host.servers(), signal.SIGKILL), _nothing),
            "dispatcher killed": (lambda: host.send(host.dispatchers(), signal.SIGKILL), _nothing),
            "scheduler killed": (lambda: host.send(host.schedulers(), signal.SIGKILL), _nothing),
            "host switched off": (lambda: host.switch(off=True), lambda: host.switch(off=False)),
            "host frozen": (host.freeze, host.thaw),
            "database killed": (rig.database.kill, rig.database.start),
            "database hangs": (lambda: self._links(held=True), self._links),
            "database slow": (lambda: self._links(delay_s=0.01 + 0.07 * fault.share), self._links),
            "host cut from database": (
                lambda: rig.wires.change(rig.links[fault.host], cut=True),
                lambda: rig.wires.change(rig.links[fault.host]),
            ),
            "clock of a host jumps": (
                lambda: self._clocks([fault.host], _off_by(fault.share, _ONE_HOST_OFF_BY_S)),
                lambda: self._clocks([fault.host], timedelta(0)),
            ),
            "clocks of all hosts jump": (
                lambda: self._clocks(range(len(rig.clocks)), _off_by(fault.share, _ALL_HOSTS_OFF_BY_S)),
                lambda: self._clocks(range(len(rig.clocks)), timedelta(0)),
            ),
            "clock of the database jumps": (
                lambda: rig.database_clock.is_ahead(_off_by(fault.share, _DATABASE_OFF_BY_S)),
                lambda: rig.database_clock.is_ahead(timedelta(0)),
            ),
            "Twilio slow": (lambda: self._latency(0.5 + 3 * fault.share), lambda: self._latency(0)),
            "Twilio refuses": (lambda: self._rules(_REFUSALS), lambda: self._no_rules(_REFUSALS)),
            "Twilio lies": (lambda: self._rules(_LIES), lambda: self._no_rules(_LIES)),
            "no way to the hosts": (
                lambda: rig.wires.change(FRONT, cut=True),
                lambda: rig.wires.change(FRONT),
            ),
        }
        return acts[fault.kind]

    def _links(self, *, held: bool = False, delay_s: float = 0.0) -> None:
        for link in self._rig.links:
            self._rig.wires.change(link, held=held, delay_s=delay_s)

    def _clocks(self, which: Sequence[int], ahead: timedelta) -> None:
        for one in which:
            self._rig.clocks[one].is_ahead(ahead)

    def _latency(self, high_s: float) -> None:
        with self._rig.stand_in.world.lock:
            self._rig.stand_in.rest.latencies.rules[:] = [Latency(0.1, high_s)] if high_s else []

    def _rules(self, rules: Sequence[FaultRule]) -> None:
        with self._rig.stand_in.world.lock:
            for rule in rules:
                self._rig.stand_in.faults.add(rule)

    def _no_rules(self, rules: Sequence[FaultRule]) -> None:
        with self._rig.stand_in.world.lock:
            self._rig.stand_in.faults.clear()


def _off_by(share: float, most_s: float) -> timedelta:
    """From `most_s` back to `most_s` ahead, and never nearly right."""
    way = 1 if share >= 0.5 else -1
    return timedelta(seconds=round(way * most_s * (0.3 + 0.7 * abs(2 * share - 1))))


def _nothing() -> None:
    """For a fault that is over at once."""
