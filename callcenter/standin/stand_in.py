"""The stand-in as one object: puts its parts together, and arranges callers and telephones for tests and drills."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from callcenter.clock import Clock
from callcenter.standin.faults import FaultRule, Faults
from callcenter.standin.log import Alert, Ring, Torn, double_rings
from callcenter.standin.people.callers import Caller, DirectCaller
from callcenter.standin.people.phones import Phone
from callcenter.standin.people.scripts import IGNORES, CallerScript, PhoneScript, Scenario, Step
from callcenter.standin.rest.account import Account
from callcenter.standin.rest.api import RestApi
from callcenter.standin.rest.client import InProcessHttpClient
from callcenter.standin.rest.latency import Latencies, Latency
from callcenter.standin.transport import InProcess, Transport, WsgiApp
from callcenter.standin.twilio.calls import AfterSpeech, Call, Line
from callcenter.standin.twilio.exchange import Exchange
from callcenter.standin.twilio.platform import Platform
from callcenter.standin.twilio.timing import Timing
from callcenter.standin.twilio.webhooks import WebhookSender
from callcenter.standin.world import World

ACCOUNT_SID = "AC" + "5" * 32
AUTH_TOKEN = "stand-in-auth-token"


class StandIn:
    """A Twilio with its lines, telephones and callers, connected to one product.

    clock: shared with the product; a `VirtualClock` for virtual time. app, transport: how the product is reached,
    either a WSGI application in this process, or a `Transport`. base_url: the product's public address. default_phone:
    the script of numbers that have none, or a function that returns it for a number at each call. calls_per_second: the
    limit on calls created by REST; None: no limit. latencies: of REST requests, in virtual time too; empty: none.

    Raises ValueError without app and transport.
    """

    def __init__(
        self,
        clock: Clock,
        app: WsgiApp | None = None,
        *,
        transport: Transport | None = None,
        base_url: str = "https://callcenter.example.nl",
        account_sid: str = ACCOUNT_SID,
        auth_token: str = AUTH_TOKEN,
        api_base_url: str = "https://api.twilio.com",
        timing: Timing | None = None,
        faults: Iterable[FaultRule] = (),
        latencies: Iterable[Latency] = (),
        default_phone: PhoneScript | Callable[[str], PhoneScript] = IGNORES,
        calls_per_second: float | None = None,
        keep_log: bool = True,
        seed: int = 0,
        world: World | None = None,
    ) -> None:
        if transport is None:
            if app is None:
                raise ValueError("a stand-in needs an application or a transport")
            transport = InProcess(app, base_url)
        timing = timing or Timing()
        self.base_url, self.default_phone = base_url.rstrip("/"), default_phone
        self.world = world or World(clock)
        self.faults = Faults(faults, seed)
        self.transport = transport
        self.sender = WebhookSender(self.world, transport, self.faults, timing, auth_token, seed)
        self.phones: dict[str, Phone] = {}
        self.callers: list[Caller] = []
        self.platform = Platform(
            self.world,
            self.sender,
            timing=timing,
            account_sid=account_sid,
            api_base_url=api_base_url,
            keep_log=keep_log,
            seed=seed,
        )
        self.exchange = Exchange(self.platform, self.phone, calls_per_second=calls_per_second)
        self.rest = RestApi(self.exchange, Account(account_sid, auth_token), self.faults, Latencies(latencies, seed))

    def http_client(self, timeout_s: float | None = None) -> InProcessHttpClient:
        """A client for `twilio.rest.Client(http_client=…)` that reaches this stand-in without a network.

        timeout_s: a later answer is a timeout for the client; the request still takes effect.
        """
        return InProcessHttpClient(self.rest, timeout_s)

    def promote_token(self) -> None:
        """Make the account's secondary token the primary one: it signs webhooks, and the old one is refused."""
        self.rest.account.promote()
        self.sender.auth_token = self.rest.account.auth_token

    # -- arranging

    def line(self, number: str, **settings: Any) -> Line:
        """Add an own number with the product's usual addresses. `settings` are fields of `Line` that differ."""
        usual = {
            "voice_url": f"{self.base_url}/webhooks/voice",
            "voice_fallback_url": f"{self.base_url}/webhooks/voice/fallback",
            "status_callback": f"{self.base_url}/webhooks/voice/status",
            "sms_url": f"{self.base_url}/webhooks/sms",
        }
        return self.platform.add_line(number, **{**usual, **settings})

    def phone(self, number: str) -> Phone:
        """The telephone with this number. Its builder methods set how it behaves."""
        phone = self.phones.get(number)
        if phone is None:
            default = self.default_phone
            phone = Phone(self.exchange, number, default if isinstance(default, PhoneScript) else IGNORES)
            if not isinstance(default, PhoneScript):
                phone.chooses(lambda: default(number))
            self.phones[number] = phone
        return phone

    def caller(self, number: str | None) -> "Dialling":
        """Somebody who is about to ring; None withholds the number."""
        return Dialling(self, number)

    def dials(self, script: CallerScript, line: str, after: float = 0.0) -> Caller:
        """Let somebody ring a line in `after` seconds, and behave as scripted."""
        caller = Caller(self.exchange, script, line)
        self.callers.append(caller)
        if after > 0:
            self.world.call_later(after, caller.dial)
        else:
            caller.dial()
        return caller

    def dials_mobile(self, script: CallerScript, mobile: str, after: float = 0.0) -> DirectCaller:
        """Let somebody ring a mobile. It becomes a call at Twilio only when that mobile is engaged and diverts it."""
        caller = DirectCaller(self.exchange, script, self.phone(mobile))
        self.callers.append(caller)
        self.world.call_later(after, caller.dial)
        return caller

    def play(self, scenario: Scenario, line: str) -> list[Caller]:
        """Start a whole scenario now."""
        for number, scripts in scenario.phones:
            self.phone(number).follows(*scripts)
        return [self.dials(script, line, after=at_s) for at_s, script in scenario.callers]

    # -- passing time

    def run_for(self, seconds: float) -> None:
        """Run `seconds` of virtual time."""
        self.world.run_for(seconds)

    def run_until(self, instant: datetime) -> None:
        """Run virtual time up to an instant."""
        self.world.run_until(instant)

    def settle(self, tail_s: float = 60.0, limit_s: float = 7200.0) -> None:
        """Run until no call is live, and `tail_s` seconds more for late events.

        Raises TimeoutError when calls are still live after `limit_s` seconds.
        """
        self.world.run_for(0.001)
        self.world.run_while(self.exchange.has_live_calls, limit_s)
        self.world.run_until(self.world.now() + timedelta(seconds=tail_s))

    # -- results

    @property
    def calls(self) -> list[Call]:
        """All calls and legs, oldest first."""
        return list(self.exchange.calls.values())

    @property
    def alerts(self) -> list[Alert]:
        return self.platform.alerts

    def twiml_errors(self) -> list[Alert]:
        """The alerts about invalid documents and values, without those about requests that failed."""
        return [alert for alert in self.platform.alerts if alert.code >= 11750]

    def double_rings(self) -> list[tuple[Ring, Ring]]:
        """Pairs of rings of one telephone that overlap; must be empty."""
        return double_rings(self.exchange.rings)

    def torn_talks(self, mended_within_s: float = 3.0) -> list[Torn]:
        """Talks that a REST request of the product ended while both were there, and that did not resume in time."""
        return [torn for torn in self.exchange.talks.torn if not torn.is_mended(mended_within_s)]


class Dialling:
    """Somebody who is about to ring a line."""

    def __init__(self, stand_in: StandIn, number: str | None) -> None:
        self._stand_in, self._number = stand_in, number

    def dials(
        self,
        line: str,
        *,
        patience: float | None = None,
        script: Iterable[Step] = (),
        message: float = 0.0,
        then: AfterSpeech = "hangs_up",
        talks: float | None = None,
        after: float = 0.0,
        again_after: float | None = None,
        forwarded_from: str = "",
    ) -> Caller:
        """Ring a line in `after` seconds. The others are fields of `CallerScript`, in seconds."""
        caller_script = CallerScript(
            number=self._number,
            patience_s=patience,
            steps=tuple(script),
            message_s=message,
            message_then=then,
            talk_s=talks,
            again_after_s=again_after,
            forwarded_from=forwarded_from,
        )
        return self._stand_in.dials(caller_script, line, after)
