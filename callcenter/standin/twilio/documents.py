"""Fetches TwiML documents: requests an address, checks the answer, and tries the fallback address when that fails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from callcenter.standin.transport import Answer
from callcenter.standin.twilio.calls import Call
from callcenter.standin.twilio.platform import Platform
from callcenter.standin.twilio.twiml import MAX_BYTES, Document, parse
from callcenter.standin.twilio.validate import Problem
from callcenter.standin.twilio.webhooks import WebhookRequest

_XML = ("text/xml", "application/xml", "application/rss+xml")


@dataclass(frozen=True, slots=True)
class DocumentRequest:
    """The document to fetch. kind: see `FaultRule`; place: see `twiml.parse`; extra: parameters to add."""

    url: str
    method: str = "POST"
    kind: str = "document"
    place: str = "call"
    extra: Mapping[str, str] | None = None


def read_document(answer: Answer, place: str) -> Document | Problem:
    """Parse an answer to a document played at `place`: the document, or why it cannot be played."""
    if answer.error == "timeout":
        return Problem(11205, "no answer within the time allowed")
    if answer.error:
        return Problem(11205, "no connection")
    if not answer.ok:
        return Problem(11200, f"HTTP {answer.status}")
    if len(answer.body) > MAX_BYTES:
        return Problem(11750, "answer over 64 KB")
    if answer.content_type.partition(";")[0].strip().lower() not in _XML:
        return Problem(12300, f"content type {answer.content_type!r}")
    try:
        return parse(answer.body.decode(), place)
    except UnicodeDecodeError:
        return Problem(12100, "not UTF-8")


def fetch_document(
    platform: Platform,
    call: Call,
    request: DocumentRequest,
    on_document: Callable[[Document, str], None],
    on_failure: Callable[[], None],
) -> None:
    """Fetch a document for a call, and call one of the two functions when the answer is there.

    on_document: gets the document and its address, or the fallback's address when the fallback answered. on_failure:
    neither gave a valid document. Every failure is recorded as an alert.
    """
    params = call.params()
    if request.extra:
        params.update(request.extra)

    def read(answer: Answer) -> None:
        document = read_document(answer, request.place)
        if isinstance(document, Document):
            on_document(document, request.url)
            return
        platform.alert(document.code, document.text, call.sid, request.url)
        url, method = _fallback_of(call)
        if not url or request.kind == "fallback" or request.place != "call":
            on_failure()
            return
        error = {"ErrorCode": str(document.code), "ErrorUrl": request.url.partition("#")[0]}
        fallback = DocumentRequest(url, method, "fallback", extra={**(request.extra or {}), **error})
        fetch_document(platform, call, fallback, on_document, on_failure)

    platform.send(WebhookRequest(request.kind, request.url, request.method, params, call.sid), read, call)


def notify_action(platform: Platform, call: Call, url: str, method: str, extra: Mapping[str, str]) -> None:
    """Request an action address without playing its answer: the caller is gone, or another document follows.

    A bad answer is recorded as an alert all the same.
    """
    params = call.params()
    params.update(extra)

    def check(answer: Answer) -> None:
        if answer.ok and answer.body and answer.content_type.startswith(_XML):
            document = parse(answer.body.decode("utf-8", "replace"))
            if isinstance(document, Problem):
                platform.alert(document.code, document.text, call.sid, url)
        elif not answer.ok:
            platform.alert(11200, f"HTTP {answer.status} {answer.error}", call.sid, url)

    platform.send(WebhookRequest("action", url, method, params, call.sid), check, call)


def _fallback_of(call: Call) -> tuple[str, str]:
    if call.direction == "inbound" and call.line is not None:
        return call.line.voice_fallback_url, call.line.voice_fallback_method
    return call.callbacks.fallback_url, call.callbacks.fallback_method
