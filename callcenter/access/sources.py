"""Pure rule: under which name a client's address and a typed address are counted, so that neither is stored."""

import hashlib
import hmac

from callcenter.front.forwarded import network_of


def source_key(secret_key: str, address: str | None) -> str:
    """The name of a client's address. IPv6 counts by /64, the smallest network that a subscriber gets."""
    return f"source:{_keyed(secret_key, 'source', network_of(address))}"


def typed_key(secret_key: str, email: str) -> str:
    """The name of a typed address that nobody logs in with."""
    return f"typed:{_keyed(secret_key, 'typed', email)}"


def user_key(user_id: int | str) -> str:
    """The name of a login; with an empty id, how those names begin."""
    return f"user:{user_id}"


def code_key(user_id: int) -> str:
    """The name of the codes of a login's second factor."""
    return f"code:{user_id}"


def _keyed(secret_key: str, kind: str, text: str) -> str:
    """A hash that nobody without the key can try all addresses against."""
    message = f"{kind}\0{text}".encode(errors="surrogatepass")
    return hmac.new(secret_key.encode(), message, hashlib.sha256).hexdigest()[:32]
