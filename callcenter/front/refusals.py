"""What a client is told whose request the front refuses."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

_SENTENCES = {
    400: "This is no proper HTTP request.",
    413: "This is larger than what is accepted here.",
    415: "Twilio sends forms without files; nothing else is accepted here.",
    431: "The headers of this request are too large.",
    500: "Something went wrong on our side.",
    501: "This way to transfer a request is not known here.",
    503: "It is too busy at the moment. Please try again in a few seconds.",
}
RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a request is refused. code: the HTTP status."""

    code: int


def reason_of(code: int) -> str | None:
    """The label of the status in the metric of refused requests; None for a failure of our own."""
    return {413: "too_large", 500: None, 503: "busy"}.get(code, "malformed")


def answer(code: int, path: str) -> tuple[str, Sequence[tuple[str, str]], bytes]:
    """Status line, headers and body: a problem document below /api/, else one sentence."""
    phrase, sentence = HTTPStatus(code).phrase, _SENTENCES.get(code, "This did not work.")
    headers = [
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'none'"),
    ]
    if code == 503:
        headers.append(("Retry-After", str(RETRY_AFTER_S)))
    if path.startswith("/api/"):
        body = json.dumps({"type": "about:blank", "title": phrase, "status": code, "detail": sentence})
        return f"{code} {phrase}", [*headers, ("Content-Type", "application/problem+json")], body.encode()
    return f"{code} {phrase}", [*headers, ("Content-Type", "text/plain; charset=utf-8")], f"{sentence}\n".encode()
