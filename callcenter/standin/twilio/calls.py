"""Calls, lines and people as records and protocols, and the parameters that Twilio sends about a call."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Literal, Protocol

from callcenter.standin.log import Heard, Ring, Torn, Webhook
from callcenter.standin.world import Timer

API_VERSION = "2010-04-01"
FINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
AfterSpeech = Literal["waits", "hash", "hangs_up"]
Direction = Literal["inbound", "outbound-api", "outbound-dial"]


@dataclass(slots=True)
class Line:
    """An own number, with the addresses that are set for it."""

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
    # When one of these is set, it replaces the addresses above.
    voice_application_sid: str = ""
    trunk_sid: str = ""
    sms_application_sid: str = ""
    voice_receive_mode: str = "voice"
    takes_calls: bool = True
    takes_texts: bool = True
    voice_region: str = "us1"

    @property
    def asks_voice_url(self) -> bool:
        """Whether a call to this number requests the voice address."""
        instead = self.voice_application_sid or self.trunk_sid or self.voice_receive_mode != "voice"
        return bool(self.voice_url) and self.takes_calls and not instead


@dataclass(frozen=True, slots=True)
class Speech:
    """What a person says after the tone: for how long, and what follows."""

    seconds: float = 0.0
    then: AfterSpeech = "waits"


class Person(Protocol):
    """The person at the other end of a call. Acts through the exchange: pick_up, refuse, press, hang_up."""

    def offered(self, call: "Call") -> str | None:
        """A call comes in. Returns its final status (`busy`, `failed`) when the telephone does not ring, else None."""

    def rings(self, call: "Call") -> None:
        """The telephone starts ringing."""

    def answered(self, call: "Call") -> None:
        """The call is in progress: the person picked up, or Twilio answered."""

    def hears(self, call: "Call", stage: str, text: str) -> None:
        """A verb begins. stage: its name in small letters (`say`, `gather`, `record` …); text: what is said."""

    def connected(self, call: "Call") -> None:
        """A talk with somebody else begins."""

    def alone(self, call: "Call") -> None:
        """The other side has left; the call goes on."""

    def speech(self, call: "Call") -> Speech:
        """What the person says after the tone."""

    def ended(self, call: "Call") -> None:
        """The call has ended."""

    def texted(self, sender: str, body: str) -> None:
        """A text message arrives."""


class CallPlayer(Protocol):
    """What plays documents to a call, as the exchange sees it."""

    def key(self, key: str) -> None:
        """The person presses a key."""

    def replace(self, url: str, method: str, twiml: str) -> None:
        """Play another document: the one at `url`, or `twiml` when that is not empty."""

    def close(self) -> None:
        """Play nothing more: the call has ended, or another player takes over."""


class LegOwner(Protocol):
    """The `<Dial>` that created a leg."""

    def picked_up(self, leg: "Call") -> None:
        """The leg was answered."""

    def leg_ended(self, leg: "Call") -> None:
        """The leg has ended."""


@dataclass(slots=True)
class Callbacks:
    """The addresses for a call that was created by REST or by a `<Number>`."""

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
    """One call or leg. `heard` and `webhooks` stay empty without `keep_log`.

    dial: the `<Dial>` that created this leg. at_end: called once when the call has ended.
    """

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
    dial: LegOwner | None = None
    player: CallPlayer | None = None
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
    timers: list[Timer] = field(default_factory=list)
    at_end: "list[Callable[[Call], object]]" = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    webhooks: list[Webhook] = field(default_factory=list)
    base: dict[str, str] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        return self.ended_at is None

    def duration_s(self, now: datetime) -> int:
        """Whole seconds from the answer to `now` or the end, rounded up as Twilio bills."""
        if self.answered_at is None:
            return 0
        return math.ceil(((self.ended_at or now) - self.answered_at).total_seconds())

    def params(self, status: str | None = None) -> dict[str, str]:
        """The parameters of every webhook about this call, as a new dict."""
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
    """The country code of a number as Twilio reports it; empty for a prefix that is not in our short list."""
    return _COUNTRIES.get(number[:3]) or _COUNTRIES.get(number[:2], "")


@lru_cache(maxsize=8192)
def rfc2822(instant: datetime | None) -> str | None:
    """An instant as Twilio writes it, `Tue, 08 Jun 2027 12:30:00 +0000`; None for None."""
    return None if instant is None else format_datetime(instant)
