"""Which document answers an address? Asked, checked, and asked again at the fallback address when that failed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from callcenter.standin.transport import Answer
from callcenter.standin.twilio.calls import Call
from callcenter.standin.twilio.twiml import MAX_BYTES, Document, parse
from callcenter.standin.twilio.validate import Fault
from callcenter.standin.twilio.webhooks import Letter

if TYPE_CHECKING:
    from callcenter.standin.twilio.exchange import Exchange

_XML = ("text/xml", "application/xml", "application/rss+xml")


@dataclass(frozen=True, slots=True)
class Ask:
    """Which document is wanted. kind: see `faults.FaultRule`; place: see `twiml.parse`."""

    url: str
    method: str = "POST"
    kind: str = "document"
    place: str = "call"
    extra: Mapping[str, str] | None = None


def read_document(answer: Answer, place: str) -> Document | Fault:
    """The document in an answer, or what is wrong with it."""
    if answer.error == "timeout":
        return Fault(11205, "no answer within the time allowed")
    if answer.error:
        return Fault(11205, "no connection")
    if not answer.ok:
        return Fault(11200, f"HTTP {answer.status}")
    if len(answer.body) > MAX_BYTES:
        return Fault(11750, "answer over 64 KB")
    if answer.content_type.partition(";")[0].strip().lower() not in _XML:
        return Fault(12300, f"content type {answer.content_type!r}")
    try:
        return parse(answer.body.decode(), place)
    except UnicodeDecodeError:
        return Fault(12100, "not UTF-8")


def ask_document(
    exchange: "Exchange",
    call: Call,
    ask: Ask,
    on_document: Callable[[Document, str], None],
    on_failure: Callable[[], None],
) -> None:
    """Fetch a document for a call; `on_document` gets it with its address, the fallback's when that one answered.

    `on_failure` is called when neither answered properly. Every failure is an alert.
    """
    params = call.params()
    if ask.extra:
        params.update(ask.extra)

    def read(answer: Answer) -> None:
        document = read_document(answer, ask.place)
        if isinstance(document, Document):
            on_document(document, ask.url)
            return
        exchange.alert(document.code, document.text, call.sid, ask.url)
        url, method = _fallback_of(call)
        if not url or ask.kind == "fallback" or ask.place != "call":
            on_failure()
            return
        error = {**(ask.extra or {}), "ErrorCode": str(document.code), "ErrorUrl": ask.url.partition("#")[0]}
        ask_document(exchange, call, Ask(url, method, "fallback", extra=error), on_document, on_failure)

    exchange.post(Letter(ask.kind, ask.url, ask.method, params, call.sid), read, call)


def tell_action(exchange: "Exchange", call: Call, url: str, method: str, extra: Mapping[str, str]) -> None:
    """Ask an action address whose answer will not be played: the caller is gone, or something else comes."""
    params = call.params()
    params.update(extra)

    def check(answer: Answer) -> None:
        if answer.ok and answer.body and answer.content_type.startswith(_XML):
            document = parse(answer.body.decode("utf-8", "replace"))
            if isinstance(document, Fault):
                exchange.alert(document.code, document.text, call.sid, url)
        elif not answer.ok:
            exchange.alert(11200, f"HTTP {answer.status} {answer.error}", call.sid, url)

    exchange.post(Letter("action", url, method, params, call.sid), check, call)


def _fallback_of(call: Call) -> tuple[str, str]:
    if call.direction == "inbound" and call.line is not None:
        return call.line.voice_fallback_url, call.line.voice_fallback_method
    return call.callbacks.fallback_url, call.callbacks.fallback_method
