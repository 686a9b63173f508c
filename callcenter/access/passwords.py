"""Hashes and verifies passwords with Argon2id, and generates passwords for new logins."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# Without letters and digits that look alike on paper.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@cache
def _hasher() -> PasswordHasher:
    # The library's defaults are RFC 9106's second recommended set (64 MiB, 3 passes).
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """The hash to store for a password."""
    return _hasher().hash(password)


def matches(password: str, stored: str | None) -> bool:
    """Whether `password` has the hash `stored`.

    Without a stored hash it takes just as long, so that the response time does not show which addresses have a login.
    """
    try:
        return _hasher().verify(stored or _nobodys_hash(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def make_password() -> str:
    """A random password of four groups of four characters (78 bits), easy to read out over the telephone."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)
