"""How does the product die and come back in a journey? One office that can be away, be killed and start anew."""

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
    """The process is gone in the middle of what it did; nothing of ours may catch it."""


class Doorway:
    """The way to the product. Closed: a proxy answers 503 for it, or nobody does."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._inside: InProcess | None = None
        self.closed_with: Answer | None = None
        self.after_next: Callable[[Request], bool] | None = None
        self.on_kill: Callable[[], None] = lambda: None

    def leads_to(self, app: Any) -> None:
        """Requests go to this WSGI application from now on."""
        self._inside = InProcess(app, self._base_url)

    def send(self, request: Request, done: Callable[[Answer], None]) -> None:
        """One request; when it was the one to die of, its answer is lost but what it stored stays."""
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
    """The edge to Twilio's REST side; may take the process down right after a request was done."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.is_async = client.is_async
        self.timeout = client.timeout
        self.get = client.get
        self.dies_after: Callable[[str, str], bool] | None = None
        self.spares = 0

    def request(self, method: str, uri: str, *args: Any, **named: Any) -> Any:
        """As the stand-in's client."""
        answer = self._client.request(method, uri, *args, **named)
        if self.dies_after is not None and self.dies_after(method, uri):
            if self.spares == 0:
                self.dies_after = None
                raise Killed
            self.spares -= 1
        return answer


def created(method: str, address: str) -> bool:
    """A REST request that creates a call."""
    return method.upper() == "POST" and address.endswith("/Calls.json")


def updated(method: str, address: str) -> bool:
    """A REST request that ends a call or sends it elsewhere."""
    return method.upper() == "POST" and "/Calls/" in address


class MortalOffice(SimulatedOffice):
    """A lived office whose process can be killed (-9) and started again on the same database, in the same world."""

    def __init__(self, settings: Settings, clock: VirtualClock, engine: Engine, **standin: Any) -> None:
        self.door = Doorway(settings.public_url)
        self._settings, self._clock, self._engine = settings, clock, engine
        self.is_away, self._rises_after_s = False, 1.0
        super().__init__(settings, clock, engine, transport=self.door, **standin)
        self.door.leads_to(self.app.wsgi_app)
        self.rest_edge = MortalClient(self.standin.http_client(REST_TIMEOUT_S))
        self._start()

    def _start(self) -> None:
        settings = self._settings
        self.office = make_office(settings, self._clock, self._engine)
        self.app = make_app(self.office)
        self.twilio = TwilioApi(make_client(settings, self.rest_edge))
        self.office.wake = self._wake
        self.dispatcher = make_dispatcher(self.office, self.twilio)
        self.door.leads_to(self.app.wsgi_app)
        self._may_be_sooner = True

    def kill(self, back_after_s: float | None = 1.0) -> None:
        """Everything in memory is lost, and nothing is answered until it is back. What Twilio was asked, it does."""
        self.is_away, self._woken = True, False
        self._threads.abandon()
        self.door.closed_with = Answer(0, error="connect")
        if back_after_s is not None:
            self.standin.world.call_later(back_after_s, self.come_back)

    def be_away(self, status: int = 503) -> None:
        """A proxy answers for us until `come_back`."""
        self.kill(back_after_s=None)
        self.door.closed_with = Answer(status, "text/html", b"service unavailable")

    def come_back(self, auth_token: str = "") -> None:
        """A new process on the same database. auth_token: its new TWILIO_AUTH_TOKEN, when that has changed."""
        if auth_token:
            self._settings = self._settings.model_copy(update={"twilio_auth_token": SecretStr(auth_token)})
        self.is_away, self.door.closed_with = False, None
        self._start()

    def kill_after_request(self, wanted: Callable[[Request], bool], back_after_s: float = 1.0) -> None:
        """Die when such a request was handled and stored: its answer never leaves."""
        self.door.on_kill = partial(self.kill, back_after_s)
        self.door.after_next = wanted

    def kill_after_rest(self, wanted: Callable[[str, str], bool], *, nth: int = 1, back_after_s: float = 1.0) -> None:
        """Die when Twilio has done the nth such REST request (method, address), before that is stored."""
        self.rest_edge.dies_after, self.rest_edge.spares = wanted, nth - 1
        self._rises_after_s = back_after_s

    def turns(self, **seconds: float) -> None:
        """From its next turn on, let a job run every so many seconds: `turns(sweep=60)`. Quick tests, same truth."""
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
        # In production the clock looks every second, however long after the last call.
        return super()._anything_to_do() or (not self.is_away and any(self._what_is_due()))

    def _each_second(self) -> None:
        if not self.is_away:
            super()._each_second()

    def write_totals(self) -> None:
        """What was counted beside the transactions, written as the runtime does every second."""
        write_totals(self.office, self.office.totals)
