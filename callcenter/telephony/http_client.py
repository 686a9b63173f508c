"""HTTP client for Twilio's library, with pooled connections and a base URL that can be replaced."""

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
from urllib3 import BaseHTTPResponse, PoolManager, ProxyManager, make_headers

from callcenter.telephony.media import Media, fetch
from callcenter.telephony.trusted_hosts import check_twilio

log = logging.getLogger(__name__)

# Connections kept open to each server. More may be open while requests are in progress.
_POOL_SIZE = 16


class PooledHttpClient(HttpClient):  # type: ignore[misc]  # the library has no types
    """Replaces the library's own client, which takes more than twice as long: for each request it builds a `requests`
    session and reads the proxies from the environment.

    timeout_s: seconds to wait for a connection, and for each read. base_url: the server to use instead of Twilio; the
    library has no setting for it. Proxies and trusted certificates come from the environment, by the rules of
    `requests`. Both methods raise urllib3.exceptions.HTTPError when no response arrives, and
    telephony.trusted_hosts.NotTwilio for an address of another server.
    """

    def __init__(self, timeout_s: float, base_url: str | None = None) -> None:
        super().__init__(log, is_async=False, timeout=timeout_s)
        self._base_url = base_url
        trusted = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or DEFAULT_CA_BUNDLE_PATH
        kind = "ca_cert_dir" if Path(trusted).is_dir() else "ca_certs"
        self._options: Mapping[str, Any] = {"maxsize": _POOL_SIZE, "timeout": timeout_s, kind: trusted}
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
        """Send one request of the library. `data` is sent as a form, which Twilio's voice and message APIs expect."""
        url = f"{uri}?{_form(params)}" if params else uri
        sent = {**(headers or {}), **_password(auth)}
        body = _form(data) if data else None
        answer = self._ask(
            method, url, body=body, headers=sent, timeout=timeout or self.timeout, retries=False, redirect=False
        )
        return Response(answer.status, answer.data.decode(errors="replace"), answer.headers)

    def get(self, url: str, auth: tuple[str, str]) -> Media:
        """GET a file, such as a recording. Raises telephony.media.MediaRefused too."""

        def ask(address: str, headers: Mapping[str, str]) -> BaseHTTPResponse:
            how = {"headers": headers, "retries": False, "redirect": False, "preload_content": False}
            return self._send("GET", address, **how)

        return fetch(ask, self._own(url), _password(auth))

    def _ask(self, method: str, url: str, **how: Any) -> BaseHTTPResponse:
        return self._send(method, self._own(url), **how)

    def _own(self, url: str) -> str:
        """The same address on the server that may have our password. Raises NotTwilio."""
        if self._base_url:
            return _rebase(url, self._base_url)
        check_twilio(url)
        return url

    def _send(self, method: str, address: str, **how: Any) -> BaseHTTPResponse:
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
    """URL-encode a form. A list becomes a repeated field; None is left out."""
    return urlencode({name: value for name, value in fields.items() if value is not None}, doseq=True)


def _password(auth: tuple[str, str] | None) -> Mapping[str, str]:
    return make_headers(basic_auth=":".join(auth)) if auth else {}


def _rebase(url: str, base: str) -> str:
    """The same path and query on another server, below the path of `base`."""
    target, parts = urlsplit(base), urlsplit(url)
    return urlunsplit((target.scheme, target.netloc, target.path.rstrip("/") + parts.path, parts.query, ""))
