"""`/metrics` for Prometheus, in its text format or in OpenMetrics, with an access check."""

import hmac
from ipaddress import ip_address

from flask import Blueprint, Response, current_app, request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from sqlalchemy.exc import SQLAlchemyError

from callcenter.office import current_office

blueprint = Blueprint("metrics", __name__)
# A reverse proxy connects from the loopback. One of these headers shows that it forwards another client's request.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip")


@blueprint.get("/metrics")
def metrics() -> Response:
    """The collector's metrics. 503 while the database does not answer, so that Prometheus sees the target as down."""
    refusal = _refusal()
    if refusal is not None:
        return refusal
    registry: CollectorRegistry = current_app.extensions["callcenter_registry"]
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    try:
        return Response(encode(registry), content_type=content_type)
    except SQLAlchemyError:
        return _plain("the database does not answer", 503)


def _refusal() -> Response | None:
    token = current_office().settings.metrics_token
    if token is None:
        return None if _from_this_machine() else _plain("only from this machine, or with a token", 403)
    given = request.headers.get("Authorization", "")
    # A comparison in constant time does not leak the token through the response time.
    if hmac.compare_digest(given.encode(), f"Bearer {token.get_secret_value()}".encode()):
        return None
    refused = _plain("a bearer token is needed", 401)
    refused.headers["WWW-Authenticate"] = 'Bearer realm="metrics"'
    return refused


def _from_this_machine() -> bool:
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _plain(text: str, status: int) -> Response:
    return Response(f"{text}\n", status, content_type="text/plain; charset=utf-8")
