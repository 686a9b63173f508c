"""The services that every part of the stand-in's Twilio uses: time, identifiers, own numbers, alerts and webhooks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from callcenter.standin.log import Alert, Heard
from callcenter.standin.transport import Answer
from callcenter.standin.twilio.calls import Call, Line
from callcenter.standin.twilio.timing import Timing
from callcenter.standin.twilio.webhooks import WebhookRequest, WebhookSender
from callcenter.standin.world import World


class Platform:
    """One account at Twilio, with the services that its calls and messages need.

    It imports none of the parts that use it.

    api_base_url: prefix of the addresses of recordings. keep_log: store per call what was heard and which webhooks were
    sent; costs memory in long runs.
    """

    def __init__(
        self,
        world: World,
        sender: WebhookSender,
        *,
        timing: Timing,
        account_sid: str,
        api_base_url: str = "https://api.twilio.com",
        keep_log: bool = True,
        seed: int = 0,
    ) -> None:
        self.world, self.timing = world, timing
        self.account_sid, self.api_base_url = account_sid, api_base_url.rstrip("/")
        self.keep_log = keep_log
        self.lines: dict[str, Line] = {}
        self.alerts: list[Alert] = []
        self._sender = sender
        self._random = Random(seed)

    def new_sid(self, prefix: str) -> str:
        """A new SID of 34 characters; the sequence depends on the seed alone."""
        return f"{prefix}{self._random.getrandbits(128):032x}"

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        return self.world.now()

    def add_line(self, number: str, voice_url: str = "", **settings: Any) -> Line:
        """Add an own number; `settings` are fields of `Line`."""
        line = Line(self.new_sid("PN"), number, voice_url, **settings)
        self.lines[number] = line
        return line

    def alert(self, code: int, text: str, call_sid: str = "", url: str = "") -> None:
        """Record an error as Twilio's debugger would."""
        self.alerts.append(Alert(self.now(), code, text, call_sid, url))

    def send(self, request: WebhookRequest, done: Callable[[Answer], None], call: Call | None = None) -> None:
        """Send a webhook; `done` gets the final answer. With `keep_log` it is added to the log of its call."""
        if self.keep_log and call is not None:
            request.log = call.webhooks
        self._sender.send(request, done)

    def hear(self, call: Call, what: str, text: str, seconds: float | None) -> Heard:
        """Record what is heard from now on, and let the person react to it. seconds: None until it is cut off."""
        now = self.now()
        heard = Heard(what, text, now, now + timedelta(seconds=86_400 if seconds is None else seconds))
        if self.keep_log:
            call.heard.append(heard)
        call.person.hears(call, what, text)
        return heard
