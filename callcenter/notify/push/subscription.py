"""Which subscriptions of browsers are taken: an https address of a push service, and keys that can be encrypted to.

A visitor's browser names the address that we then call. So it must not lead into our own network.
"""

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from callcenter.errors import InvalidInput
from callcenter.notify.push.keys import decoded

_LONGEST_ADDRESS = 1000
_AUTH_BYTES = 16


def check_subscription(endpoint: str, p256dh: str, auth: str) -> None:
    """Raise InvalidInput unless the address may be called, and the keys are a browser's (RFC 8291).

    p256dh: the browser's public key; auth: its secret; both in base64url. That the host's addresses are public is
    checked when it is called (`door.py`), since they may change.
    """
    if not is_callable(endpoint):
        raise InvalidInput("endpoint", "this is not the address of a push service")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(p256dh))
        secret = decoded(auth)
    except ValueError:
        raise InvalidInput("p256dh", "these are not the keys of a browser") from None
    if len(secret) != _AUTH_BYTES:
        raise InvalidInput("auth", "these are not the keys of a browser")


def is_callable(endpoint: str, is_allowed: Callable[[str], bool] | None = None) -> bool:
    """Whether an address is https, names a host, and holds no name or password.

    is_allowed: which IP addresses may stand in it, None for `is_public`.
    """
    if len(endpoint) > _LONGEST_ADDRESS or not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        return False
    try:
        parts = urlsplit(endpoint)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or not host or parts.username is not None or parts.password is not None:
        return False
    try:
        return (is_allowed or is_public)(str(ip_address(host)))
    except ValueError:
        return "." in host.strip(".")  # a name; one without a dot is of our own network


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet. Raises ValueError for what is no address."""
    found = ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not (mapped or found).is_multicast
