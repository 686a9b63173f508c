"""An office for journeys whose process can be away, be killed and start again."""

from collections.abc import Callable
from functools import partial
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Engine

from callcenter.app import make_app, make_dispatcher, make_office
from callcenter.clock import VirtualClock
from callcenter.demo.simulated_office import SimulatedOffice
from callcenter.runtime import write_totals
from callcenter.settings import Settings
from callcenter.standin.threads import GoOn
from callcenter.standin.transport import Answer, InProcess, Request
from callcenter.telephony.twilio_api import REST_TIMEOUT_S, TwilioApi, make_client
from schedules.jobs import Job


class Killed(BaseException):
    """The process is killed at this point; the product must not catch this exception."""


class Doorway:
    """The proxy in front of the product. While it is closed it answers 503, or nothing answers."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._inside: InProcess | None = None
        self.closed_with: Answer | None = None
        self.after_next: Callable[[Request], bool] | None = None
        self.on_kill: Callable[[], None] = lambda: None

    def leads_to(self, app: Any) -> None:
        """Send requests to this WSGI application from now on."""
        self._inside = InProcess(app, self._base_url)

    def send(self, request: Request, done: Callable[[Answer], None]) -> None:
        """Send one request. The process dies after one that `after_next` matches: its answer is lost, its rows stay."""
        assert self._inside is not None
        if self.closed_with is not None:
            done(self.closed_with)
            return
        if self.after_next is not None and self.after_next(request):
            self.after_next = None
            self._inside.send(request, lambda answer: None)
            self.on_kill()
            done(Answer(0, error="connect"))
            return
        self._inside.send(request, done)

    def close(self) -> None:
        """Nothing is held open."""


class MortalClient:
    """The HTTP client for Twilio's REST API; it may kill the process right after Twilio carried out a request."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.is_async = client.is_async
        self.timeout = client.timeout
        self.get = client.get
        self.dies_after: Callable[[str, str], bool] | None = None
        self.spares = 0

    def request(self, method: str, uri: str, *args: Any, **named: Any) -> Any:
        """Send a request as the stand-in's client does."""
        answer = self._client.request(method, uri, *args, **named)
        if self.dies_after is not None and self.dies_after(method, uri):
            if self.spares == 0:
                self.dies_after = None
                raise Killed
            self.spares -= 1
        return answer


def created(method: str, address: str) -> bool:
    """Whether a REST request creates a call."""
    return method.upper() == "POST" and address.endswith("/Calls.json")


def updated(method: str, address: str) -> bool:
    """Whether a REST request updates a call: ends or redirects it."""
    return method.upper() == "POST" and "/Calls/" in address


class MortalOffice(SimulatedOffice):
    """An office whose process can be killed (-9) and started again on the same database, in the same world."""

    def __init__(self, settings: Settings, clock: VirtualClock, engine: Engine, **standin: Any) -> None:
        self.door = Doorway(settings.public_url)
        self._settings, self._clock, self._engine = settings, clock, engine
        self.is_away, self._rises_after_s = False, 1.0
        super().__init__(settings, clock, engine, transport=self.door, **standin)
        self.door.leads_to(self.app.wsgi_app)
        self.rest_edge = MortalClient(self.standin.http_client(REST_TIMEOUT_S))
        self._connect()

    def _start(self) -> None:
        settings = self._settings
        self.office = make_office(settings, self._clock, self._engine)
        self.app = make_app(self.office)
        self.office.wake = self._wake
        self._connect()
        self.door.leads_to(self.app.wsgi_app)
        self._may_be_sooner = True

    def _connect(self) -> None:
        """Let the office reach Twilio through the edge that can be killed."""
        self.twilio = TwilioApi(make_client(self._settings, self.rest_edge))
        self.dispatcher = make_dispatcher(self.office, self.twilio)

    def kill(self, back_after_s: float | None = 1.0) -> None:
        """Lose everything in memory and answer nothing until `come_back`. Twilio still carries out earlier requests."""
        self.is_away, self._woken = True, False
        self._threads.abandon()
        self.door.closed_with = Answer(0, error="connect")
        if back_after_s is not None:
            self.standin.world.call_later(back_after_s, self.come_back)

    def be_away(self, status: int = 503) -> None:
        """Let the proxy answer 503 until `come_back`."""
        self.kill(back_after_s=None)
        self.door.closed_with = Answer(status, "text/html", b"service unavailable")

    def come_back(self, auth_token: str = "") -> None:
        """Start a new process on the same database. auth_token: a changed TWILIO_AUTH_TOKEN."""
        if auth_token:
            self._settings = self._settings.model_copy(update={"twilio_auth_token": SecretStr(auth_token)})
        self.is_away, self.door.closed_with = False, None
        self._start()

    def kill_after_request(self, wanted: Callable[[Request], bool], back_after_s: float = 1.0) -> None:
        """Kill the process after the next request that matches: its rows are committed, its answer is lost."""
        self.door.on_kill = partial(self.kill, back_after_s)
        self.door.after_next = wanted

    def kill_after_rest(self, wanted: Callable[[str, str], bool], *, nth: int = 1, back_after_s: float = 1.0) -> None:
        """Kill the process after Twilio carried out the nth REST request that matches, before the result is stored."""
        self.rest_edge.dies_after, self.rest_edge.spares = wanted, nth - 1
        self._rises_after_s = back_after_s

    def turns(self, **seconds: float) -> None:
        """Change the interval of jobs, in seconds, from their next run on: `turns(sweep=60)`. Fewer runs are faster."""
        for job, repeating in self._jobs:
            repeating.seconds = seconds.get(job.name, repeating.seconds)

    def dispatch(self) -> None:
        self._woken = False
        if self.is_away:
            return
        try:
            super().dispatch()
        except Killed:
            self.kill(self._rises_after_s)

    def _goes_on(self, go_on: GoOn) -> None:
        try:
            go_on()
        except Killed:
            self.kill(self._rises_after_s)

    def _turn(self, job: Job) -> None:
        if self.is_away:
            return
        try:
            super()._turn(job)
        except Killed:
            self.kill(self._rises_after_s)

    def _anything_to_do(self) -> bool:
        # In production the job runs every second, also long after the last call.
        return super()._anything_to_do() or (not self.is_away and any(self._what_is_due()))

    def _each_second(self) -> None:
        if not self.is_away:
            super()._each_second()

    def write_totals(self) -> None:
        """Write the totals that were counted outside transactions, as the runtime does every second."""
        write_totals(self.office, self.office.totals)
