"""How does the official twilio client reach the stand-in without a network? By a client object of its own shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from requests import ReadTimeout

from callcenter.standin.rest import RestAnswer, RestApi


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as the library expects it (`twilio.http.response.Response`)."""

    status_code: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> str:
        return self.text

    @property
    def ok(self) -> bool:
        return self.status_code < 400


def as_form(fields: dict[str, Any] | None) -> dict[str, list[str]]:
    """Parameters as a form on the wire: lists repeated, None left out, the rest as text."""
    form: dict[str, list[str]] = {}
    for name, value in (fields or {}).items():
        if value is None:
            continue
        values = value if isinstance(value, (list, tuple)) else [value]
        form[name] = [str(item).lower() if isinstance(item, bool) else str(item) for item in values]
    return form


@dataclass(frozen=True, slots=True)
class Media:
    """An answer with bytes, of the shape of urllib3's."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class InProcessHttpClient:
    """Give it to `twilio.rest.Client(http_client=…)`; timeouts are raised as by the library's own client.

    Has what the library asks of a `twilio.http.HttpClient` without being one: the stand-in knows no twilio.
    """

    is_async = False

    def __init__(self, rest: RestApi, timeout: float | None = None) -> None:
        self._rest, self.timeout = rest, timeout

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        answer = self._ask(method, uri, params, data, auth)
        return Response(answer.status, answer.body.decode(), dict(answer.headers))

    def get(self, url: str, auth: tuple[str, str]) -> Media:
        """GET a recording's media."""
        answer = self._ask("GET", url, None, None, auth)
        return Media(answer.status, {"Content-Type": answer.content_type}, answer.body)

    def _ask(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None,
        data: dict[str, object] | None,
        auth: tuple[str, str] | None,
    ) -> RestAnswer:
        parts = urlsplit(uri)
        form = as_form(data) if method == "POST" else {**parse_qs(parts.query), **as_form(params)}
        answer = self._rest.handle(method, parts.path, form, auth)
        if answer.timed_out:
            raise ReadTimeout("the stand-in does not answer")
        return answer
