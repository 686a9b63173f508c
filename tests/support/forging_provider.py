"""An OpenID Connect provider on a real port that is as strict as Entra ID, and forges what a test tells it to."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Response as BaseResponse

from callcenter.clock import Clock

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT_ID, CLIENT_SECRET = "callcenter-at-entra", "a-secret-from-the-portal~1"


@cache
def key_of(kid: str) -> RSAKey:
    """A key pair of this name."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@dataclass
class ForgingProvider:
    """claims: of the person who logs in; `None` leaves a claim of the token out. The other fields forge.

    signs_with, alg: how the token is signed; secret_of: sign by HMAC with this text; publishes: the keys it publishes;
    discovery: changes of what it publishes; breaks: the address that answers nonsense; asked: what was asked of it.
    """

    clock: Clock
    redirect_uri: str
    address: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    signs_with: str = "key-1"
    alg: str = "RS256"
    secret_of: str | None = None
    publishes: tuple[str, ...] = ("key-1",)
    discovery: dict[str, Any] = field(default_factory=dict)
    breaks: str | None = None
    asked: list[str] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        """Its name, with the tenant in it as Entra's."""
        return f"{self.address}/{TENANT}/v2.0"

    def app(self) -> Flask:
        """Its addresses."""
        app = Flask("forging_provider")
        for path, view in (
            (f"/{TENANT}/v2.0/.well-known/openid-configuration", self._discovery),
            ("/keys", self._keys),
            ("/authorize", self._authorize),
        ):
            app.add_url_rule(path, path, view)
        app.add_url_rule("/token", "token", self._token, methods=["POST"])
        app.before_request(self._asked)
        return app

    def _asked(self) -> Response | None:
        self.asked.append(request.path)
        return Response("<h1>sorry</h1>") if self.breaks is not None and self.breaks in request.path else None

    def _discovery(self) -> Response:
        published = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "end_session_endpoint": f"{self.address}/logout",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            # A provider that would sign with anything must not talk us into it.
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }
        return jsonify({**published, **self.discovery})

    def _keys(self) -> Response:
        return jsonify({"keys": [key_of(kid).as_dict(private=False) for kid in self.publishes]})

    def _authorize(self) -> BaseResponse:
        wanted = {"response_type": "code", "client_id": CLIENT_ID, "code_challenge_method": "S256"}
        assert {name: request.args.get(name) for name in wanted} == wanted
        assert request.args["redirect_uri"] == self.redirect_uri
        assert len(request.args["state"]) >= 32
        assert len(request.args["nonce"]) >= 32
        code = f"code-{len(self._codes)}"
        self._codes[code] = {name: request.args[name] for name in ("nonce", "code_challenge")}
        answer = {"code": code, "state": request.args["state"]}
        return redirect(f"{self.redirect_uri}?{urlencode(answer)}")

    def _token(self) -> Response | tuple[Response, int]:
        form = request.form
        visit = self._codes.pop(form["code"], None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proven = visit is not None and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == visit["code_challenge"]
        ours = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        if visit is None or not proven or not ours or form.get("redirect_uri") != self.redirect_uri:
            return jsonify({"error": "invalid_grant", "error_description": "somebody@example.nl"}), 400
        return jsonify({"access_token": "opaque", "token_type": "Bearer", "id_token": self._id_token(visit["nonce"])})

    def _id_token(self, nonce: str) -> str:
        now = int(self.clock.now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "pairwise-subject",
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "nonce": nonce,
            "tid": TENANT,
            "oid": "object-1",
            "ver": "2.0",
            **self.claims,
        }
        present = {name: value for name, value in claims.items() if value is not None}
        if self.alg == "none":
            parts = (b'{"alg":"none"}', jsonify(present).get_data(), b"")
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
        key = OctKey.import_key(self.secret_of) if self.secret_of is not None else key_of(self.signs_with)
        return jwt.encode({"alg": self.alg, "kid": self.signs_with}, present, key, algorithms=[self.alg])


@contextmanager
def running(provider: ForgingProvider) -> Iterator[ForgingProvider]:
    """The provider on a port of this machine."""
    server = make_server("127.0.0.1", 0, provider.app(), threaded=True)
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def instant(at: datetime) -> int:
    """An instant as tokens hold it."""
    return int(at.timestamp())
