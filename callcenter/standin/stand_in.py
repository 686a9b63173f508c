"""How do I get a telephone world for a test or a drill? One object that puts the stand-in together."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from callcenter.clock import Clock
from callcenter.standin.faults import FaultRule, Faults
from callcenter.standin.log import Alert, Ring, Torn, double_rings
from callcenter.standin.people.callers import Caller, DirectCaller
from callcenter.standin.people.phones import Phone
from callcenter.standin.people.scripts import IGNORES, CallerScript, PhoneScript, Scenario, Step
from callcenter.standin.rest.api import Account, RestApi
from callcenter.standin.rest.client import InProcessHttpClient
from callcenter.standin.rest.latency import Latencies, Latency
from callcenter.standin.transport import InProcess, Transport, WsgiApp
from callcenter.standin.twilio.calls import AfterSpeech, Call, Line
from callcenter.standin.twilio.exchange import Exchange
from callcenter.standin.twilio.timing import Timing
from callcenter.standin.twilio.webhooks import Postman
from callcenter.standin.world import World

ACCOUNT_SID = "AC" + "5" * 32
AUTH_TOKEN = "stand-in-auth-token"


class StandIn:
    """A Twilio with its lines, telephones and callers, in front of one product.

    clock: a `VirtualClock` to live in virtual time, shared with the product. Either `app` (a WSGI callable reached
    in process) or `transport`. base_url: the product's public address. default_phone: how numbers behave that
    nobody described, or a function of the number that is asked for every call. calls_per_second: Twilio's limit on
    calls created by REST; None: none. latencies: how long REST requests take, in virtual time too; none: no time.
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
        self.postman = Postman(self.world, transport, self.faults, timing, auth_token, seed)
        self.phones: dict[str, Phone] = {}
        self.callers: list[Caller] = []
        self.exchange = Exchange(
            self.world,
            self.postman,
            self.phone,
            timing=timing,
            account_sid=account_sid,
            api_base_url=api_base_url,
            calls_per_second=calls_per_second,
            keep_log=keep_log,
            seed=seed,
        )
        self.rest = RestApi(self.exchange, Account(account_sid, auth_token), self.faults, Latencies(latencies, seed))

    def http_client(self, timeout_s: float | None = None) -> InProcessHttpClient:
        """For `twilio.rest.Client(http_client=…)`: its requests come here, without a network.

        timeout_s: an answer that comes later is a timeout for the client, and the request takes effect all the same.
        """
        return InProcessHttpClient(self.rest, timeout_s)

    def promote_token(self) -> None:
        """The account's secondary token becomes the primary one: it signs webhooks, and the old one is refused."""
        self.rest.account.promote()
        self.postman.auth_token = self.rest.account.auth_token

    # -- arranging

    def line(self, number: str, **settings: Any) -> Line:
        """An own number, with the product's usual addresses unless others are given (fields of `Line`)."""
        usual = {
            "voice_url": f"{self.base_url}/webhooks/voice",
            "voice_fallback_url": f"{self.base_url}/webhooks/voice/fallback",
            "status_callback": f"{self.base_url}/webhooks/voice/status",
            "sms_url": f"{self.base_url}/webhooks/sms",
        }
        return self.exchange.add_line(number, **{**usual, **settings})

    def phone(self, number: str) -> Phone:
        """The telephone with this number; its builder methods say how it behaves."""
        phone = self.phones.get(number)
        if phone is None:
            default = self.default_phone
            phone = Phone(self.exchange, number, default if isinstance(default, PhoneScript) else IGNORES)
            if not isinstance(default, PhoneScript):
                phone.chooses(lambda: default(number))
            self.phones[number] = phone
        return phone

    def caller(self, number: str | None) -> "Dialling":
        """Somebody who will ring; None withholds the number."""
        return Dialling(self, number)

    def dials(self, script: CallerScript, line: str, after: float = 0.0) -> Caller:
        """Somebody rings a line in `after` seconds, as the script says."""
        caller = Caller(self.exchange, script, line)
        self.callers.append(caller)
        if after > 0:
            self.world.call_later(after, caller.dial)
        else:
            caller.dial()
        return caller

    def dials_mobile(self, script: CallerScript, mobile: str, after: float = 0.0) -> DirectCaller:
        """Somebody rings a mobile directly: a call of ours only when that mobile is engaged and sends it on."""
        caller = DirectCaller(self.exchange, script, self.phone(mobile))
        self.callers.append(caller)
        self.world.call_later(after, caller.dial)
        return caller

    def play(self, scenario: Scenario, line: str) -> list[Caller]:
        """Set a whole scenario going from now."""
        for number, scripts in scenario.phones:
            self.phone(number).follows(*scripts)
        return [self.dials(script, line, after=at_s) for at_s, script in scenario.callers]

    # -- living

    def run_for(self, seconds: float) -> None:
        """Live so many seconds of virtual time."""
        self.world.run_for(seconds)

    def run_until(self, instant: datetime) -> None:
        self.world.run_until(instant)

    def settle(self, tail_s: float = 60.0, limit_s: float = 7200.0) -> None:
        """Live until no call is under way, and `tail_s` more for what comes late."""
        self.world.run_for(0.001)
        self.world.run_while(self.exchange.has_live_calls, limit_s)
        self.world.run_until(self.world.now() + timedelta(seconds=tail_s))

    # -- looking back

    @property
    def calls(self) -> list[Call]:
        """Every call and leg there was."""
        return list(self.exchange.calls.values())

    @property
    def alerts(self) -> list[Alert]:
        return self.exchange.alerts

    def twiml_errors(self) -> list[Alert]:
        """The alerts about documents that were refused, as opposed to requests that failed."""
        return [alert for alert in self.exchange.alerts if alert.code >= 11750]

    def double_rings(self) -> list[tuple[Ring, Ring]]:
        """Pairs of rings of one telephone at once; must be empty."""
        return double_rings(self.exchange.rings)

    def torn_talks(self, mended_within_s: float = 3.0) -> list[Torn]:
        """Talks that the product's own requests ended while both were there, and did not mend at once."""
        return [torn for torn in self.exchange.torn if not torn.is_mended(mended_within_s)]


class Dialling:
    """Somebody about to ring a line."""

    def __init__(self, office: StandIn, number: str | None) -> None:
        self._office, self._number = office, number

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
        """Ring a line: see `CallerScript` for the meaning of each; all in seconds."""
        wanted = CallerScript(
            number=self._number,
            patience_s=patience,
            steps=tuple(script),
            message_s=message,
            message_then=then,
            talk_s=talks,
            again_after_s=again_after,
            forwarded_from=forwarded_from,
        )
        return self._office.dials(wanted, line, after)
