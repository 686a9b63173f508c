"""One run: starts everything, lets people ring while faults strike, waits until all is settled, and looks."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, create_engine, func, or_, select, text

from bench.servers import free_port
from bench.town import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL, SETTINGS
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.cli.line_figures import read_figures
from callcenter.clock import SystemClock
from callcenter.routing.reconcile import FACT as RECONCILED
from callcenter.standin.people.callers import Caller
from callcenter.standin.server import Server
from callcenter.standin.stand_in import StandIn
from callcenter.standin.transport import Http
from callcenter.standin.twilio.calls import Call as Telephone
from callcenter.standin.world import World
from callcenter.storage.engine import make_engine, make_sessions
from callcenter.storage.migrate import upgrade
from callcenter.storage.system_facts import read_fact
from callcenter.telephony.records import OutboxMessage
from chaos.backups import Backup
from chaos.checks import breaches
from chaos.crowd import Crowd
from chaos.database import Database, running_database
from chaos.database_clock import DatabaseClock
from chaos.desk import Desk
from chaos.evidence import keep
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
_START_WITHIN_S = 120
# After the last call came in: hunts, talks and messages end, and the last events are sent.
_CALLS_END_WITHIN_S = 240
_SETTLED_WITHIN_S = 120
_SETTLED_STEP_S = 20
# Longer than anything waits for an event that was lost (routing/sweep.py), and than Twilio's list is behind.
_STEP = timedelta(minutes=21)


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is made of. workers: of each host; apart: the second host runs its scheduler as its own service."""

    crowd: Crowd
    seed: int
    faults: Sequence[Fault]
    consultants: int = 40
    workers: int = 2
    apart: bool = True


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

    def __init__(
        self, options: Options, rig: Rig, engine: Engine, token: str, front_url: str, work: Path, tell: Tell
    ) -> None:
        self._options, self._rig, self._engine, self._tell = options, rig, engine, tell
        self._token, self._front_url, self._work = token, front_url, work
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
            backup = Backup(self._options.crowd.seconds / 2, self._work / "backup", self._environment)
            desk = Desk(self._front_url, self._token, every_s=max(0.5, self._options.crowd.seconds / 200))
            self._mayhem.strike(self._options.faults)
            self._waits_for(
                lambda: all(caller.calls for caller in callers), "all to ring", self._options.crowd.seconds + 60
            )
            self._tell("everybody has rung")
            desk.stop()
            self.pressed = desk.pressed
            self._waits_for(lambda: not self._live_calls(), "the last call to end", _CALLS_END_WITHIN_S)
            self._settle()
            self._failed += self._breaches()
            self._failed += backup.breaches(self._url("restored"))
        except AssertionError as error:
            self._failed.append(str(error))
            self._failed += self._who_is_still_there()
            self._failed += self._breaches()
        finally:
            try:
                if self._failed:
                    keep(self._place, self._environment, self._work)
            finally:
                self._done.set()

    def _url(self, database: str) -> str:
        return self._rig.database.url(self._rig.database.port, database)

    @property
    def _environment(self) -> dict[str, str]:
        """The settings of a command about the database of this run."""
        return {"CALLCENTER_DATABASE_URL": self._url("chaos")}

    def _waits_for(self, look: Callable[[], object], what: str, within_s: float) -> None:
        wait_until(look, what, within_s=within_s, every_s=0.25)

    def _wait_until_ready(self) -> None:
        for host in self._rig.hosts:
            self._waits_for(partial(is_ready, host), f"host {host.name} to be ready", _START_WITHIN_S)

    def _everybody_rings(self) -> list[Caller]:
        stand_in = self._rig.stand_in
        with stand_in.world.lock:
            some = self._options.crowd.callers(self._options.seed)
            return [stand_in.dials(script, LINE, after=at_s + 0.01) for at_s, script in some]

    def _live_calls(self) -> int:
        with self._rig.stand_in.world.lock:
            return len(self._rig.stand_in.exchange.live)

    def _who_is_still_there(self) -> list[str]:
        with self._rig.stand_in.world.lock:
            return [_last_of(call) for call in self._rig.stand_in.exchange.live.values()]

    def _settle(self) -> None:
        """Set all clocks ahead until every lost event is made up for and Twilio's list was read."""
        self._wait_until_ready()
        for _ in range(3):
            self._tell("settling")
            self._ahead += _STEP
            moved_at = SystemClock().now() + self._ahead
            self._rig.database_clock.is_ahead(self._ahead)
            for clock in self._rig.clocks:
                clock.is_ahead(self._ahead)
            since = partial(self._reconciled_since, moved_at)
            self._waits_for(since, "reconciliation", _SETTLED_WITHIN_S)
            if comes_to_hold(self._nothing_left, _SETTLED_STEP_S):
                break
        self._waits_for(lambda: not self._live_calls(), "the last leg to end", 60)

    def _reconciled_since(self, moved_at: datetime) -> bool:
        """Whether a reconciliation that began after this instant, by the hosts' clocks, has succeeded."""
        with make_sessions(self._engine)() as session:
            done = read_fact(session, RECONCILED)
        return done is not None and done.at >= moved_at

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


def _last_of(call: Telephone) -> str:
    """What a call that does not end heard last, and which webhooks it brought."""
    heard = [f"{one.at:%H:%M:%S} {one.what}" for one in call.heard[-4:]]
    sent = [
        f"{one.at:%H:%M:%S} {one.kind} {one.url.rpartition('/')[2][:40]} {one.status}" for one in call.webhooks[-6:]
    ]
    return f"{call.sid} ({call.direction}, {call.status}) heard {'; '.join(heard)}; sent {'; '.join(sent)}"


def comes_to_hold(look: Callable[[], bool], within_s: float) -> bool:
    """Whether a condition comes to hold within some seconds."""
    try:
        wait_until(look, "it", within_s=within_s, every_s=0.25)
    except AssertionError:
        return False
    return True


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
    options: Options, database: Database, wires: Wires, rest_url: str, work: Path
) -> Iterator[tuple[list[Host], list[WrongClock], list[str]]]:
    hosts, clocks, links = list[Host](), list[WrongClock](), list[str]()
    try:
        for name in "AB":
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
            serve = ["serve", "--bind", f"127.0.0.1:{port}", "--workers", str(options.workers)]
            apart = options.apart and name == "B"
            serve += ["--no-scheduler"] if apart else []
            services = {"serve": Service(serve, environment, work / f"{name}-serve.log")}
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
        engine, database_clock = _furnished(stack, database)
        token = furnish(engine, options.consultants)
        world = World(SystemClock())
        front = wires.open(FRONT)
        front_url = f"http://127.0.0.1:{front}"
        measured = Measured(Http(world, PUBLIC_URL, front_url))
        stack.callback(measured.close)
        stand_in = _stand_in(world, measured, options)
        server = Server(stand_in.rest)
        stack.callback(server.stop)
        stand_in.platform.api_base_url = server.url
        hosts, clocks, links = stack.enter_context(_services(options, database, wires, server.url, work))
        balancer = Balancer(hosts, wires)
        stack.callback(balancer.stop)
        rig = Rig(hosts, clocks, links, database, database_clock, wires, stand_in)
        one = Run(options, rig, engine, token, front_url, work, tell)
        failed = one.live()
        return one.found(measured.sent, failed)


def _furnished(stack: ExitStack, database: Database) -> tuple[Engine, DatabaseClock]:
    admin = create_engine(database.url(database.port), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for name in ("chaos", "restored"):
            connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    engine = make_engine(database.url(database.port, "chaos"))
    stack.callback(engine.dispose)
    upgrade(engine)
    clock = DatabaseClock(database.url(database.port, "chaos"))
    stack.callback(clock.close)
    engine.dispose()  # the path of a session is set when it begins
    return engine, clock


def _stand_in(world: World, measured: Measured, options: Options) -> StandIn:
    stand_in = StandIn(
        world.clock,
        transport=measured,
        base_url=PUBLIC_URL,
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        default_phone=options.crowd.phones(options.seed),
        seed=options.seed,
        world=world,
    )
    stand_in.line(LINE)
    return stand_in
