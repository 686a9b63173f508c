"""The conversation with the provider: where people log in there, and who came back."""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from requests import RequestException
from urllib3.exceptions import HTTPError

from callcenter.access.office_account.http import provider_session
from callcenter.access.office_account.visit import ProviderFailed, Started
from callcenter.clock import stopwatch

log = logging.getLogger(__name__)

# Signatures by a key pair only. With "none" or a shared secret anybody, or any client, could make a token.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_KEY_TYPES = ("RSA", "EC")
SCOPE = "openid profile email"
# By how many seconds the provider's clock and ours may differ.
LEEWAY_S = 60
# Seconds for which the provider's addresses and keys are kept, and for which a failure to read them is.
_KEPT_S = 3600.0
_FAILURE_KEPT_S = 10.0
# Requests to the provider at once. A provider that hangs may hold so many of our threads.
AT_ONCE = 3
DISCOVERY = "/.well-known/openid-configuration"


class _Unusable(ValueError):
    """What the provider publishes cannot be used; the message is for our log, in words of ours alone."""


@dataclass(frozen=True, slots=True)
class _Metadata:
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    keys_address: str
    end_session_endpoint: str | None
    auth_method: str


class Provider:
    """An OpenID Connect provider with discovery.

    issuer: its address; client_id and client_secret: of this installation at the provider.
    """

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        self._issuer, self._client_id, self._client_secret = issuer, client_id, client_secret
        self._found: tuple[float, _Metadata, Mapping[str, Any]] | None = None
        self._failed_at: float | None = None
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def start(self, redirect_uri: str, *, choose_account: bool = False) -> Started:
        """A new visit. choose_account: the provider asks for the account even if one is logged in there.

        Raises ProviderFailed when the provider does not answer.
        """
        metadata, _ = self._published()
        verifier, nonce = generate_token(64), generate_token(32)
        more = {"prompt": "select_account"} if choose_account else {}
        with provider_session(client_id=self._client_id, scope=SCOPE, code_challenge_method="S256") as session:
            url, state = session.create_authorization_url(
                metadata.authorization_endpoint,
                redirect_uri=redirect_uri,
                state=generate_token(32),
                code_verifier=verifier,
                nonce=nonce,
                **more,
            )
        return Started(url, state, nonce, verifier)

    def finish(self, code: str, redirect_uri: str, nonce: str, verifier: str, now: datetime) -> dict[str, object]:
        """The claims of the person who came back with `code`, verified. Raises ProviderFailed."""
        metadata, keys = self._published()
        with self._asking() as session:
            try:
                token = session.fetch_token(
                    metadata.token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    redirect_uri=redirect_uri,
                    code_verifier=verifier,
                    auth=session.client_auth(metadata.auth_method),
                    allow_redirects=False,
                )
            except AuthlibBaseError as error:  # it answered, and refuses the code or our secret
                log.warning("the provider refuses a log-in: %s", _known_word(error.error))
                raise ProviderFailed("code_refused") from None
        id_token, access_token = token.get("id_token"), token.get("access_token")
        if not isinstance(id_token, str):
            raise ProviderFailed("no_token")
        params = {"nonce": nonce, "client_id": self._client_id, "access_token": access_token}
        try:
            try:
                return _verified(id_token, keys, metadata.issuer, params, now)
            except InvalidKeyIdError:  # the provider has new keys
                _, keys = self._published(anew=True)
                return _verified(id_token, keys, metadata.issuer, params, now)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("the provider's ID token is refused: %s", type(error).__name__)
            raise ProviderFailed("bad_token") from None

    def log_out_address(self, back_to: str) -> str | None:
        """Where people log out at the provider, who then sends them to `back_to`; None when it publishes no address.

        Raises ProviderFailed when the provider does not answer.
        """
        address = self._published()[0].end_session_endpoint
        params = {"client_id": self._client_id, "post_logout_redirect_uri": back_to}
        return str(add_params_to_uri(address, params)) if address else None

    def _published(self, *, anew: bool = False) -> tuple[_Metadata, Mapping[str, Any]]:
        """The provider's addresses and keys, read again after an hour. Raises ProviderFailed."""
        if self._found is not None and not anew and stopwatch() - self._found[0] < _KEPT_S:
            return self._found[1:]
        if self._failed_at is not None and stopwatch() - self._failed_at < _FAILURE_KEPT_S:
            raise ProviderFailed("unreachable")
        try:
            with self._asking() as session:
                metadata = _metadata(_json(session, f"{self._issuer.rstrip('/')}{DISCOVERY}"), self._issuer)
                keys = _json(session, metadata.keys_address)
        except ProviderFailed:
            self._failed_at = stopwatch()
            raise
        self._found, self._failed_at = (stopwatch(), metadata, keys), None
        return metadata, keys

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        """A session for requests to the provider. Whatever goes wrong in them is raised as ProviderFailed."""
        if not self._turns.acquire(timeout=1):
            raise ProviderFailed("unreachable")
        try:
            with provider_session(client_id=self._client_id, client_secret=self._client_secret) as session:
                yield session
        except (RequestException, HTTPError, ValueError, TypeError, KeyError) as error:
            cause = error if isinstance(error, _Unusable) else type(error).__name__
            log.warning("the provider of office accounts does not answer as it should: %s", cause)
            raise ProviderFailed("unreachable") from None
        finally:
            self._turns.release()


def _json(session: Any, address: str) -> dict[str, Any]:
    answer = session.get(address, withhold_token=True, allow_redirects=False)
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict):
        raise _Unusable("an answer is no JSON object")
    return found


def _metadata(found: Mapping[str, Any], issuer: str) -> _Metadata:
    """What the provider publishes. Raises _Unusable when it is another issuer's, or an address is not as safe as it.

    Some issuers end with a slash that their administrators leave out; the token must have the published form.
    """
    if str(found["issuer"]).rstrip("/") != issuer.rstrip("/"):
        raise _Unusable("it is another issuer than CALLCENTER_OIDC_ISSUER names")
    end_session = found.get("end_session_endpoint") or None
    published = _Metadata(
        str(found["issuer"]),
        str(found["authorization_endpoint"]),
        str(found["token_endpoint"]),
        str(found["jwks_uri"]),
        str(end_session) if end_session else None,
        _auth_method(found),
    )
    home = urlsplit(issuer)
    for address in (published.authorization_endpoint, published.token_endpoint, published.keys_address, end_session):
        parts = urlsplit(address or issuer)
        if parts.scheme != "https" and (parts.scheme, parts.hostname) != (home.scheme, home.hostname):
            raise _Unusable("an address that it publishes has no https")
    return published


def _auth_method(found: Mapping[str, Any]) -> str:
    methods = found.get("token_endpoint_auth_methods_supported") or ()
    return "client_secret_post" if "client_secret_post" in methods else "client_secret_basic"


def _verified(
    id_token: str, keys: Mapping[str, Any], issuer: str, params: dict[str, Any], now: datetime
) -> dict[str, object]:
    """The claims of an ID token: signature, issuer, audience, times, nonce and access token are checked."""
    usable = [key for key in keys["keys"] if key.get("kty") in _KEY_TYPES and key.get("use", "sig") == "sig"]
    key_set = KeySet.import_key_set({"keys": usable})
    registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
    decoded = jwt.decode(id_token, key_set, registry=registry)
    options: Any = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": params["client_id"]},
        "nonce": {"essential": True, "value": params["nonce"]},
    }
    claims = CodeIDToken(decoded.claims, decoded.header, options, params)
    claims.validate(now=int(now.timestamp()), leeway=LEEWAY_S)
    return dict(claims)


def _known_word(error: object) -> str:
    """An OAuth error code for the log; the provider's own texts may hold anything."""
    return error if isinstance(error, str) and error.isascii() and error.replace("_", "").isalpha() else "unknown"
