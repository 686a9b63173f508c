"""How does the official twilio client reach the stand-in without a network? By a client object of its own shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from requests import ReadTimeout

from callcenter.standin.rest.api import RestAnswer, RestApi
from callcenter.standin.threads import GoOn, current_thread


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

    Has what the library asks of a `twilio.http.HttpClient` without being one: the stand-in knows no twilio. While an
    answer is waited for, the world goes on: in a thread of the world (`threads.py`) truly beside this request; in any
    other thread by living on from here, so that what began later may keep this one from going on when it is answered.
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
        told: list[RestAnswer] = []

        def ask(go_on: GoOn) -> None:
            def hear(answer: RestAnswer) -> None:
                told.append(answer)
                go_on()

            self._rest.ask(method, parts.path, form, auth, hear, self.timeout)

        thread = current_thread()
        if thread is not None:
            thread.wait_for(ask)
        else:
            ask(lambda: None)
            self._rest.exchange.world.live_until(lambda: bool(told))
        if told[0].timed_out:
            raise ReadTimeout("the stand-in does not answer")
        return told[0]
