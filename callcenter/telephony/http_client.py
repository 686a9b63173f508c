"""How do our requests reach Twilio? Over connections that are kept, to Twilio or to a server that behaves like it."""

import logging
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_auth_from_url, get_environ_proxies, select_proxy
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3 import BaseHTTPResponse, PoolManager, ProxyManager, Retry, make_headers

log = logging.getLogger(__name__)

# Connections that are kept for each server; more may be open for as long as a request takes.
_KEPT = 16
# Whoever asks for a recording may be sent on to where Twilio keeps its files; urllib3 then leaves out the password.
_SENT_ON = Retry(connect=0, read=0, status=0, other=0, redirect=3, respect_retry_after_header=False)


class PooledHttpClient(HttpClient):  # type: ignore[misc]  # the library has no types
    """Takes the place of the library's own client (its setting `http_client`), which prepares each request with
    `requests` and reads the environment's proxies anew for it: that takes more than twice as long.

    timeout_s: for connecting, and for each wait for an answer. base_url: where everything goes instead of Twilio; the
    library has no setting for that. Proxies and trusted certificates are those of the environment, as `requests`
    understands it. Both verbs raise urllib3.exceptions.HTTPError when no answer came.
    """

    def __init__(self, timeout_s: float, base_url: str | None = None) -> None:
        super().__init__(log, is_async=False, timeout=timeout_s)
        self._base_url = base_url
        trusted = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or DEFAULT_CA_BUNDLE_PATH
        kind = "ca_cert_dir" if Path(trusted).is_dir() else "ca_certs"
        self._options: Mapping[str, Any] = {"maxsize": _KEPT, "timeout": timeout_s, kind: trusted}
        self._pools = cache(self._pools_for)

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
        """One request of the library: its parameters go as a form, as Twilio's voice and message APIs want them."""
        url = f"{uri}?{_form(params)}" if params else uri
        sent = {**(headers or {}), **_password(auth)}
        body = _form(data) if data else None
        answer = self._ask(
            method, url, body=body, headers=sent, timeout=timeout or self.timeout, retries=False, redirect=False
        )
        return Response(answer.status, answer.data.decode(errors="replace"), answer.headers)

    def get(self, url: str, auth: tuple[str, str]) -> BaseHTTPResponse:
        """GET a file, such as the sound of a recording: answer with `status`, `headers` and the bytes in `data`."""
        return self._ask("GET", url, headers=_password(auth), retries=_SENT_ON)

    def _ask(self, method: str, url: str, **how: Any) -> BaseHTTPResponse:
        address = _rebase(url, self._base_url) if self._base_url else url
        parts = urlsplit(address)
        return self._pools(f"{parts.scheme}://{parts.netloc}").request(method, address, **how)

    def _pools_for(self, server: str) -> PoolManager:
        proxy = select_proxy(server, get_environ_proxies(server))
        if not proxy:
            return PoolManager(**self._options)
        name, password = get_auth_from_url(proxy)
        known = make_headers(proxy_basic_auth=f"{name}:{password}") if name else None
        return ProxyManager(proxy if "://" in proxy else f"http://{proxy}", proxy_headers=known, **self._options)


def _form(fields: Mapping[str, object]) -> str:
    """Names and values as a form has them: a list is repeated, what is None is left out."""
    return urlencode({name: value for name, value in fields.items() if value is not None}, doseq=True)


def _password(auth: tuple[str, str] | None) -> Mapping[str, str]:
    return make_headers(basic_auth=":".join(auth)) if auth else {}


def _rebase(url: str, base: str) -> str:
    """The address with scheme, host and path prefix of another server."""
    target, parts = urlsplit(base), urlsplit(url)
    return urlunsplit((target.scheme, target.netloc, target.path.rstrip("/") + parts.path, parts.query, ""))
