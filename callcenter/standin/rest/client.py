"""An HTTP client for the official twilio library that reaches the stand-in without a network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from requests import ReadTimeout

from callcenter.standin.rest.answers import RestAnswer
from callcenter.standin.rest.api import RestApi
from callcenter.standin.threads import GoOn, current_thread


@dataclass(frozen=True, slots=True)
class Response:
    """An answer with the attributes of `twilio.http.response.Response`."""

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
    """Parameters as a form is sent: a list repeats its name, None is left out, the rest is text."""
    form: dict[str, list[str]] = {}
    for name, value in (fields or {}).items():
        if value is None:
            continue
        values = value if isinstance(value, (list, tuple)) else [value]
        form[name] = [str(item).lower() if isinstance(item, bool) else str(item) for item in values]
    return form


@dataclass(frozen=True, slots=True)
class Media:
    """An answer with bytes and the attributes of urllib3's."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class InProcessHttpClient:
    """For `twilio.rest.Client(http_client=…)`. A timeout raises `requests.ReadTimeout`, as with the library's client.

    It has the methods of `twilio.http.HttpClient` without being one, because the stand-in does not import twilio. While
    a request waits for its answer, the world goes on. In a world thread (`threads.py`) the request waits beside the
    other events. In any other thread the world runs from within the request; an event that starts meanwhile and waits
    itself then delays this request beyond its answer.

    timeout: seconds after which a request fails; it may still take effect.
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
        answer = self._send(method, uri, params, data, auth)
        return Response(answer.status, answer.body.decode())

    def get(self, url: str, auth: tuple[str, str]) -> Media:
        """Fetch the media of a recording."""
        answer = self._send("GET", url, None, None, auth)
        return Media(answer.status, {"Content-Type": answer.content_type}, answer.body)

    def _send(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None,
        data: dict[str, object] | None,
        auth: tuple[str, str] | None,
    ) -> RestAnswer:
        parts = urlsplit(uri)
        form = as_form(data) if method == "POST" else {**parse_qs(parts.query), **as_form(params)}
        answers: list[RestAnswer] = []

        def begin(go_on: GoOn) -> None:
            def done(answer: RestAnswer) -> None:
                answers.append(answer)
                go_on()

            self._rest.request(method, parts.path, form, auth, done, self.timeout)

        thread = current_thread()
        if thread is not None:
            thread.wait_for(begin)
        else:
            begin(lambda: None)
            self._rest.world.live_until(lambda: bool(answers))
        if answers[0].timed_out:
            raise ReadTimeout("the stand-in does not answer")
        return answers[0]
