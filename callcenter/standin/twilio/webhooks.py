"""Sends webhooks to the product: signs them, retries as their address asks, applies injected faults, logs them."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from random import Random
from urllib.parse import parse_qsl, quote_plus, urlsplit

from callcenter.standin.faults import FaultRule, Faults
from callcenter.standin.log import Webhook
from callcenter.standin.transport import Answer, Request, Transport
from callcenter.standin.twilio.signing import signature
from callcenter.standin.twilio.timing import Timing
from callcenter.standin.world import World

_quoted = lru_cache(maxsize=65_536)(quote_plus)


@dataclass(slots=True)
class WebhookRequest:
    """One request to the product, with its retries. kind: see `FaultRule`; log: the list that it is added to, or None.

    is_event: a status callback, whose answer changes nothing; faults may delay it without limit.
    """

    kind: str
    url: str
    method: str
    params: dict[str, str]
    call_sid: str = ""
    log: list[Webhook] | None = None
    token: str = ""
    tries_left: int = 1
    retry_on: frozenset[str] = field(default_factory=frozenset)
    timeout_s: float = 15.0
    is_event: bool = False


@dataclass(frozen=True, slots=True)
class Overrides:
    """The connection overrides in an address's fragment: `#rc=2&rt=3000&ct=1000&rp=4xx,5xx,ct,rt&tt=14000`."""

    tries: int
    retry_on: frozenset[str]
    timeout_s: float
    is_valid: bool = True


@lru_cache(maxsize=4096)
def overrides(url: str, timeout_s: float) -> Overrides:
    """Read the fragment of an address. Without one Twilio retries once, and only when connecting fails.

    timeout_s: the limit that the fragment may shorten.
    """
    fields = dict(parse_qsl(urlsplit(url).fragment))
    retry_on = frozenset(fields.get("rp", "ct").split(","))
    if not retry_on <= {"4xx", "5xx", "ct", "rt", "all"}:
        return Overrides(2, frozenset({"ct"}), timeout_s, is_valid=False)
    read_s = min(int(fields.get("rt", "15000")), int(fields.get("tt", "15000"))) / 1000
    return Overrides(1 + int(fields.get("rc", "1")), retry_on, min(timeout_s, read_s))


@lru_cache(maxsize=4096)
def path_of(url: str) -> str:
    """The path of an address."""
    return urlsplit(url).path


class WebhookSender:
    """Sends webhooks to the product. after_webhook: hooks that run after each answer. sent: a count of deliveries."""

    def __init__(
        self, world: World, transport: Transport, faults: Faults, timing: Timing, auth_token: str, seed: int = 0
    ) -> None:
        self.after_webhook: list[Callable[[], object]] = []
        self.sent = 0
        self._world, self._transport, self._faults, self._timing = world, transport, faults, timing
        self.auth_token = auth_token  # the account's primary token
        run = Random(seed).getrandbits(64)
        self._tokens = (f"{run:016x}-{n}" for n in itertools.count(1))

    def send(self, request: WebhookRequest, done: Callable[[Answer], None], delay_s: float | None = None) -> None:
        """Send a webhook in `delay_s` seconds, or after the usual latency; `done` gets the answer after all retries."""
        limits = overrides(request.url, self._timing.webhook_timeout_s)
        request.token = request.token or next(self._tokens)
        request.tries_left, request.retry_on, request.timeout_s = limits.tries, limits.retry_on, limits.timeout_s
        wait_s = self._timing.webhook_s if delay_s is None else delay_s
        self._world.call_later(wait_s, lambda: self._try(request, done))

    def _try(self, request: WebhookRequest, done: Callable[[Answer], None]) -> None:
        request.tries_left -= 1

        def finish(answer: Answer) -> None:
            if request.tries_left > 0 and _retry_names(answer) & request.retry_on:
                self._world.call_later(0.1, lambda: self._try(request, done))
            else:
                done(answer)

        faults = self._faults.webhook(request.kind, path_of(request.url)) if self._faults else []
        if not faults:
            self._deliver(request, finish)
            return
        for fault in faults:
            if fault.do == "duplicate":
                again = replace(request)
                self._world.call_later(fault.seconds, partial(self._deliver, again, _ignore))
        rest = [fault for fault in faults if fault.do != "duplicate"]
        if rest:
            self._deliver_badly(rest[0], request, finish)
        else:
            self._deliver(request, finish)

    def _deliver_badly(self, fault: FaultRule, request: WebhookRequest, finish: Callable[[Answer], None]) -> None:
        later, limit_s = self._world.call_later, request.timeout_s
        if fault.do == "wrong_signature":
            self._deliver(request, finish, token="not-" + self.auth_token)
        elif fault.do == "drop":
            later(limit_s, lambda: finish(Answer(0, error="timeout", took_s=limit_s)))
        elif fault.do == "delay" or (fault.do == "reorder" and request.is_event):
            wait_s = fault.seconds if fault.do == "delay" else self._faults.between(0, fault.seconds or 10)
            if wait_s < limit_s or request.is_event:
                later(wait_s, lambda: self._deliver(request, finish))
            else:
                later(wait_s, lambda: self._deliver(request, _ignore))
                later(limit_s, lambda: finish(Answer(0, error="timeout", took_s=limit_s)))
        elif fault.do in ("error", "timeout"):
            if fault.reaches:
                self._deliver(request, _ignore)
            if fault.do == "error":
                finish(Answer(fault.status, "text/html", b"a proxy's error page"))
            else:
                later(limit_s, lambda: finish(Answer(0, error="timeout", took_s=limit_s)))
        else:
            self._deliver(request, finish)

    def _deliver(self, request: WebhookRequest, finish: Callable[[Answer], None], token: str | None = None) -> None:
        url, method, params = request.url.partition("#")[0], request.method, request.params
        text = "&".join([_quoted(name) + "=" + _quoted(value) for name, value in params.items()])
        if method == "GET":
            url = url if not text else url + ("&" if "?" in url else "?") + text
        signed = signature(token or self.auth_token, url, params if method == "POST" else ())
        headers = {
            "X-Twilio-Signature": signed,
            "I-Twilio-Idempotency-Token": request.token,
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        body = b""
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
            body = text.encode()
        entry: Webhook | None = None
        if request.log is not None:
            entry = Webhook(self._world.now(), request.kind, method, url, params, request.call_sid, request.token)
            request.log.append(entry)
        self.sent += 1

        def answered(answer: Answer) -> None:
            if entry is not None:
                entry.status, entry.content_type, entry.took_s = answer.status, answer.content_type, answer.took_s
                entry.answer = answer.body.decode("utf-8", "replace") if request.kind != "media" else ""
            for hook in self.after_webhook:
                hook()
            finish(answer)

        limits_s = (request.timeout_s, self._timing.connect_timeout_s)
        self._transport.send(Request(method, url, body, headers, *limits_s), answered)


def _ignore(answer: Answer) -> None:
    """For a delivery whose answer Twilio does not use."""


def _retry_names(answer: Answer) -> frozenset[str]:
    """The names by which a retry policy (`rp=`) refers to this answer; empty for a success."""
    if answer.error:
        return frozenset({"ct" if answer.error == "connect" else "rt", "all"})
    if answer.status >= 400:
        return frozenset({"5xx" if answer.status >= 500 else "4xx", "all"})
    return frozenset()
