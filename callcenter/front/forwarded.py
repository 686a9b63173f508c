"""Which client a request comes from, and by which scheme, when proxies forward it."""

from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network
LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def client_address(peer: str, forwarded_for: str, trusted: Collection[Network]) -> str:
    """The client's address: the peer's, or what trusted proxies say of it.

    forwarded_for: the header `X-Forwarded-For`. Each proxy adds at its end the address that it was connected from, so
    the last entry that is no trusted proxy is the client. Entries before it may be invented.
    """
    client = peer
    for entry in reversed(forwarded_for.split(",") if forwarded_for else []):
        if not is_trusted(client, trusted):
            break
        stated = _address(entry)
        if stated is None:
            break
        client = stated
    return client


def is_trusted(address: str, trusted: Collection[Network]) -> bool:
    """Whether the address belongs to one of our proxies."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in network for network in trusted)


def network_of(address: str | None) -> str:
    """What counts as one client: an IPv4 address, or the /64 of an IPv6 one, the smallest network that a subscriber
    gets. All that are no addresses count as one."""
    try:
        found = ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)


def _address(entry: str) -> str | None:
    """The address of one entry, which may have a port and, for IPv6, brackets; None when it is none."""
    text = entry.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def apply(environ: dict[str, Any], trusted: Collection[Network]) -> None:
    """Set client address and scheme of a WSGI environment by the headers of trusted proxies.

    The headers stay, so that `/metrics` can see that a request was forwarded.
    """
    peer = environ["REMOTE_ADDR"]
    if "HTTP_X_FORWARDED_FOR" in environ:
        environ["REMOTE_ADDR"] = client_address(peer, environ["HTTP_X_FORWARDED_FOR"], trusted)
    if "HTTP_X_FORWARDED_PROTO" in environ and is_trusted(peer, trusted):
        last = environ["HTTP_X_FORWARDED_PROTO"].rpartition(",")[2].strip().lower()
        environ["wsgi.url_scheme"] = "https" if last == "https" else "http"
