"""Ways for a webhook to reach the product: in process, by calling its WSGI application, or over HTTP."""

import io
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from threading import local
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from callcenter.clock import stopwatch
from callcenter.standin.world import World

if TYPE_CHECKING:
    import requests

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Request:
    """A request to the product. url: without fragment; timeouts in seconds."""

    method: str
    url: str
    body: bytes
    headers: Mapping[str, str]
    timeout_s: float = 15.0
    connect_timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request. error: empty, or `connect` or `timeout` when there was none; status is then 0."""

    status: int
    content_type: str = ""
    body: bytes = b""
    error: str = ""
    took_s: float = 0.0

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Transport(Protocol):
    """A way to the product. `done` is called exactly once, under the world's lock, at once or later."""

    def send(self, request: Request, done: Callable[[Answer], None]) -> None: ...

    def close(self) -> None: ...


@lru_cache(maxsize=8192)
def _split(url: str) -> tuple[str, str, str, str, str]:
    parts = urlsplit(url)
    port = str(parts.port or (443 if parts.scheme == "https" else 80))
    path = unquote(parts.path, encoding="latin-1") or "/"
    return parts.scheme, parts.netloc, port, path, parts.query


class InProcess:
    """Calls a WSGI application in the same thread, at the same instant of virtual time.

    base_url: other addresses than those below it fail to connect; empty: none fails.
    """

    def __init__(self, app: WsgiApp, base_url: str = "") -> None:
        self._app = app
        self._base_url = base_url

    def send(self, request: Request, done: Callable[[Answer], None]) -> None:
        if not request.url.startswith(self._base_url):
            done(Answer(0, error="connect"))
            return
        began = stopwatch()
        status, content_type, body = self._call(request)
        done(Answer(status, content_type, body, took_s=stopwatch() - began))

    def _call(self, request: Request) -> tuple[int, str, bytes]:
        scheme, host, port, path, query = _split(request.url)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": host.partition(":")[0],
            "SERVER_PORT": port,
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": host,
            "CONTENT_LENGTH": str(len(request.body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": scheme,
            "wsgi.input": io.BytesIO(request.body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in request.headers.items():
            key = name.upper().replace("-", "_")
            environ["CONTENT_TYPE" if key == "CONTENT_TYPE" else "HTTP_" + key] = value
        seen: list[Any] = []
        chunks = self._app(environ, lambda status, headers, exc_info=None: seen.extend((status, headers)))
        try:
            body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        content_type = next((value for name, value in seen[1] if name.lower() == "content-type"), "")
        return int(seen[0][:3]), content_type, body

    def close(self) -> None:
        """There is nothing to close."""


class Http:
    """Sends over HTTP from a pool of threads; each answer becomes an event of the world.

    public_url, target: a request for an address below `public_url` is sent to the same path below `target`, as a proxy
    does in production. Its signature is for the public address.
    """

    def __init__(self, world: World, public_url: str = "", target: str = "", threads: int = 64) -> None:
        self._world = world
        self._public_url, self._target = public_url.rstrip("/"), target.rstrip("/")
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="standin-http")
        self._local = local()

    def send(self, request: Request, done: Callable[[Answer], None]) -> None:
        self._pool.submit(self._work, request, done)

    def _work(self, request: Request, done: Callable[[Answer], None]) -> None:
        answer = self._fetch(request)
        self._world.call_later(0, lambda: done(answer))

    def _session(self) -> "requests.Session":
        import requests

        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
        return session

    def _fetch(self, request: Request) -> Answer:
        import requests

        url = request.url
        if self._public_url and url.startswith(self._public_url):
            url = self._target + url[len(self._public_url) :]
        began = stopwatch()
        try:
            answer = self._session().request(
                request.method,
                url,
                data=request.body or None,
                headers=dict(request.headers),
                timeout=(request.connect_timeout_s, request.timeout_s),
            )
        except requests.ReadTimeout:
            return Answer(0, error="timeout", took_s=stopwatch() - began)
        except requests.RequestException:
            return Answer(0, error="connect", took_s=stopwatch() - began)
        content_type = answer.headers.get("Content-Type", "")
        return Answer(answer.status_code, content_type, answer.content, took_s=stopwatch() - began)

    def close(self) -> None:
        """Send nothing more, and let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)
