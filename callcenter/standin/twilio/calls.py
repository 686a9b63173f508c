"""What is a call, a line and a person at the exchange? Plain records, and the parameters Twilio tells of a call."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, Protocol

from callcenter.standin.log import Heard, Ring, Torn, Webhook

if TYPE_CHECKING:
    from callcenter.standin.twilio.dial import DialNumbers
    from callcenter.standin.twilio.player import Player
    from callcenter.standin.world import Timer

API_VERSION = "2010-04-01"
FINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
AfterSpeech = Literal["waits", "hash", "hangs_up"]
Direction = Literal["inbound", "outbound-api", "outbound-dial"]


@dataclass(slots=True)
class Line:
    """An own number and the addresses set for it."""

    sid: str
    number: str
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    friendly_name: str = ""
    # Set, these take the place of the addresses above.
    voice_application_sid: str = ""
    trunk_sid: str = ""
    sms_application_sid: str = ""
    voice_receive_mode: str = "voice"
    takes_calls: bool = True
    takes_texts: bool = True
    voice_region: str = "us1"

    @property
    def asks_voice_url(self) -> bool:
        """Whether a call on this number asks the voice address set for it."""
        instead = self.voice_application_sid or self.trunk_sid or self.voice_receive_mode != "voice"
        return bool(self.voice_url) and self.takes_calls and not instead


@dataclass(frozen=True, slots=True)
class Speech:
    """What a person does when asked to speak after the tone."""

    seconds: float = 0.0
    then: AfterSpeech = "waits"


class Person(Protocol):
    """Somebody at the other end of a call. Acts through the exchange: pick_up, refuse, press, hang_up."""

    def offered(self, call: "Call") -> str | None:
        """A call comes in: the final status when it will not even ring (`busy`, `failed`), else None."""

    def rings(self, call: "Call") -> None:
        """The telephone starts ringing."""

    def answered(self, call: "Call") -> None:
        """The call is in progress: the person picked up, or Twilio did."""

    def hears(self, call: "Call", stage: str, text: str) -> None:
        """Something begins: stage is the verb in small letters (`say`, `gather`, `record` …)."""

    def connected(self, call: "Call") -> None:
        """Somebody else is on the line now."""

    def alone(self, call: "Call") -> None:
        """Nobody else is on the line any more."""

    def speech(self, call: "Call") -> Speech:
        """How long the person speaks after the tone."""

    def ended(self, call: "Call") -> None:
        """The call is over."""

    def texted(self, sender: str, body: str) -> None:
        """A text message comes in."""


@dataclass(slots=True)
class Callbacks:
    """Where Twilio tells about a call that was created by REST or by a `<Number>`."""

    url: str = ""
    method: str = "POST"
    twiml: str = ""
    fallback_url: str = ""
    fallback_method: str = "POST"
    status_url: str = ""
    status_method: str = "POST"
    status_events: frozenset[str] = frozenset({"completed"})
    time_limit_s: float | None = None


@dataclass(slots=True, eq=False)
class Call:
    """One call or leg, from its creation to its end, with what was heard and asked when the log is kept."""

    sid: str
    account_sid: str
    direction: Direction
    from_: str
    to: str
    status: str
    created_at: datetime
    person: Person
    callbacks: Callbacks
    line: Line | None = None
    parent: "Call | None" = None
    dial: "DialNumbers | None" = None
    player: "Player | None" = None
    forwarded_from: str = ""
    caller_name: str = ""
    timeout_s: float = 60.0
    queue_s: float = 0.0
    initiated_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ring: Ring | None = None
    sequence: int = 0
    talking: bool = False
    first_talk_at: datetime | None = None
    talk_since: datetime | None = None
    talk_heard: Heard | None = None
    torn: Torn | None = None
    talk_s: float = 0.0
    recorded_s: float = 0.0
    hung_up_by_person: bool = False
    timers: "list[Timer]" = field(default_factory=list)
    at_end: "list[Callable[[Call], object]]" = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    webhooks: list[Webhook] = field(default_factory=list)
    base: dict[str, str] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        return self.ended_at is None

    def duration_s(self, now: datetime) -> int:
        """Whole seconds since it was answered, rounded up as Twilio bills."""
        if self.answered_at is None:
            return 0
        return math.ceil(((self.ended_at or now) - self.answered_at).total_seconds())

    def params(self, status: str | None = None) -> dict[str, str]:
        """The parameters that every request about this call carries, as a fresh dict."""
        if not self.base:
            self.base = _base_params(self)
        params = self.base.copy()
        params["CallStatus"] = status or self.status
        return params


def _base_params(call: Call) -> dict[str, str]:
    params = {
        "AccountSid": call.account_sid,
        "ApiVersion": API_VERSION,
        "CallSid": call.sid,
        "CallStatus": call.status,
        "Called": call.to,
        "Caller": call.from_,
        "Direction": call.direction,
        "From": call.from_,
        "To": call.to,
    }
    for side, number in (("From", call.from_), ("Caller", call.from_), ("To", call.to), ("Called", call.to)):
        params[side + "City"] = params[side + "State"] = params[side + "Zip"] = ""
        params[side + "Country"] = country(number)
    if call.forwarded_from:
        params["ForwardedFrom"] = call.forwarded_from
    if call.caller_name:
        params["CallerName"] = call.caller_name
    if call.parent is not None:
        params["ParentCallSid"] = call.parent.sid
    if call.direction == "inbound":
        params["CallToken"] = '{"parentCallInfoToken":"' + call.sid + '"}'
        params["StirVerstat"] = "TN-Validation-Passed-C"
    return params


_COUNTRIES = {"+31": "NL", "+32": "BE", "+49": "DE", "+33": "FR", "+44": "GB", "+1": "US"}


def country(number: str) -> str:
    """The country Twilio tells for a number, empty when unknown: a few prefixes are enough here."""
    return _COUNTRIES.get(number[:3]) or _COUNTRIES.get(number[:2], "")


@lru_cache(maxsize=8192)
def rfc2822(instant: datetime | None) -> str | None:
    """An instant as Twilio writes it: `Tue, 08 Jun 2027 12:30:00 +0000`."""
    return None if instant is None else format_datetime(instant)
