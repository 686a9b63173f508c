"""One run: starts everything, lets people ring while faults strike, waits until all is settled, and looks."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from random import Random

from sqlalchemy import Engine, create_engine, func, or_, select, text

from bench.servers import free_port
from bench.town import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL, SETTINGS
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.cli.line_figures import read_figures
from callcenter.clock import SystemClock, stopwatch
from callcenter.standin.people.crowd import called_back, crowd, invented_numbers, ordinary_phone
from callcenter.standin.people.scripts import PhoneScript
from callcenter.standin.people.shape import CallShape
from callcenter.standin.server import Server
from callcenter.standin.stand_in import StandIn
from callcenter.standin.transport import Http
from callcenter.standin.world import World
from callcenter.storage.engine import make_engine, make_sessions
from callcenter.storage.migrate import upgrade
from callcenter.storage.records import JobRun
from callcenter.telephony.records import OutboxMessage
from chaos.checks import breaches
from chaos.database import Database, running_database
from chaos.desk import Desk
from chaos.hosts import Host, Service, is_ready, status_of
from chaos.mayhem import FRONT, Mayhem, Rig, Struck
from chaos.measured import Measured, Sent
from chaos.office import LINE, furnish
from chaos.place import ClockAhead, Place
from chaos.plan import Fault
from chaos.wires import Wires
from tests.support.waiting import wait_until
from tests.support.wrong_clock import WrongClock

Tell = Callable[[str], None]
_METRICS_TOKEN = "only-for-the-chaos"
_CONSULTANTS = 40
_START_WITHIN_S = 120
# After the last call came in: hunts, talks and messages end, and the last events are sent.
_CALLS_END_WITHIN_S = 240
_SETTLED_WITHIN_S = 120
# Longer than anything waits for an event that was lost (routing/sweep.py), and than Twilio's list is behind.
_STEP = timedelta(minutes=6)


@dataclass(frozen=True, slots=True)
class Options:
    """calls: how many callers; seconds: over how long they ring; longest_talk_s: no talk lasts longer."""

    calls: int
    seconds: float
    seed: int
    faults: Sequence[Fault]
    longest_talk_s: float = 20.0
    longest_patience_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Found:
    """What a run showed. outcomes: the number of calls by outcome; starts: how often services were started."""

    calls: int
    outcomes: dict[str, int]
    reconciled: int
    callbacks: int
    pressed: int
    texts: int
    starts: int
    sent: list[Sent]
    struck: list[Struck]
    breaches: list[str]


class Run:
    """The rig of one run."""

    def __init__(self, options: Options, rig: Rig, engine: Engine, token: str, front_url: str, tell: Tell) -> None:
        self._options, self._rig, self._engine, self._tell = options, rig, engine, tell
        self._token, self._front_url = token, front_url
        self._ahead = timedelta(0)
        self._mayhem = Mayhem(rig, tell)
        self._place = Place(engine, rig.stand_in, ClockAhead(lambda: self._ahead))
        self._done, self._failed = threading.Event(), list[str]()
        self.pressed = 0

    def live(self) -> list[str]:
        """Live through all of it; returns the breaches. The stand-in's world runs in this thread."""
        threading.Thread(target=self._tell_story, name="story", daemon=True).start()
        self._rig.stand_in.world.run_paced(self._done)
        return self._failed

    @property
    def struck(self) -> list[Struck]:
        return self._mayhem.struck

    def _tell_story(self) -> None:
        try:
            self._wait_until_ready()
            self._tell("the hosts are ready")
            callers = self._everybody_rings()
            desk = Desk(self._front_url, self._token, every_s=max(0.5, self._options.seconds / 200))
            self._mayhem.strike(self._options.faults)
            self._waits_for(lambda: all(caller.calls for caller in callers), "all to ring", self._options.seconds + 60)
            self._tell("everybody has rung")
            desk.stop()
            self.pressed = desk.pressed
            self._waits_for(lambda: not self._live_calls(), "the last call to end", _CALLS_END_WITHIN_S)
            self._settle()
            self._failed += self._breaches()
        except AssertionError as error:
            self._failed.append(str(error))
            self._failed += self._breaches()
        finally:
            self._done.set()

    def _waits_for(self, look: Callable[[], object], what: str, within_s: float) -> None:
        wait_until(look, what, within_s=within_s, every_s=0.25)

    def _wait_until_ready(self) -> None:
        for host in self._rig.hosts:
            self._waits_for(lambda host=host: is_ready(host), f"host {host.name} to be ready", _START_WITHIN_S)  # type: ignore[misc]

    def _everybody_rings(self) -> list[object]:
        options, shape = self._options, call_shape(self._options)
        rng = Random(options.seed)
        numbers = invented_numbers(rng, max(4, options.calls * 2 // 3))
        with self._rig.stand_in.world.lock:
            return [
                self._rig.stand_in.dials(script, LINE, after=at + 0.01)
                for at, script in crowd(rng, options.calls, options.seconds, numbers, shape)
            ]

    def _live_calls(self) -> int:
        with self._rig.stand_in.world.lock:
            return len(self._rig.stand_in.exchange.live)

    def _settle(self) -> None:
        """Set all clocks ahead until every lost event is made up for and Twilio's list was read."""
        self._wait_until_ready()
        for _ in range(3):
            self._tell("settling")
            self._ahead += _STEP
            moved_at = SystemClock().now() + self._ahead
            for clock in self._rig.clocks:
                clock.is_ahead(self._ahead)
            self._waits_for(lambda moved_at=moved_at: self._reconciled_since(moved_at), "reconciliation", _SETTLED_WITHIN_S)  # type: ignore[misc]
            with_limit = SettledWithin(self._nothing_left, 20)
            if with_limit.holds():
                break
        self._waits_for(lambda: not self._live_calls(), "the last leg to end", 60)

    def _reconciled_since(self, moved_at: object) -> bool:
        with make_sessions(self._engine)() as session:
            last = session.scalar(select(JobRun.last_success_at).where(JobRun.name == "reconcile"))
        return last is not None and last >= moved_at

    def _nothing_left(self) -> bool:
        with make_sessions(self._engine)() as session:
            calls = session.scalar(
                select(func.count(Call.id)).where(or_(Call.ended_at.is_(None), Call.outcome.is_(None)))
            )
            legs = session.scalar(select(func.count(Leg.id)).where(Leg.ended_at.is_(None)))
            orders = session.scalar(
                select(func.count(OutboxMessage.id)).where(
                    OutboxMessage.state.in_(("queued", "taken")), OutboxMessage.not_before <= self._place.clock.now()
                )
            )
        return not (calls or legs or orders)

    def _breaches(self) -> list[str]:
        figures = [read_figures(host.url, _METRICS_TOKEN) for host in self._rig.hosts]
        return breaches(self._place, figures)

    def found(self, sent: list[Sent], failed: list[str]) -> Found:
        """The whole result."""
        with make_sessions(self._engine)() as session:
            rows = session.execute(select(Call.outcome, func.count()).group_by(Call.outcome))
            outcomes = {str(outcome): count for outcome, count in rows}
            reconciled = session.scalar(select(func.count(Call.id)).where(Call.reconciled)) or 0
        return Found(
            calls=sum(call.direction == "inbound" for call in self._rig.stand_in.calls),
            outcomes=outcomes,
            reconciled=reconciled,
            callbacks=len(self._place.callbacks()),
            pressed=self.pressed,
            texts=len(self._rig.stand_in.exchange.messages.by_sid),
            starts=sum(host.starts() for host in self._rig.hosts),
            sent=sent,
            struck=self._mayhem.struck,
            breaches=failed,
        )


class SettledWithin:
    """Whether a condition comes to hold within some seconds."""

    def __init__(self, look: Callable[[], bool], within_s: float) -> None:
        self._look, self._within_s = look, within_s

    def holds(self) -> bool:
        """Wait for it."""
        try:
            wait_until(self._look, "it", within_s=self._within_s, every_s=0.25)
        except AssertionError:
            return False
        return True


def call_shape(options: Options) -> CallShape:
    """The shape of a real month's calls, in short."""
    shape = CallShape.from_json((files("callcenter.demo") / "shape.json").read_text("utf-8"))
    return replace(
        shape,
        talk=shape.talk.at_most(options.longest_talk_s),
        patience=shape.patience.at_most(options.longest_patience_s),
        redial_share=0.0,
    )


class Balancer:
    """The proxy in front of the hosts: asks each every second whether it is ready, and leads callers to those that are.

    While none is ready, it leads to those that answer at all: the fallback address needs no database.
    """

    def __init__(self, hosts: Sequence[Host], wires: Wires) -> None:
        self._hosts, self._wires = hosts, wires
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="balancer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _work(self) -> None:
        before: list[int] = []
        while not self._stopped.wait(1.0):
            ready = [host.port for host in self._hosts if is_ready(host)]
            targets = ready or [host.port for host in self._hosts if status_of(f"{host.url}/healthz") == 200]
            if targets and targets != before:
                self._wires.route(FRONT, targets)
                before = targets


@contextmanager
def _services(
    names: str, database: Database, wires: Wires, rest_url: str, work: Path
) -> Iterator[tuple[list[Host], list[WrongClock], list[str]]]:
    hosts, clocks, links = list[Host](), list[WrongClock](), list[str]()
    try:
        for name in names:
            links.append(f"database of {name}")
            link = wires.open(links[-1], database.port)
            folder = work / name
            folder.mkdir()
            clocks.append(WrongClock(folder, timedelta(0)))
            environment = {
                **SETTINGS,
                **clocks[-1].environment,
                "CALLCENTER_DATABASE_URL": database.url(link, "chaos"),
                "CALLCENTER_METRICS_TOKEN": _METRICS_TOKEN,
                "TWILIO_API_BASE_URL": rest_url,
            }
            port = free_port()
            serve = ["serve", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
            apart = name == "B"  # this host runs its scheduler as a service of its own
            services = {"serve": Service([*serve, *(["--no-scheduler"] if apart else [])], environment, work / f"{name}-serve.log")}
            if apart:
                services["scheduler"] = Service(["scheduler"], environment, work / f"{name}-scheduler.log")
            hosts.append(Host(name, port, services))
        yield hosts, clocks, links
    finally:
        for host in hosts:
            host.stop()


def run(options: Options, work: Path, tell: Tell) -> Found:
    """Two hosts on one PostgreSQL, and everybody rings. work: an empty folder for logs."""
    with ExitStack() as stack:
        database = stack.enter_context(running_database())
        wires = Wires()
        stack.callback(wires.close)
        engine = _furnished(stack, database)
        token = furnish(engine, _CONSULTANTS)
        world = World(SystemClock())
        front = wires.open(FRONT)
        front_url = f"http://127.0.0.1:{front}"
        measured = Measured(Http(world, PUBLIC_URL, front_url))
        stack.callback(measured.close)
        stand_in = _stand_in(world, measured, options)
        server = Server(stand_in.rest)
        stack.callback(server.stop)
        stand_in.platform.api_base_url = server.url
        hosts, clocks, links = stack.enter_context(_services("AB", database, wires, server.url, work))
        balancer = Balancer(hosts, wires)
        stack.callback(balancer.stop)
        rig = Rig(hosts, clocks, links, database, wires, stand_in)
        one = Run(options, rig, engine, token, front_url, tell)
        failed = one.live()
        return one.found(measured.sent, failed)


def _furnished(stack: ExitStack, database: Database) -> Engine:
    admin = create_engine(database.url(database.port), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE chaos"))
    admin.dispose()
    engine = make_engine(database.url(database.port, "chaos"))
    stack.callback(engine.dispose)
    upgrade(engine)
    return engine


def _stand_in(world: World, measured: Measured, options: Options) -> StandIn:
    rng, shape = Random(options.seed + 1), call_shape(options)

    def phone(number: str) -> PhoneScript:
        mobile = number.startswith("+316350001")
        return ordinary_phone(rng, shape) if mobile else called_back(rng, shape)

    stand_in = StandIn(
        world.clock,
        transport=measured,
        base_url=PUBLIC_URL,
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        default_phone=phone,
        seed=options.seed,
        world=world,
    )
    stand_in.line(LINE)
    return stand_in
