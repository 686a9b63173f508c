"""The key pair by which push services know this installation (VAPID, RFC 8292). Only the private key is stored."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_CURVE = ec.SECP256R1()
_PRIVATE_BYTES = 32


def make_private_key() -> str:
    """A new private key: 32 bytes in base64url, without padding."""
    number = ec.generate_private_key(_CURVE).private_numbers().private_value
    return encoded(number.to_bytes(_PRIVATE_BYTES, "big"))


def public_key_of(private_key: str) -> str:
    """The public key that a browser needs to subscribe, in base64url. Raises ValueError for what is no private key."""
    raw = decoded(private_key)
    if len(raw) != _PRIVATE_BYTES:
        raise ValueError(f"a private key has {_PRIVATE_BYTES} bytes")
    public = ec.derive_private_key(int.from_bytes(raw, "big"), _CURVE).public_key()
    return encoded(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def encoded(raw: bytes) -> str:
    """These bytes in base64url, without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes of base64url with or without padding. Raises ValueError for any other text."""
    raw = text.rstrip("=")
    found = urlsafe_b64decode(raw + "=" * (-len(raw) % 4))
    if encoded(found) != raw:
        raise ValueError("this is not base64url")
    return found
