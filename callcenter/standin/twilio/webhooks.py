"""How is one webhook delivered? Signed, tried again as its address asks, spoilt as the script says, logged."""

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
class Letter:
    """One request to the product. `log`: where it is noted down, or None."""

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
    """What the fragment of an address asks; Twilio's defaults without one: one retry when connecting fails."""
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


class Postman:
    """Delivers letters; `after_webhook` hooks run after each that reached the product."""

    def __init__(
        self, world: World, transport: Transport, faults: Faults, timing: Timing, auth_token: str, seed: int = 0
    ) -> None:
        self.after_webhook: list[Callable[[], object]] = []
        self.sent = 0
        self._world, self._transport, self._faults, self._timing = world, transport, faults, timing
        self.auth_token = auth_token  # the account's primary one
        run = Random(seed).getrandbits(64)
        self._tokens = (f"{run:016x}-{n}" for n in itertools.count(1))

    def send(self, letter: Letter, done: Callable[[Answer], None], delay_s: float | None = None) -> None:
        """Deliver a letter in `delay_s` (a webhook's usual latency when None); `done` gets the final answer."""
        asked = overrides(letter.url, self._timing.webhook_timeout_s)
        letter.token = letter.token or next(self._tokens)
        letter.tries_left, letter.retry_on, letter.timeout_s = asked.tries, asked.retry_on, asked.timeout_s
        wait_s = self._timing.webhook_s if delay_s is None else delay_s
        self._world.call_later(wait_s, lambda: self._try(letter, done))

    def _try(self, letter: Letter, done: Callable[[Answer], None]) -> None:
        letter.tries_left -= 1

        def finish(answer: Answer) -> None:
            if letter.tries_left > 0 and _reason(answer) & letter.retry_on:
                self._world.call_later(0.1, lambda: self._try(letter, done))
            else:
                done(answer)

        faults = self._faults.webhook(letter.kind, path_of(letter.url)) if self._faults else []
        if not faults:
            self._deliver(letter, finish)
            return
        for fault in faults:
            if fault.do == "duplicate":
                again = replace(letter)
                self._world.call_later(fault.seconds, partial(self._deliver, again, _ignore))
        rest = [fault for fault in faults if fault.do != "duplicate"]
        if rest:
            self._spoil(rest[0], letter, finish)
        else:
            self._deliver(letter, finish)

    def _spoil(self, fault: FaultRule, letter: Letter, finish: Callable[[Answer], None]) -> None:
        later, limit_s = self._world.call_later, letter.timeout_s
        if fault.do == "wrong_signature":
            self._deliver(letter, finish, token="not-" + self.auth_token)
        elif fault.do == "drop":
            later(limit_s, lambda: finish(Answer(0, error="timeout", took_s=limit_s)))
        elif fault.do == "delay" or (fault.do == "reorder" and letter.is_event):
            wait_s = fault.seconds if fault.do == "delay" else self._faults.between(0, fault.seconds or 10)
            if wait_s < limit_s or letter.is_event:
                later(wait_s, lambda: self._deliver(letter, finish))
            else:
                later(wait_s, lambda: self._deliver(letter, _ignore))
                later(limit_s, lambda: finish(Answer(0, error="timeout", took_s=limit_s)))
        elif fault.do in ("error", "timeout"):
            if fault.reaches:
                self._deliver(letter, _ignore)
            if fault.do == "error":
                finish(Answer(fault.status, "text/html", b"a proxy's error page"))
            else:
                later(limit_s, lambda: finish(Answer(0, error="timeout", took_s=limit_s)))
        else:
            self._deliver(letter, finish)

    def _deliver(self, letter: Letter, finish: Callable[[Answer], None], token: str | None = None) -> None:
        url, method, params = letter.url.partition("#")[0], letter.method, letter.params
        text = "&".join([_quoted(name) + "=" + _quoted(value) for name, value in params.items()])
        if method == "GET":
            url = url if not text else url + ("&" if "?" in url else "?") + text
        signed = signature(token or self.auth_token, url, params if method == "POST" else ())
        headers = {
            "X-Twilio-Signature": signed,
            "I-Twilio-Idempotency-Token": letter.token,
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        body = b""
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
            body = text.encode()
        entry: Webhook | None = None
        if letter.log is not None:
            entry = Webhook(self._world.now(), letter.kind, method, url, params, letter.call_sid, letter.token)
            letter.log.append(entry)
        self.sent += 1

        def answered(answer: Answer) -> None:
            if entry is not None:
                entry.status, entry.content_type, entry.took_s = answer.status, answer.content_type, answer.took_s
                entry.answer = answer.body.decode("utf-8", "replace") if letter.kind != "media" else ""
            for hook in self.after_webhook:
                hook()
            finish(answer)

        request = Request(method, url, body, headers, letter.timeout_s, self._timing.connect_timeout_s)
        self._transport.send(request, answered)


def _ignore(answer: Answer) -> None:
    """Nobody waits for this answer."""


def _reason(answer: Answer) -> frozenset[str]:
    """Under which names of a retry policy this answer falls."""
    if answer.error:
        return frozenset({"ct" if answer.error == "connect" else "rt", "all"})
    if answer.status >= 400:
        return frozenset({"5xx" if answer.status >= 500 else "4xx", "all"})
    return frozenset()
