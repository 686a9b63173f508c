"""A tiny product for the tests of the stand-in: a WSGI application of pages by path, which checks signatures."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator
from twilio.rest import Client

from callcenter.clock import VirtualClock
from callcenter.standin.stand_in import ACCOUNT_SID, AUTH_TOKEN, StandIn

BASE = "https://callcenter.example.nl"
LINE = "+31858880000"
SCHOOL = "+31782041234"
ANN, BOB = "+31600000001", "+31600000002"
START = datetime(2027, 6, 8, 8, tzinfo=UTC)
CONFERENCE = '<Response><Dial action="/after"><Conference beep="false" {0}>room</Conference></Dial></Response>'

Page = str | tuple[int, str, str] | Callable[[dict[str, str]], "str | tuple[int, str, str]"]


def twiml(*verbs: str) -> str:
    return f"<Response>{''.join(verbs)}</Response>"


@dataclass
class Product:
    """Pages by path; unknown paths answer 204. `seen`: every properly signed request, in order."""

    pages: dict[str, Page] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    forged: int = 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0)).decode()
        params = dict(parse_qsl(body, keep_blank_values=True))
        url = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}{environ['PATH_INFO']}"
        url += "?" + environ["QUERY_STRING"] if environ["QUERY_STRING"] else ""
        if not RequestValidator(AUTH_TOKEN).validate(url, params, environ.get("HTTP_X_TWILIO_SIGNATURE", "")):
            self.forged += 1
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"forged"]
        headers = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
        fields = params or dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
        self.seen.append((environ["PATH_INFO"], fields, headers))
        page = self.pages.get(environ["PATH_INFO"], (204, "", ""))
        answer = page(fields) if callable(page) else page
        status, content_type, text = (200, "text/xml", answer) if isinstance(answer, str) else answer
        start_response(f"{status} Answer", [("Content-Type", content_type)] if content_type else [])
        return [text.encode()]

    def paths(self) -> list[str]:
        """The paths of the signed requests, in order."""
        return [path for path, _, _ in self.seen]

    def asked(self, path: str) -> list[dict[str, str]]:
        """The parameters of each request to a path."""
        return [params for seen, params, _ in self.seen if seen == path]


def an_office(product: Product, **options: Any) -> StandIn:
    """A stand-in in virtual time in front of the product, with one line."""
    office = StandIn(VirtualClock(START), product, base_url=BASE, **options)
    office.line(LINE)
    return office


def a_client(office: StandIn) -> Client:
    """The official client, connected to the stand-in in process."""
    return Client(ACCOUNT_SID, AUTH_TOKEN, http_client=office.http_client())
